/** Groups of DSM nodes: what each node may do with each page, as its page table has it, and the actions on pages. */

import { EVENTS } from "../../../boot/abi/events.ts";
import { DSM_ACTIONS } from "../../../boot/observe/dsm-log.ts";
import type { KernelTables } from "../../../boot/observe/kernel-tables.ts";
import { DSM_BASE, DSM_PAGES, PAGE_SIZE } from "../../../kernel/abi/memory-map.ts";
import type { DsmGroup, DsmMessage, DsmPage, DsmState, Questions, SourceLine } from "../../questions.ts";
import { fieldsOf } from "../event-fields.ts";
import type { KernelSession } from "../kernel-session.ts";
import { programLine } from "../source-lines.ts";

const FIRST = DSM_BASE / PAGE_SIZE;
/** V and W of an entry, and Svpbmt's NC: others may have copies (kernel/mm/pte.ts). */
const [VALID, WRITE, SHARED] = [1n, 4n, 1n << 61n];
/** Events before a DSM fault's action in which its fault begins. */
const NEAR = 5_000;

const DSM = fieldsOf("dsm");
const FAULT = fieldsOf("faultBegin");
const PROCESS = fieldsOf("process");

/** The group that acted last is the last. A process that shares nothing is none. */
export function dsmGroups(session: KernelSession): DsmGroup[] {
    const tables = session.system.tables();
    const groups = new Map<number, { node: number; pid: number; cxy: number }[]>();
    for (let cxy = 0; cxy < tables.clusters; cxy++) {
        for (const { pid, node, group } of tables.groupMembers(cxy)) {
            const members = groups.get(group) ?? [];
            members.push({ node, pid, cxy });
            groups.set(group, members);
        }
    }
    const programs = programsOf(session);
    const shared = session.system.falseSharing()?.pages ?? [];
    const [last] = dsmMessages(session, { leader: undefined, vpn: undefined, before: 1, ahead: 0 });
    const all = [...groups.values()].map((members) => {
        const nodes = members.sort((a, b) => a.node - b.node);
        const leader = nodes[0]?.pid ?? 0;
        const program = programs.get(leader) ?? 0;
        const advice = new Map(
            shared.filter((page) => page.program === program).map((page) => [page.address / PAGE_SIZE, page.advice]),
        );
        return { leader, program, nodes, pages: pagesOf(tables, nodes, toldOf(session, leader), advice) };
    });
    const shown = all.filter(({ nodes, pages }) => nodes.length > 1 || pages.length > 0);
    return shown.sort((a, b) => Number(a.leader === last?.leader) - Number(b.leader === last?.leader));
}

/** The pages that the group's actions have named so far. */
function toldOf({ journal }: KernelSession, leader: number): Set<number> {
    const vpns = new Set<number>();
    for (let index = journal.first; index < journal.heard; index++) {
        if (journal.number(index) !== EVENTS.dsm.number || journal.field(index, DSM("leader")) !== leader) continue;
        const vpn = Math.floor(journal.field(index, DSM("address")) / PAGE_SIZE);
        if (vpn !== 0) vpns.add(vpn);
    }
    return vpns;
}

function pagesOf(
    tables: KernelTables,
    nodes: readonly { readonly pid: number; readonly cxy: number }[],
    told: ReadonlySet<number>,
    advice: ReadonlyMap<number, string>,
): DsmPage[] {
    const entries = nodes.map(({ pid, cxy }) => {
        const all = tables.replica(pid, cxy)?.entries ?? [];
        const own = all.filter(({ vpn }) => vpn >= FIRST && vpn < FIRST + DSM_PAGES);
        return new Map(own.map(({ vpn, entry }) => [vpn, entry]));
    });
    const vpns = [...new Set([...told, ...entries.flatMap((each) => [...each.keys()])])].sort((a, b) => a - b);
    return vpns.map((vpn) => {
        const states = entries.map((each) => stateOf(each.get(vpn) ?? 0n));
        return { vpn, states, advice: advice.get(vpn) };
    });
}

function stateOf(entry: bigint): DsmState {
    if ((entry & VALID) === 0n) return "none";
    if ((entry & WRITE) === 0n) return "read";
    return (entry & SHARED) === 0n ? "alone" : "write";
}

/** The program's index of each process that has begun, by pid. */
function programsOf({ journal }: KernelSession): Map<number, number> {
    const programs = new Map<number, number>();
    for (let index = journal.first; index < journal.known; index++) {
        if (journal.number(index) !== EVENTS.process.number) continue;
        programs.set(journal.field(index, PROCESS("pid")), journal.field(index, PROCESS("program")));
    }
    return programs;
}

export function dsmMessages(
    session: KernelSession,
    { leader, vpn, before, ahead }: Questions["messages"]["about"],
): DsmMessage[] {
    const { journal } = session;
    const isWanted = (index: number) => {
        if (journal.number(index) !== EVENTS.dsm.number) return false;
        if (leader !== undefined && journal.field(index, DSM("leader")) !== leader) return false;
        return vpn === undefined || Math.floor(journal.field(index, DSM("address")) / PAGE_SIZE) === vpn;
    };
    const found: number[] = [];
    for (let index = journal.heard - 1; index >= journal.first && found.length < before; index--)
        if (isWanted(index)) found.unshift(index);
    const over = found.length;
    for (let index = journal.heard; index < journal.known && found.length < over + ahead; index++)
        if (isWanted(index)) found.push(index);
    const programs = programsOf(session);
    return found.map((index) => messageAt(session, index, programs));
}

function messageAt(session: KernelSession, index: number, programs: ReadonlyMap<number, number>): DsmMessage {
    const { journal } = session;
    const field = (name: string) => journal.field(index, DSM(name));
    const program = programs.get(field("leader")) ?? 0;
    const vpn = Math.floor(field("address") / PAGE_SIZE);
    const action = DSM_ACTIONS[field("action")] ?? String(field("action"));
    return {
        index,
        cycle: journal.cycle(index),
        leader: field("leader"),
        action,
        vpn,
        node: field("node"),
        from: field("from"),
        to: field("to"),
        source: action.endsWith("_fault") ? faultingLine(session, index, vpn, program) : undefined,
    };
}

/** The line of the program whose fault on the page began last before the action, and was a trap. */
function faultingLine(session: KernelSession, index: number, vpn: number, program: number): SourceLine | undefined {
    const { journal } = session;
    for (let at = index; at >= Math.max(journal.first, index - NEAR); at--) {
        if (journal.number(at) !== EVENTS.faultBegin.number) continue;
        if (Math.floor(journal.field(at, FAULT("vaddr")) / PAGE_SIZE) !== vpn) continue;
        if (journal.field(at, FAULT("byKernel")) === 1) return undefined;
        return programLine(session, program, journal.teller(at).trappedAt);
    }
    return undefined;
}
