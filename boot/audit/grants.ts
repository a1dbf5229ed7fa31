/**
 * MRSW's copies at each grant (sm-dsm 3.3), for `--audit contents`. When a node acknowledges that it has installed a page, all copies of
 * it, at the owner and the readers, are alike. Under sequential consistency only a node that has the page alone has written it since. The
 * copies are found in guest memory from the group on: its nodes' processes, and the page's entry in the table of each one's reference
 * cluster.
 */

import { frameWords, type GuestMemory, sameFrames } from "../observe/guest-memory.ts";
import { Broken, firstDifference, hex, nowhere } from "../report/violation.ts";
import { isReleasePage } from "./check-dsm.ts";
import { describeEntry, isValid, PROCESS_ALIVE, ppnOf, TABLE_ENTRIES } from "./kernel-facts.ts";
import type { Site, Sites } from "./places.ts";
import { entryAt } from "./replica.ts";
import type { Roots } from "./roots.ts";

const HELPERS = ["kernel/hal/", "kernel/dsm/manager.ts", "kernel/panic.ts"];

interface Copy {
    readonly node: number;
    readonly pid: number;
    readonly cxy: number;
    readonly entry: number;
    readonly content: Uint8Array;
}

export class Grants {
    readonly #memory: GuestMemory;
    readonly #roots: ReadonlyMap<number, Roots>;
    readonly #sites: Sites;
    readonly #readGroup: ReturnType<typeof groupReader>;
    readonly #readNode: ReturnType<typeof nodeReader>;
    readonly #readProcess: ReturnType<typeof processReader>;

    /** `roots` are those of the clusters that have reported theirs. */
    constructor(memory: GuestMemory, roots: ReadonlyMap<number, Roots>, sites: Sites) {
        this.#memory = memory;
        this.#roots = roots;
        this.#sites = sites;
        this.#readGroup = groupReader(memory);
        this.#readNode = nodeReader(memory);
        this.#readProcess = processReader(memory);
    }

    /** A node of the group (xptr of its group_t) acknowledges page `vpn`, whose entry it has published. */
    acknowledged(hart: number, pc: number, group: number, vpn: number): void {
        if (isReleasePage(this.#memory, group, vpn)) return;
        const [first, ...others] = this.#copies(group, vpn);
        if (first === undefined) return;
        const other = others.find(({ content }) => !sameFrames(content, first.content));
        if (other !== undefined) this.#break(this.#sites.capture(hart, pc), vpn, first, other);
    }

    #copies(group: number, vpn: number): Copy[] {
        const { cxy, local } = this.#memory.placeOf(group);
        const { nodes, members } = this.#readGroup(cxy, local);
        const copies: Copy[] = [];
        for (let node = 0; node < nodes; node++) {
            const { pid } = this.#readNode(cxy, members + node * this.#memory.sizeOf("node_t"));
            const entry = this.#entryOf(pid, vpn);
            const content = isValid(entry) ? this.#memory.frame(ppnOf(entry)) : undefined;
            if (content !== undefined) copies.push({ node, pid, cxy: pid >>> 16, entry, content });
        }
        return copies;
    }

    /** The process's entry of the page at its reference cluster; 0 when the process is ending, or has not begun. */
    #entryOf(pid: number, vpn: number): number {
        const cxy = pid >>> 16;
        const roots = this.#roots.get(cxy);
        if (roots === undefined) return 0;
        for (let slot = 0; slot < roots.process_slot_count; slot++) {
            const address = this.#memory.u32(cxy, roots.process_slots + slot * 4);
            const process = address === 0 ? undefined : this.#readProcess(cxy, address);
            if (process?.pid !== pid) continue;
            if (process.state !== PROCESS_ALIVE || process.root === 0) return 0;
            return this.#walk(this.#memory.ppnOf(cxy, process.root), vpn);
        }
        return 0;
    }

    /** The leaf entry of the page. `root` is the frame of the root table. */
    #walk(root: number, vpn: number): number {
        let table = root;
        for (const pages of [TABLE_ENTRIES ** 2, TABLE_ENTRIES]) {
            const entry = this.#entry(table, Math.floor(vpn / pages) % TABLE_ENTRIES);
            if (!isValid(entry)) return 0;
            table = ppnOf(entry);
        }
        return this.#entry(table, vpn % TABLE_ENTRIES);
    }

    #entry(table: number, index: number): number {
        const frame = this.#memory.frame(table);
        return frame === undefined ? 0 : entryAt(frameWords(frame), index);
    }

    #break(site: Site, vpn: number, first: Copy, other: Copy): never {
        const byte = firstDifference(first.content, other.content);
        const text =
            `at a grant the copies of the DSM page differ from byte ${byte} on: ${tell(first)}, ${tell(other)}: ` +
            this.#sites.describe(site, HELPERS);
        throw new Broken({
            ...nowhere("contents"),
            pid: other.pid,
            page: vpn,
            clusters: [...new Set([first.cxy, other.cxy])].sort((a, b) => a - b),
            text,
            places: [this.#sites.place("copied", site, HELPERS)],
        });
    }
}

function tell({ node, pid, cxy, entry }: Copy): string {
    return `node ${node} (process ${hex(pid)}) in cluster ${cxy} has ${describeEntry(entry)}`;
}

function groupReader(memory: GuestMemory) {
    return memory.reader("group_t", ["nodes", "members"]);
}

function nodeReader(memory: GuestMemory) {
    return memory.reader("node_t", ["pid"]);
}

function processReader(memory: GuestMemory) {
    return memory.reader("process_t", ["pid", "state", "root"]);
}
