/**
 * numa_maps of ended processes: one row per vseg, in the state in which the process or the thread left it. The kernel says when a vseg's
 * end begins (vsegEnd), and the host reads its pages from the page tables in guest memory, as they stand then. So a vseg that the program
 * unmapped has no row, as in Linux, and a vseg that it kept has one. STACKs are rows of their threads' clusters; the last thread of a slot
 * counts. exec begins with empty maps.
 */

import type { Config } from "../../configs/schema/config.ts";
import { PAGE_SIZE } from "../../kernel/abi/memory-map.ts";
import type { EventOf } from "../abi/events.ts";
import type { Handlers, Observer } from "../abi/observer.ts";
import type { NodePages, NumaMap, VsegType } from "../report/report.ts";
import { linuxPolicy } from "./home-policy.ts";
import { bankOf } from "./numa-stat.ts";
import { vsegTypeOf } from "./vseg-names.ts";

/** A page of guest memory, as it stands now. */
export type ReadPage = (address: number) => Uint8Array;

type TellPage = (vpn: number, ppn: number) => void;

/** The part of a vseg that one replica had. */
interface Part {
    readonly cxy: number;
    readonly type: VsegType;
    readonly first: number;
    readonly end: number;
    readonly named: number;
    /** The ppn of each page, by vpn. */
    readonly pages: ReadonlyMap<number, number>;
}

interface Process {
    readonly pid: number;
    readonly program: number;
    /** The reference cluster. */
    readonly z: number;
    /** The parts, by cluster, type and address. */
    readonly parts: Map<string, Part>;
    /** True when the part of cluster Z has gone. */
    emptied: boolean;
}

const ENTRIES = 512;
const MASK_PPN = (1n << 44n) - 1n;

export class NumaMaps implements Observer {
    readonly on: Handlers = {
        process: (event) => this.#start(event),
        vseg: (event) => this.#vseg(event),
        vsegEnd: (event) => this.#vsegEnd(event),
    };
    readonly #config: Config;
    readonly #readPage: ReadPage;
    /** The last process that had a pid, by pid. */
    readonly #current = new Map<number, Process>();
    readonly #all: Process[] = [];

    constructor(config: Config, readPage: ReadPage) {
        this.#config = config;
        this.#readPage = readPage;
    }

    get gathered() {
        return { name: "numa-maps", containers: { current: this.#current, all: this.#all } };
    }

    /** Starts a new process; forked processes count, too. */
    #start({ pid, program }: EventOf<"process">): void {
        const process = { pid, program, z: Math.floor(pid / 2 ** 16), parts: new Map(), emptied: false };
        this.#current.set(pid, process);
        this.#all.push(process);
    }

    #vseg({ pid, type, registered }: EventOf<"vseg">): void {
        const process = this.#current.get(pid);
        if (process === undefined || vsegTypeOf(type) === undefined || !process.emptied || registered !== 1) return;
        process.parts.clear();
        process.emptied = false;
    }

    #vsegEnd({ pid, type: number, firstVpn: first, endVpn: end, cxy, root, named }: EventOf<"vsegEnd">): void {
        const [process, type] = [this.#current.get(pid), vsegTypeOf(number)];
        if (process === undefined || type === undefined) return;
        const pages = this.#pages(root, first, end);
        process.parts.set(`${cxy} ${type} ${first}`, { cxy, type, first, end, named, pages });
        if (cxy === process.z && type !== "STACK") process.emptied = true;
    }

    /** The rows of every process that has ended so far. */
    rows(): NumaMap[] {
        const ended = this.#all.filter(({ emptied }) => emptied);
        return ended.sort((a, b) => a.program - b.program).flatMap((process) => this.#rowsOf(process));
    }

    /** The vsegs of cluster Z, each with the pages that the replicas had of it, and the stacks. */
    #rowsOf(process: Process): NumaMap[] {
        const parts = [...process.parts.values()];
        const heads = parts.filter(({ type, cxy }) => type === "STACK" || cxy === process.z);
        heads.sort((a, b) => a.first - b.first || a.cxy - b.cxy);
        return heads.map((head) => {
            const shared = head.type === "STACK" ? [head] : parts.filter(({ type }) => type === head.type);
            return this.#row(process, head, shared);
        });
    }

    #row({ pid, program, z }: Process, head: Part, parts: readonly Part[]): NumaMap {
        const frames = new Set<number>();
        const replicas = new Map<number, number>();
        for (const { cxy, pages } of parts) {
            for (const [vpn, ppn] of pages) {
                if (vpn < head.first || vpn >= head.end) continue;
                frames.add(ppn);
                replicas.set(cxy, (replicas.get(cxy) ?? 0) + 1);
            }
        }
        const banks = new Map<number, number>();
        for (const ppn of frames) {
            const bank = bankOf(ppn, this.#config.machine.bankSize);
            banks.set(bank, (banks.get(bank) ?? 0) + 1);
        }
        return {
            program,
            pid,
            address: BigInt(head.first) * BigInt(PAGE_SIZE),
            policy: linuxPolicy(this.#config, head.type, z, head.named),
            type: head.type,
            pages: byNode(banks),
            replicas: byNode(replicas),
        };
    }

    #pages(root: number, first: number, end: number): Map<number, number> {
        const found = new Map<number, number>();
        this.#walk(root, 2, 0, first, end, (vpn, ppn) => found.set(vpn, ppn));
        return found;
    }

    /** Tells the pages of [first, end) that the table has, whose first page is `base`. Its level is 0 for a table of pages. */
    #walk(table: number, level: number, base: number, first: number, end: number, tell: TellPage): void {
        const pages = ENTRIES ** level;
        const entries = this.#table(table);
        const from = Math.max(0, Math.floor((first - base) / pages));
        const to = Math.min(ENTRIES, Math.ceil((end - base) / pages));
        for (let i = from; i < to; i++) {
            const entry = entries[i] ?? 0n;
            const [vpn, ppn] = [base + i * pages, ppnOf(entry)];
            // An entry without rights keeps its frame, so the page is still there.
            if (level === 0 && ppn !== 0) tell(vpn, ppn);
            else if (level > 0 && isValid(entry)) this.#walk(ppn * PAGE_SIZE, level - 1, vpn, first, end, tell);
        }
    }

    #table(address: number): BigUint64Array {
        return new BigUint64Array(this.#readPage(address).slice().buffer);
    }
}

function isValid(pte: bigint): boolean {
    return (pte & 1n) !== 0n;
}

function ppnOf(pte: bigint): number {
    return Number((pte >> 10n) & MASK_PPN);
}

function byNode(counts: ReadonlyMap<number, number>): NodePages[] {
    return [...counts].sort(([a], [b]) => a - b).map(([node, pages]) => ({ node, pages }));
}
