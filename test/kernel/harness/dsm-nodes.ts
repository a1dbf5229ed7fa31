/**
 * A DSM group of node processes on a machine: each node accesses pages as a program would, faulting only when it must.
 */

import { ACCESS_ATOMIC, ACCESS_LOAD, ACCESS_STORE } from "../../../kernel/abi/access.ts";
import { BI_DSM_MANAGER } from "../../../kernel/abi/boot-info.ts";
import { DSM_INVALIDATE, DSM_READ_FAULT, DSM_REVOKE, DSM_WRITE_FAULT } from "../../../kernel/abi/dsm-action.ts";
import { PROBE_DSM, PROBE_FRAME } from "../../../kernel/abi/event.ts";
import { DSM_BASE, DSM_PAGES, PAGE_SIZE } from "../../../kernel/abi/memory-map.ts";
import { DSM_CENTRAL, DSM_DYNAMIC, DSM_FIXED, DSM_SEQUENTIAL } from "../../../kernel/abi/policy.ts";
import { VSEG_DSM } from "../../../kernel/abi/vseg-type.ts";
import type { Machine } from "./machine.ts";
import { TestProcess } from "./test-process.ts";

/** First page of the region (sm-dsm 3.1). */
export const REGION = DSM_BASE / PAGE_SIZE;

/** By their names in a config (sm-dsm 3.6). */
export const MANAGERS = { central: DSM_CENTRAL, fixed: DSM_FIXED, dynamic: DSM_DYNAMIC } as const;
export type ManagerKind = keyof typeof MANAGERS;
export const MANAGER_KINDS = Object.keys(MANAGERS) as ManagerKind[];

/** Frames of the region allocated and not freed, since the records were last emptied. */
export function dsmFrames(machine: Machine): number {
    const count = (allocated: number) =>
        machine.recorded(PROBE_FRAME, undefined, undefined, VSEG_DSM, undefined, allocated).length;
    return count(1) - count(0);
}

/** The entry's page is of a type of Svpbmt. */
function hasType(pte: bigint): boolean {
    return (pte >> 61n) % 4n !== 0n;
}

export interface Counts {
    readonly RF: number;
    readonly WF: number;
    readonly INV: number;
    readonly REVOKE: number;
}

export class DsmNodes {
    readonly machine: Machine;
    readonly group: bigint;
    readonly nodes: readonly TestProcess[];

    /** Node i lives in cluster i modulo their number; the group's home, and the central manager, in cluster `home`. */
    constructor(machine: Machine, count: number, home = 0) {
        this.machine = machine;
        this.group = makeGroup(machine, home, count);
        this.nodes = Array.from({ length: count }, (_, node) => {
            const cxy = node % machine.instances.length;
            const process = new TestProcess(machine, cxy, this.group, node);
            process.addVseg({ type: VSEG_DSM, first: REGION, end: REGION + DSM_PAGES });
            machine.at(cxy).call("group_join", this.group, node, process.pid);
            return process;
        });
        machine.records = [];
    }

    /** Asks the managers for a page: the grant. */
    request(node: number, vpn: number, write: boolean): bigint {
        return this.machine.at(this.node(node).z).wide("manager_request", this.group, node, vpn, write ? 1 : 0);
    }

    /** Tells who granted the page that it is installed, in frame `ppn`. */
    acknowledge(node: number, vpn: number, grant: bigint, ppn = 0n): void {
        this.machine.at(this.node(node).z).call("manager_ack", this.group, node, vpn, grant, ppn);
    }

    node(node: number): TestProcess {
        const process = this.nodes[node];
        if (process === undefined) throw new Error(`no node ${node}`);
        return process;
    }

    /** sm_malloc by a node: the user address, 0 if refused. */
    malloc(node: number, bytes: number | bigint, consistency: number = DSM_SEQUENTIAL): number {
        const { z } = this.node(node);
        return Number(this.machine.at(z).wide("group_allocate", this.group, node, BigInt(bytes), consistency));
    }

