/** The kernel's structures as they lie in guest memory at the present place: processes of a cluster, their VSL and GPT. */

import { PAGE_SIZE } from "../../kernel/abi/memory-map.ts";
import type { Handlers, Observer } from "../abi/observer.ts";
import type { EntryRow, Replica, VsegRow } from "../report/replica.ts";
import type { GuestMemory } from "./guest-memory.ts";
import { vsegTypeOf } from "./vseg-names.ts";

/** A list longer than this runs in a circle: it is being changed. */
const LONGEST_LIST = 65_536;
const ENTRIES = 512;
const PPN_BITS = 44n;
const PPN_SHIFT = 10n;
const VALID = 1n;
/** Rights of a vseg are bits of its pages' entries (kernel/mm/pte.ts). */
const RIGHTS = [
    [2, "r"],
    [4, "w"],
    [8, "x"],
] as const;
/** Vsegs of the kernel's own pages. */
const REMOTE_TYPES = new Set(["REMOTE", "FILE"]);

/** Where each instance has its audit_roots_t: it tells of it at boot, before anything else (event `roots`). */
export class KernelRoots implements Observer {
    readonly on: Handlers = { roots: ({ cxy, address }) => void this.addresses.set(cxy, address) };
    /** By cluster. */
    readonly addresses = new Map<number, number>();

    get gathered() {
        return { name: "roots", containers: { addresses: this.addresses } };
    }
}

export class KernelTables {
    readonly #memory: GuestMemory;
    readonly #roots: ReadonlyMap<number, number>;
    readonly #readRoots;
    readonly #readProcess;
    readonly #readVseg;

    constructor(memory: GuestMemory, { addresses }: KernelRoots) {
        this.#memory = memory;
        this.#roots = addresses;
        this.#readRoots = this.#memory.reader("audit_roots_t", ["process_slots", "process_slot_count", "banks"]);
        this.#readProcess = this.#memory.reader("process_t", [
            ...(["pid", "reference", "root", "vsegs", "group", "node"] as const),
        ]);
        this.#readVseg = this.#memory.reader("vseg_t", [
            "next",
            "type",
            "first_vpn",
            "end_vpn",
            "rights",
            "cxy",
            "fixed",
        ]);
    }

    /** The local address of the cluster's own bank_t; undefined before its kernel has told of itself. */
    bank(cxy: number): number | undefined {
        const roots = this.#roots.get(cxy);
        return roots === undefined ? undefined : this.#readRoots(cxy, roots).banks || undefined;
    }

    /** The processes that have their reference here and belong to a DSM group, with the group's address. */
    *groupMembers(cxy: number): Iterable<{ pid: number; node: number; group: number }> {
        for (const address of this.#processes(cxy)) {
            const { pid, reference, group, node } = this.#readProcess(cxy, address);
            if (reference === cxy && group !== 0) yield { pid, node, group };
        }
    }

    /** The addresses of a cluster's process descriptors. */
    *#processes(cxy: number): Iterable<number> {
        const roots = this.#roots.get(cxy);
        if (roots === undefined) return;
        const { process_slots: slots, process_slot_count: count } = this.#readRoots(cxy, roots);
        for (let slot = 0; slot < count; slot++) {
            const address = this.#memory.u32(cxy, slots + 4 * slot);
            if (address !== 0) yield address;
        }
    }

    /** Undefined when the process is not in the cluster. */
    replica(pid: number, cxy: number): Replica | undefined {
        for (const address of this.#processes(cxy)) {
            const process = this.#readProcess(cxy, address);
            if (process.pid !== pid) continue;
            const entries: EntryRow[] = [];
            if (process.root !== 0) this.#walk(this.#memory.ppnOf(cxy, process.root), 2, 0, entries);
            return {
                cxy,
                isReference: process.reference === cxy,
                root: process.root === 0 ? 0 : this.#memory.ppnOf(cxy, process.root),
                vsegs: this.#vsegs(cxy, process.vsegs),
                entries,
            };
        }
        return undefined;
    }

    get clusters(): number {
        return this.#memory.clusters;
    }

    #vsegs(cxy: number, first: number): VsegRow[] {
        const rows: VsegRow[] = [];
        for (let at = first, count = 0; at !== 0 && count < LONGEST_LIST; count++) {
            const vseg = this.#readVseg(cxy, at);
            const type = vsegTypeOf(vseg.type) ?? "";
            rows.push({
                type: vseg.fixed === 0 ? type : "kentry",
                first: vseg.first_vpn,
                end: vseg.end_vpn,
                rights: RIGHTS.map(([bit, letter]) => ((vseg.rights & bit) === 0 ? "-" : letter)).join(""),
                named: REMOTE_TYPES.has(type) ? vseg.cxy : undefined,
            });
            at = vseg.next;
        }
        return rows;
    }

    #walk(table: number, level: number, base: number, rows: EntryRow[]): void {
        const frame = this.#memory.frame(table);
        if (frame === undefined) return;
        const view = new DataView(frame.buffer, frame.byteOffset, PAGE_SIZE);
        for (let i = 0; i < ENTRIES; i++) {
            const entry = view.getBigUint64(8 * i, true);
            if (entry === 0n) continue;
            const [vpn, ppn] = [
                base + i * ENTRIES ** level,
                Number(BigInt.asUintN(Number(PPN_BITS), entry >> PPN_SHIFT)),
            ];
            if (level === 0) rows.push({ vpn, entry, ppn, bank: this.#memory.clusterOf(ppn) });
            else if ((entry & VALID) !== 0n) this.#walk(ppn, level - 1, vpn, rows);
        }
    }
}
