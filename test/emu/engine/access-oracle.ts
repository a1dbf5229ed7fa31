/**
 * Counts accesses without the machine's counters: steps a machine that has none, one instruction a hart and round, and looks
 * at each instruction before it runs. Own decoding of loads and stores, own page walk, own TLBs asked at every instruction.
 *
 * What it asks of a program: harts do not share data; between lr and sc, which run in one turn (turns.md 4.2), come nops, and both
 * have the same address; an access over two pages does not fault.
 */
import type { Machine } from "../../../emu/machine.ts";

const RAM = 0x8000_0000;
const PAGE = 4096n;
const NO_HOME = null;
const NOP = 0x13;

export interface OracleOptions {
    readonly machine: Machine;
    readonly tlbEntries: number;
    readonly tlbWays: number;
    readonly kindOf: (ppn: number) => number;
    readonly romKind: number;
    readonly deviceKind: number;
}

/** Count by "source home kind operation", and " user" for what U does. */
export type Counts = Map<string, number>;

type Access = "fetch" | "read" | "write";

interface TlbEntry {
    readonly page: bigint;
    readonly satp: bigint;
    dirty: boolean;
}

interface State {
    readonly satp: bigint;
    readonly privilege: number;
}

/** A hart before it runs an instruction. */
interface Look {
    readonly pc: bigint;
    readonly retired: number;
    readonly work: number;
    readonly state: State;
    readonly word: number;
    readonly rs1: bigint;
    readonly rs2: bigint;
    /** D of the page that an lr reads: its sc may set it within the same turn. */
    readonly dirty: boolean;
}

/** A way is empty, or holds an entry; a full set replaces its ways in turn. */
interface TlbSet {
    readonly ways: (TlbEntry | undefined)[];
    next: number;
}

interface HartModel {
    /** For fetches and for others. */
    readonly tlbs: readonly [TlbSet[], TlbSet[]];
}

export class AccessOracle {
    readonly counts: Counts = new Map();
    readonly #options: OracleOptions;
    readonly #harts: HartModel[];
    #inUser = false;

    constructor(options: OracleOptions) {
        this.#options = options;
        const sets = options.tlbEntries / options.tlbWays;
        const ways = options.tlbWays;
        const tlb = () =>
            Array.from({ length: sets }, (): TlbSet => ({ ways: new Array(ways).fill(undefined), next: 0 }));
        this.#harts = Array.from({ length: options.machine.hartCount }, () => ({ tlbs: [tlb(), tlb()] }));
    }

    /** Until every hart waits. */
    run(): void {
        const { machine } = this.#options;
        for (;;) {
            const before = this.#harts.map((_, h) => this.#look(h));
            const stop = machine.run({ maxRounds: 1 });
            for (const [h, look] of before.entries()) this.#step(h, look);
            if (stop.kind !== "rounds") return;
        }
    }