    /** What sm_unlock and a barrier's arrival begin with, and what sm_lock and a barrier end with; by a thread in `cxy`. */
    release(node: number, cxy = this.node(node).z): void {
        this.machine.at(cxy).call("dsm_release", this.node(node).address(cxy));
    }

    acquire(node: number, cxy = this.node(node).z): void {
        this.machine.at(cxy).call("dsm_acquire", this.node(node).address(cxy));
    }

    /** sm_free by a node: 0 or -errno. */
    free(node: number, address: number): number {
        const { z } = this.node(node);
        return Number(BigInt.asIntN(64, this.machine.at(z).wide("group_give_back", this.group, node, BigInt(address))));
    }

    /** A fresh page of a node's: its VPN. */
    page(node: number, consistency: number = DSM_SEQUENTIAL): number {
        return this.malloc(node, PAGE_SIZE, consistency) / PAGE_SIZE;
    }

    /** One load: the byte at `offset` of the page; throws when the node is refused. */
    read(node: number, vpn: number, offset = 0, cxy = this.node(node).z): number {
        const process = this.node(node);
        if (process.entry(cxy, vpn)?.read !== true) this.#mustResolve(process, cxy, vpn, ACCESS_LOAD);
        return process.bytes(cxy, vpn)[offset] ?? 0;
    }

    /** One store. */
    write(node: number, vpn: number, value: number, offset = 0, cxy = this.node(node).z): void {
        const process = this.node(node);
        if (process.entry(cxy, vpn)?.write !== true) this.#mustResolve(process, cxy, vpn, ACCESS_STORE);
        process.bytes(cxy, vpn)[offset] = value;
    }

    /** One atomic addition to the byte; as the hardware, it must not find the page of type NC (sm-dsm 4.9). */
    add(node: number, vpn: number, value: number, offset = 0, cxy = this.node(node).z): void {
        const process = this.node(node);
        const entry = process.entry(cxy, vpn);
        if (entry?.write !== true || hasType(entry.pte)) this.#mustResolve(process, cxy, vpn, ACCESS_ATOMIC);
        if (hasType(process.entry(cxy, vpn)?.pte ?? 0n)) throw new Error("an atomic access was granted a shared page");
        const bytes = process.bytes(cxy, vpn);
        bytes[offset] = (bytes[offset] ?? 0) + value;
    }

    #mustResolve(process: TestProcess, cxy: number, vpn: number, access: number): void {
        const signal = process.fault(cxy, vpn, access);
        const entry = process.entry(cxy, vpn);
        const allowed = access === ACCESS_LOAD ? entry?.read : entry?.write;
        if (signal !== 0 || allowed !== true)
            throw new Error(`access ${access} to ${vpn.toString(16)}: signal ${signal}`);
    }

    /** What the protocol has reported since the records were last emptied. */
    counts(): Counts {
        const count = (action: number) => this.machine.recorded(PROBE_DSM, action).length;
        return {
            RF: count(DSM_READ_FAULT),
            WF: count(DSM_WRITE_FAULT),
            INV: count(DSM_INVALIDATE),
            REVOKE: count(DSM_REVOKE),
        };
    }

    /** Nodes that can read, and nodes that can write, the page without a fault. */
    holders(vpn: number): { readers: number[]; writers: number[] } {
        const able = (right: "read" | "write") =>
            this.nodes.flatMap((process, node) => (process.entry(process.z, vpn)?.[right] === true ? [node] : []));
        return { readers: able("read"), writers: able("write") };
    }
}

/** A group of `count` nodes with its home in cluster `home`, and its managers where the nodes will be. */
export function makeGroup(machine: Machine, home: number, count: number): bigint {
    const group = machine.at(0).wide("group_make", home, count);
    for (let node = 0; node < count; node++) {
        const central = (machine.policies[BI_DSM_MANAGER] ?? DSM_CENTRAL) === DSM_CENTRAL;
        const cxy = central ? home : node % machine.instances.length;
        if (machine.at(0).call("group_add_manager", group, node, cxy) !== 1) throw new Error("no manager");
    }
    return group;
}
