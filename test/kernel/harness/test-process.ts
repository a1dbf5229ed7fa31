/**
 * A fabricated process: made at its reference cluster Z, attached where a test wants it, read back without the kernel.
 */

import { BANK_BASE, PAGE_SIZE, SIGNAL_TRAMPOLINE_VADDR, USER_END } from "../../../kernel/abi/memory-map.ts";
import type { Machine } from "./machine.ts";
import { type Translation, translate, userMappings } from "./sv39.ts";

/** Pages of user space. */
const USER_PAGES = USER_END / PAGE_SIZE;

export interface Vseg {
    readonly type: number;
    readonly first: number;
    readonly end: number;
}

/** Bytes [start, start + bytes.length) of user space. */
export interface Content {
    readonly start: number;
    readonly bytes: Uint8Array;
}

export class TestProcess {
    readonly machine: Machine;
    readonly z: number;
    readonly pid: number;

    /** `group`: the xptr of its DSM group, whose node `node` it is. */
    constructor(machine: Machine, z: number, group = 0n, node = 0) {
        this.machine = machine;
        this.z = z;
        const address = machine.at(z).call("process_make", group, node);
        this.pid = machine.at(z).field("process_t", "pid", address);
    }

    /** Registers a vseg in VSL(P, cxy), at Z by default; its content is put into cluster 0's bank. */
    addVseg({ type, first, end }: Vseg, content?: Content, cxy = this.z): void {
        const at = content === undefined ? 0n : this.#place(content.bytes);
        const start = content?.start ?? 0;
        const stop = start + (content?.bytes.length ?? 0);
        const done = this.machine.at(cxy).call("process_vseg", this.address(cxy), type, first, end, at, start, stop);
        if (done === 0) throw new Error(`vseg [${first}, ${end}) overlaps another`);
    }

    #place(bytes: Uint8Array): bigint {
        const holder = this.machine.at(0);
        const order = Math.ceil(Math.log2(Math.max(bytes.length, PAGE_SIZE) / PAGE_SIZE));
        const local = holder.call("ppm_alloc", order, 8, 0);
        new Uint8Array(holder.view.buffer, local, bytes.length).set(bytes);
        return holder.xptr(local);
    }

    /** What the first thread of P in K does: K's descriptor, with CODE and DATA registered. */
    attach(...clusters: number[]): void {
        for (const cxy of clusters) this.machine.at(cxy).call("process_join", this.pid, this.z);
    }

    /** Local address of the descriptor in a cluster; 0: P is not active there. */
    address(cxy: number): number {
        return this.machine.at(cxy).call("process_find", this.pid);
    }

    /** A page fault of a thread in `cxy`: 0, or what fault_resolve returns instead. */
    fault(cxy: number, vpn: number, access: number): number {
        const result = this.machine.at(cxy).call("fault_resolve", this.address(cxy), BigInt(vpn * PAGE_SIZE), access);
        // As if the access were done: the page may be taken again (kernel/mm/hold.ts).
        if (this.address(this.z) !== 0) this.machine.at(this.z).call("promises_forget", this.address(this.z));
        return result;
    }

    satp(cxy: number): bigint {
        return this.machine.at(cxy).wideField("process_t", "satp", this.address(cxy));
    }

    /** What the hardware of `cxy` finds for a page. */
    entry(cxy: number, vpn: number): Translation | undefined {
        return translate(this.machine, this.satp(cxy), vpn * PAGE_SIZE);
    }

    /** Cluster whose bank holds the page that `cxy` sees. */
    home(cxy: number, vpn: number): number | undefined {
        const paddr = this.entry(cxy, vpn)?.paddr;
        return paddr === undefined ? undefined : Math.floor((paddr - BANK_BASE) / this.machine.bankSize);
    }

    /** The content of a page as `cxy` sees it. */
    bytes(cxy: number, vpn: number): Uint8Array {
        const { view, offset } = this.machine.bank(this.entry(cxy, vpn)?.paddr ?? 0);
        return new Uint8Array(view.buffer, offset, PAGE_SIZE);
    }

    /** GPT(P, cxy), without the trampoline, which every process maps (6.1). */
    mappings(cxy: number): Map<number, Translation> {
        const found = userMappings(this.machine, this.satp(cxy), USER_PAGES);
        found.delete(SIGNAL_TRAMPOLINE_VADDR / PAGE_SIZE);
        return found;
    }

    /** VSL(P, cxy), by its links. */
    vsl(cxy: number): Vseg[] {
        const instance = this.machine.at(cxy);
        const found: Vseg[] = [];
        let at = instance.field("process_t", "vsegs", this.address(cxy));
        for (; at !== 0; at = instance.field("vseg_t", "next", at)) {
            const [type = 0, first = 0, end = 0] = ["type", "first_vpn", "end_vpn"].map((f) =>
                instance.field("vseg_t", f, at),
            );
            if (instance.field("vseg_t", "fixed", at) === 0) found.push({ type, first, end });
        }
        return found;
    }
}
