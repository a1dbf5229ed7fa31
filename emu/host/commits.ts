/** What harts retire, instruction by instruction, with what each changed that its fields name: the matter of traces. */

import { type Decoded, decode, isLong } from "../isa/decode.ts";
import { isFloatField } from "../isa/row.ts";
import type { Hart } from "./hart.ts";
import type { Look, Looks } from "./looks.ts";

export interface Access {
    readonly vaddr: bigint;
    readonly bytes: number;
    /** What was stored, or what an atomic or LR and SC stored; undefined for what only loads. */
    readonly stored: bigint | undefined;
    readonly loads: boolean;
}

export interface Commit {
    readonly hart: number;
    /** 0 = U, 1 = S, 3 = M, while it ran. */
    readonly privilege: number;
    readonly pc: bigint;
    /** The instruction, of `bytes` 2 or 4. */
    readonly word: number;
    readonly bytes: number;
    /** The register that it wrote, if not x0. */
    readonly register: { readonly name: "x" | "f"; readonly number: number; readonly value: bigint } | undefined;
    /** The CSR that it names and may have written, as it is now. */
    readonly csr: { readonly number: number; readonly value: bigint } | undefined;
    readonly access: Access | undefined;
}

interface Started {
    readonly instructions: number;
    readonly privilege: number;
    readonly pc: bigint;
    readonly word: number;
    readonly decoded: Decoded | undefined;
    readonly access: Access | undefined;
}

/** What of a machine is read. */
export interface CommitMachine {
    readonly looks: Looks;
    hart(index: number): Hart;
    translate(vaddr: bigint, hart: number, access?: "read" | "write" | "fetch"): number | undefined;
    readPhysical(paddr: number, length: number): Uint8Array;
}

export interface CommitWindow {
    /** Cycles of the clock of the hart, before the instruction; both included. */
    readonly from: number;
    readonly to: number;
    readonly harts: readonly number[];
}

const BLOCK = 64;
const CSR_WRITES: ReadonlySet<string> = new Set(["csrrw", "csrrwi"]);
const CSR_CHANGES: ReadonlySet<string> = new Set(["csrrs", "csrrc", "csrrsi", "csrrci"]);

/** Tells of each instruction that the harts retire. */
export class Commits implements Look {
    readonly #machine: CommitMachine;
    readonly #window: CommitWindow;
    readonly #tell: (commit: Commit) => void;
    readonly #started = new Map<number, Started>();

    constructor(machine: CommitMachine, window: CommitWindow, tell: (commit: Commit) => void) {
        this.#machine = machine;
        this.#window = window;
        this.#tell = tell;
    }

    /** Looks at the harts from here on, or does not. */
    look(on: boolean): void {
        const { looks } = this.#machine;
        if (!on) {
            looks.remove(this);
            return;
        }
        looks.add(this);
        for (const hart of this.#window.harts) looks.lookAt(this, hart, true);
    }

    next(hart: number): boolean {
        this.turnEnded(hart);
        const { cycles } = this.#machine.hart(hart);
        const { from, to, harts } = this.#window;
        if (cycles >= from && cycles <= to && harts.includes(hart)) this.#start(hart);
        return false;
    }

    turnEnded(hart: number): boolean {
        const started = this.#started.get(hart);
        if (started !== undefined && this.#machine.hart(hart).instructions > started.instructions)
            this.#finish(hart, started);
        this.#started.delete(hart);
        return false;
    }

    #start(index: number): void {
        const { instructions, privilege, pc } = this.#machine.hart(index);
        const word = this.#fetched(index, pc);
        if (word === undefined) return;
        const decoded = decode(word);
        const access = decoded && this.#access(index, decoded);
        this.#started.set(index, { instructions, privilege, pc, word, decoded, access });
    }

    #finish(index: number, { privilege, pc, word, decoded, access }: Started): void {
        const hart = this.#machine.hart(index);
        const bytes = isLong(word) ? 4 : 2;
        const isFloat = decoded !== undefined && isFloatField(decoded.row, "rd");
        const number = decoded?.rd ?? 0;
        const register =
            isFloat || number !== 0
                ? {
                      name: isFloat ? ("f" as const) : ("x" as const),
                      number,
                      value: isFloat ? hart.f(number) : hart.x(number),
                  }
                : undefined;
        const csr = decoded && writtenCsr(decoded);
        // A store that fails has stored nothing.
        const failed = decoded?.row.name.startsWith("sc.") === true && hart.x(number) !== 0n;
        this.#tell({
            hart: index,
            privilege,
            pc,
            word,
            bytes,
            register,
            csr: csr === undefined ? undefined : { number: csr, value: hart.csr(csr) },
            access: failed ? undefined : this.#after(index, decoded, access),
        });
    }

    /** What an AMO has stored stands in memory now. */
    #after(index: number, decoded: Decoded | undefined, access: Access | undefined): Access | undefined {
        if (access === undefined || !decoded?.row.name.startsWith("amo")) return access;
        const at = this.#machine.translate(access.vaddr, index);
        return {
            ...access,
            stored: at === undefined ? 0n : littleEndian(this.#machine.readPhysical(at, access.bytes)),
        };
    }

    #fetched(index: number, pc: bigint): number | undefined {
        const low = this.#halfword(index, pc);
        if (low === undefined || !isLong(low)) return low;
        const high = this.#halfword(index, pc + 2n);
        return high === undefined ? undefined : (low | (high << 16)) >>> 0;
    }

    #halfword(index: number, vaddr: bigint): number | undefined {
        const at = this.#machine.translate(vaddr, index, "fetch");
        return at === undefined ? undefined : Number(littleEndian(this.#machine.readPhysical(at, 2)));
    }

    #access(index: number, { row, rs1, rs2, imm }: Decoded): Access | undefined {
        const hart = this.#machine.hart(index);
        const opcode = row.match & 0x7f;
        const bytes = 1 << ((row.match >>> 12) & 3);
        const value = (isFloat: boolean) => BigInt.asUintN(8 * bytes, isFloat ? hart.f(rs2) : hart.x(rs2));
        const at = (offset: number) => BigInt.asUintN(64, hart.x(rs1) + BigInt(offset));
        switch (opcode) {
            case 0x03:
            case 0x07:
                return { vaddr: at(imm), bytes, stored: undefined, loads: true };
            case 0x23:
            case 0x27:
                return { vaddr: at(imm), bytes, stored: value(opcode === 0x27), loads: false };
            case 0x2f: {
                const isLoad = row.name.startsWith("lr.");
                const loads = !row.name.startsWith("sc.");
                return { vaddr: at(0), bytes, stored: isLoad ? undefined : value(false), loads };
            }
            default:
                if (row.name !== "cbo.zero") return undefined;
                return { vaddr: at(0) - (at(0) % BigInt(BLOCK)), bytes: BLOCK, stored: 0n, loads: false };
        }
    }
}

/** The CSR that the instruction writes; CSRRS and the like with x0 or 0 write none. */
function writtenCsr({ row, rs1, imm }: Decoded): number | undefined {
    if (CSR_WRITES.has(row.name)) return imm;
    return CSR_CHANGES.has(row.name) && rs1 !== 0 ? imm : undefined;
}

function littleEndian(bytes: Uint8Array): bigint {
    let value = 0n;
    for (let i = bytes.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i] ?? 0);
    return value;
}