    #look(h: number): Look {
        const hart = this.#options.machine.hart(h);
        const [pc, retired, work] = [hart.pc, hart.instructions, hart.cycles - hart.idleCycles];
        const state = { satp: hart.csr("satp"), privilege: hart.privilege };
        const word = this.#fetchWord(pc, h);
        const rs1 = hart.x((word >>> 15) & 31);
        const dirty = accessOf(word)?.operation !== "amo" || this.#walk(state.satp, rs1).dirty;
        return { dirty, pc, retired, work, state, word, rs1, rs2: hart.x((word >>> 20) & 31) };
    }

    #fetchWord(pc: bigint, h: number): number {
        const { machine } = this.#options;
        const half = (at: bigint): number => {
            const paddr = machine.translate(at, h, "fetch");
            if (paddr === undefined) return 0;
            const [low = 0, high = 0] = machine.readPhysical(paddr, 2, h);
            return low | (high << 8);
        };
        const low = half(pc);
        return (low & 3) === 3 ? (low | (half(pc + 2n) << 16)) >>> 0 : low;
    }

    #step(h: number, look: Look): void {
        const hart = this.#options.machine.hart(h);
        const worked = hart.cycles - hart.idleCycles - look.work;
        if (worked === 0) return;
        const retired = hart.instructions - look.retired;
        this.#inUser = look.state.privilege === 0;
        this.#instruction(h, look.pc, look.word, look.state);
        if (retired > 0) this.#data(h, look, false);
        else if (isMemory(look.word)) this.#data(h, look, true);
        if ((look.word & 0xfe007fff) === 0x12000073) this.#sfence(h, look);
        if (worked === 1) return;
        // a reservation held the turn up to its sc, the only one of them that may have trapped
        for (let i = 1; i < worked; i++) {
            const pc = look.pc + 4n * BigInt(i);
            const word = this.#fetchWord(pc, h);
            this.#instruction(h, pc, word, look.state);
            if (word === NOP) continue;
            if (i < worked - 1 || !isConditional(word, look.word))
                throw new Error(`oracle: 0x${word.toString(16)} after 0x${look.pc.toString(16)}`);
            this.#data(h, { ...look, word }, retired < worked);
        }
    }

    #instruction(h: number, pc: bigint, word: number, state: State): void {
        const paddr = this.#translate(h, pc, "fetch", state, false);
        const length = (word & 3) === 3 ? 4n : 2n;
        if ((pc + length - 1n) / PAGE !== pc / PAGE) this.#translate(h, pc + 2n, "fetch", state, false);
        this.#count(h, paddr, "ifetch");
    }

    #data(h: number, look: Look, trapped: boolean): void {
        const { word, rs1, state } = look;
        const access = accessOf(word);
        if (access === undefined) return;
        const vaddr = BigInt.asUintN(64, rs1 + BigInt(access.offset));
        const paddr = this.#translate(h, vaddr, access.kind, state, trapped, look.dirty);
        const last = vaddr + BigInt(access.width - 1);
        if (last / PAGE !== vaddr / PAGE) this.#translate(h, last, access.kind, state, trapped);
        if (!trapped) this.#count(h, paddr, access.operation);
    }

    /** Counts the walk, if the TLB needs one; an access that traps always has one. */
    #translate(h: number, vaddr: bigint, access: Access, state: State, fault: boolean, wasDirty = true) {
        const { satp, privilege } = state;
        if (privilege === 3 || satp >> 60n === 0n) return Number(vaddr);
        const { tables, paddr, dirty } = this.#walk(satp, vaddr);
        const tlb = this.#harts[h]?.tlbs[access === "fetch" ? 0 : 1] ?? [];
        const set = tlb[Number((vaddr / PAGE) % BigInt(tlb.length))] as TlbSet;
        const entry = set.ways.find((each) => each?.page === vaddr / PAGE && each.satp === satp);
        const known = entry !== undefined && (access !== "write" || entry.dirty);
        if (known && !fault) return paddr;
        for (const table of tables) this.#count(h, table, "walk");
        if (fault) return paddr;
        if (entry !== undefined) {
            entry.dirty = true;
        } else {
            const empty = set.ways.indexOf(undefined);
            const way = empty >= 0 ? empty : set.next++ % set.ways.length;
            set.ways[way] = { page: vaddr / PAGE, satp, dirty: (dirty && wasDirty) || access === "write" };
        }
        return paddr;
    }

    #walk(satp: bigint, vaddr: bigint): { tables: number[]; paddr: number; dirty: boolean } {
        const tables: number[] = [];
        let table = Number(satp & ((1n << 44n) - 1n)) * 4096;
        for (let level = 2n; level >= 0n; level--) {
            const shift = 12n + 9n * level;
            const bytes = this.#options.machine.readPhysical(table + 8 * Number((vaddr >> shift) & 511n), 8);
            const pte = new DataView(bytes.buffer).getBigUint64(0, true);
            tables.push(table);
            if ((pte & 1n) === 0n) break;
            const base = (pte >> 10n) * PAGE;
            if ((pte & 0xan) !== 0n) {
                return { tables, paddr: Number(base + (vaddr & ((1n << shift) - 1n))), dirty: (pte & 0x80n) !== 0n };
            }
            table = Number(base);
        }
        return { tables, paddr: 0, dirty: false };
    }

    #sfence(h: number, { word, rs1, rs2 }: Look): void {
        const [byPage, byAsid] = [((word >>> 15) & 31) !== 0, ((word >>> 20) & 31) !== 0];
        for (const tlb of this.#harts[h]?.tlbs ?? []) {
            for (const set of tlb) {
                for (const [way, entry] of set.ways.entries()) {
                    if (entry === undefined || (byPage && entry.page !== rs1 / PAGE)) continue;
                    if (byAsid && ((entry.satp >> 44n) & 0xffffn) !== (rs2 & 0xffffn)) continue;
                    set.ways[way] = undefined;
                }
            }
        }
    }

    #count(h: number, paddr: number, operation: string): void {
        const { machine, kindOf, romKind, deviceKind } = this.#options;
        const source = Math.floor(h / machine.options.hartsPerCluster);
        const inRom = paddr >= 0x1000 && paddr < 0x2000;
        const home = paddr >= RAM ? Math.floor((paddr - RAM) / machine.options.bankSize) : NO_HOME;
        const kind = home !== NO_HOME ? kindOf(Math.floor(paddr / 4096)) : inRom ? romKind : deviceKind;
        const key = `${source} ${home} ${kind} ${operation}${this.#inUser ? " user" : ""}`;
        this.counts.set(key, (this.counts.get(key) ?? 0) + 1);
    }
}

/** Is it an sc of the lr's address? */
function isConditional(word: number, lr: number): boolean {
    return accessOf(lr)?.kind === "read" && ((word ^ lr) & 0xff07f) === 0 && word >>> 27 === 3;
}

function isMemory(word: number): boolean {
    return accessOf(word) !== undefined;
}

function accessOf(word: number) {
    const width = 1 << ((word >>> 12) & 3);
    switch (word & 0x7f) {
        case 0x03:
            return { operation: "load", kind: "read", offset: (word | 0) >> 20, width } as const;
        case 0x23: {
            const offset = (((word | 0) >> 25) << 5) | ((word >>> 7) & 31);
            return { operation: "store", kind: "write", offset, width } as const;
        }
        case 0x2f:
            return { operation: "amo", kind: word >>> 27 === 2 ? "read" : "write", offset: 0, width } as const;
        default:
            return undefined;
    }
}
