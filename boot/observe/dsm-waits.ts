/**
 * Keeps the threads that wait for their DSM groups (the event smWait), to be named when the machine stands still, and the calls of a group that
 * never meet (smCall, smMismatch; sm-dsm.md 2).
 */

import { DSM_BARRIER, DSM_BCAST } from "../../kernel/abi/dsm-action.ts";
import { SM_BARRIER, SM_BCAST, SM_COND, SM_END, SM_EXIT, SM_LOCK } from "../../kernel/abi/sm-wait.ts";
import type { EventOf } from "../abi/events.ts";
import type { Handlers, Observer } from "../abi/observer.ts";

/** A thread's call for the other nodes of its group. */
interface Call {
    readonly pid: number;
    readonly node: number;
    readonly leader: number;
    readonly thread: number;
    readonly meets: boolean;
    /** True for a normal end, which the program does not call. */
    readonly ends: boolean;
    /** The call as a line says it. */
    readonly text: string;
    /** Of its ecall, and the return address then. */
    readonly pc: number;
    readonly caller: number;
}

interface Wait {
    readonly leader: number;
    readonly node: number;
    readonly text: string;
    /** Who has the lock that it waits for. */
    readonly more: string;
    readonly call: Call | undefined;
}

/** The calls of a group that never meet, and the thread whose call came second. */
export interface Mismatch {
    readonly pid: number;
    readonly thread: number;
    readonly cluster: number;
    readonly calls: readonly Call[];
}

export class DsmWaits implements Observer {
    readonly on: Handlers = {
        exit: ({ pid }) => this.#forget(pid),
        smWait: (event) => this.#wait(event),
        smCall: (event) => this.#call(event),
        smMismatch: ({ pid, leader, thread, cxy: cluster }) => this.#mismatches.set(leader, { pid, thread, cluster }),
        dsm: ({ action, leader }) => this.#met(action, leader),
    };
    /** The waits, by pid and thread. */
    readonly #waits = new Map<string, Wait>();
    /** The last calls, by pid and thread. All nodes' calls of a meeting are told before it, and no call of the next. */
    readonly #calls = new Map<string, Call>();
    /** By the pid of a group's node 0. */
    readonly #mismatches = new Map<number, Omit<Mismatch, "calls">>();

    get gathered() {
        const containers = { waits: this.#waits, calls: this.#calls, mismatches: this.#mismatches };
        return { name: "dsm-waits", containers };
    }

    #wait({ pid, node, leader, reason, id, holder, thread }: EventOf<"smWait">): void {
        const key = `${pid} ${thread}`;
        const more = reason === SM_LOCK ? ` held by node ${holder}` : "";
        if (reason === 0) this.#waits.delete(key);
        else this.#waits.set(key, { node, leader, text: waitText(reason, id), more, call: this.#calls.get(key) });
    }

    #call({ pid, node, leader, thread, call, pc, caller }: EventOf<"smCall">): void {
        const [reason, id] = [call % 256, Math.floor(call / 256)];
        const key = `${pid} ${thread}`;
        const [meets, ends] = [reason !== SM_LOCK && reason !== SM_COND, reason === SM_END];
        const text = waitText(reason, id);
        if (reason === 0) this.#calls.delete(key);
        else this.#calls.set(key, { pid, node, leader, thread, meets, ends, text, pc, caller });
    }

    #met(action: number, leader: number): void {
        if (action !== DSM_BARRIER && action !== DSM_BCAST) return;
        for (const [key, call] of this.#calls) if (call.leader === leader && call.meets) this.#calls.delete(key);
    }

    /** The calls of a group that has a mismatch are kept for the report. */
    #forget(pid: number): void {
        for (const key of this.#waits.keys()) if (key.startsWith(`${pid} `)) this.#waits.delete(key);
        for (const [key, call] of this.#calls)
            if (call.pid === pid && !this.#mismatches.has(call.leader)) this.#calls.delete(key);
    }

    /** The mismatch of the group whose node 0 has this pid. */
    mismatch(leader: number): Mismatch | undefined {
        const found = this.#mismatches.get(leader);
        const calls = [...this.#calls.values()].filter((call) => call.leader === leader && call.meets);
        return found && { ...found, calls: calls.sort((a, b) => a.node - b.node) };
    }

    /** The waits of each group, by the pid of its node 0. */
    groups(): ReadonlyMap<number, readonly Wait[]> {
        const groups = new Map<number, Wait[]>();
        for (const wait of this.#waits.values()) groups.set(wait.leader, [...(groups.get(wait.leader) ?? []), wait]);
        return groups;
    }
}

/** What a thread waits in: SM_* and its root, lock or condition. */
export function waitText(reason: number, id: number): string {
    switch (reason) {
        case SM_BARRIER:
            return "sm_barrier";
        case SM_BCAST:
            return `sm_bcast of root ${id}`;
        case SM_EXIT:
            return "sm_node_exit";
        case SM_END:
            return "its end without sm_node_exit";
        case SM_LOCK:
            return `sm_lock(${id})`;
        default:
            return `sm_cond_wait(${id})`;
    }
}
