/**
 * A DSM group of node processes on a machine: each node accesses pages as a program would, faulting only when it must.
 */

import {
    ACCESS_LOAD,
    ACCESS_STORE,
    DSM_INVALIDATE,
    DSM_READ_FAULT,
    DSM_REVOKE,
    DSM_WRITE_FAULT,
    PROBE_DSM,
} from "../../../kernel/abi/probe.ts";
import { VSEG_DSM } from "../../../kernel/abi/vseg-type.ts";
import type { Machine } from "./machine.ts";
import { TestProcess } from "./test-process.ts";

/** First page of the region, and how many it has (sm-dsm 3.1). */
export const REGION = 0x20000;
const REGION_PAGES = 0xffff;

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

    /** Node i lives in cluster i modulo their number; the manager in cluster `manager`. */
    constructor(machine: Machine, count: number, manager = 0) {
        this.machine = machine;
        this.group = machine.at(0).wide("group_make", manager, count);
        this.nodes = Array.from({ length: count }, (_, node) => {
            const cxy = node % machine.instances.length;
            const process = new TestProcess(machine, cxy, this.group, node);
            process.addVseg({ type: VSEG_DSM, first: REGION, end: REGION + REGION_PAGES });
            machine.at(cxy).call("group_join", this.group, node, process.pid);
            return process;
        });
        machine.records = [];
    }

    node(node: number): TestProcess {
        const process = this.nodes[node];
        if (process === undefined) throw new Error(`no node ${node}`);
        return process;
    }

    /** sm_malloc by a node: the user address, 0 if refused. */
    malloc(node: number, bytes: number | bigint): number {
        const { z } = this.node(node);
        return Number(this.machine.at(z).wide("group_allocate", this.group, node, BigInt(bytes)));
    }

    /** A fresh page of a node's: its VPN. */
    page(node: number): number {
        return this.malloc(node, 4096) / 4096;
    }

    /** One load: the byte at `offset` of the page; throws when the node is refused. */
    read(node: number, vpn: number, offset = 0, cxy = this.node(node).z): number {
        const process = this.node(node);
        if (process.entry(cxy, vpn)?.read !== true) this.mustResolve(process, cxy, vpn, ACCESS_LOAD);
        return process.bytes(cxy, vpn)[offset] ?? 0;
    }

    /** One store. */
    write(node: number, vpn: number, value: number, offset = 0, cxy = this.node(node).z): void {
        const process = this.node(node);
        if (process.entry(cxy, vpn)?.write !== true) this.mustResolve(process, cxy, vpn, ACCESS_STORE);
        process.bytes(cxy, vpn)[offset] = value;
    }

    private mustResolve(process: TestProcess, cxy: number, vpn: number, access: number): void {
        const signal = process.fault(cxy, vpn, access);
        const entry = process.entry(cxy, vpn);
        const allowed = access === ACCESS_STORE ? entry?.write : entry?.read;
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
