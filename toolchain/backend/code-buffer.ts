/**
 * Collects the instructions of one function and lays them out. They take compressed forms where these exist, and branches take the shortest
 * form that reaches. Branches start short and only grow, so the loop ends.
 */
import { compress } from "../../emu/isa/compress.ts";
import { encode, type Fields } from "../../emu/isa/encode.ts";
import type { Relocation, RelocationType } from "../link/object.ts";
import { BRANCHES, type Branch } from "./operations.ts";

interface Item {
    /** Size in bytes; 0 for marks. */
    size: number;
    readonly word: number;
    readonly at: number;
    readonly relocation?: { type: RelocationType; symbol: string; addend: number };
    readonly branch?: { op: Branch | "jal"; rs1: number; rs2: number; label: number };
    readonly label?: number;
    readonly mark?: () => void;
}

export interface CodePiece {
    readonly bytes: Uint8Array;
    readonly relocations: readonly Relocation[];
    /** The offset of each instruction, and the offset `at` of its origin in the Wasm module. */
    readonly origins: readonly { offset: number; at: number }[];
}

const shortForms = new Map<number, number | undefined>();

function shortForm(word: number): number | undefined {
    if (shortForms.has(word)) return shortForms.get(word);
    const short = compress(word);
    shortForms.set(word, short);
    return short;
}

export class CodeBuffer {
    readonly #items: Item[] = [];
    readonly #offsets: number[] = [];
    readonly #labels = new Map<number, number>();

    instruction(op: string, fields: Fields, at: number): void {
        const word = encode(op, fields);
        const short = shortForm(word);
        this.#items.push(short === undefined ? { size: 4, word, at } : { size: 2, word: short, at });
    }

    /** The linker fills a field of the word, so the instruction keeps its long form. */
    relocated(op: string, fields: Fields, type: RelocationType, symbol: string, addend: number, at: number): void {
        this.#items.push({ size: 4, word: encode(op, fields), at, relocation: { type, symbol, addend } });
    }

    label(label: number): void {
        this.#items.push({ size: 0, word: 0, at: 0, label });
    }

    /** A jump (op "jal") or conditional branch to a label. */
    branch(op: Branch | "jal", rs1: number, rs2: number, label: number, at: number): void {
        this.#items.push({ size: 2, word: 0, at, branch: { op, rs1, rs2, label } });
    }

    /** `call` is called with the offset of this place when the layout is known. */
    mark(call: (offset: number) => void): void {
        const index = this.#items.length;
        this.#items.push({ size: 0, word: 0, at: 0, mark: () => call(this.#offsets[index] as number) });
    }

    finish(): CodePiece {
        while (this.#layOut()) this.#labels.clear();
        const relocations: Relocation[] = [];
        const origins: { offset: number; at: number }[] = [];
        const last = this.#items.length;
        const bytes = new Uint8Array(this.#offsets[last] as number);
        this.#items.forEach((item, i) => {
            const offset = this.#offsets[i] as number;
            item.mark?.();
            if (item.size > 0) origins.push({ offset, at: item.at });
            if (item.relocation !== undefined) relocations.push({ offset, ...item.relocation });
            const parts = item.branch === undefined ? [[item.size, item.word]] : this.#encodeBranch(item, offset);
            let place = offset;
            for (const [size = 0, word = 0] of parts) {
                for (let k = 0; k < size; k++) bytes[place++] = (word >>> (8 * k)) & 255;
            }
        });
        return { bytes, relocations, origins };
    }

    /** Does one round of layout. True when a branch had to grow. */
    #layOut(): boolean {
        let offset = 0;
        this.#items.forEach((item, i) => {
            this.#offsets[i] = offset;
            offset += item.size;
            if (item.label !== undefined) this.#labels.set(item.label, offset);
        });
        this.#offsets[this.#items.length] = offset;
        let grown = false;
        this.#items.forEach((item, i) => {
            if (item.branch === undefined) return;
            const needed = neededSize(item.branch, this.#distance(item, this.#offsets[i] as number));
            if (needed <= item.size) return;
            item.size = needed;
            grown = true;
        });
        return grown;
    }

    #distance(item: Item, offset: number): number {
        const target = this.#labels.get(item.branch?.label ?? -1);
        if (target === undefined) throw new Error("branch to a label that was never placed");
        return target - offset;
    }

    /** The [size, word] of each instruction. */
    #encodeBranch(item: Item, offset: number): number[][] {
        const { op, rs1, rs2 } = item.branch as { op: Branch | "jal"; rs1: number; rs2: number };
        const imm = this.#distance(item, offset);
        if (item.size === 8) {
            const inverse = encode(BRANCHES[op as Branch].inverse, { rs1, rs2, imm: 8 });
            return [
                [4, inverse],
                [4, encode("jal", { rd: 0, imm: imm - 4 })],
            ];
        }
        const word = op === "jal" ? encode("jal", { rd: 0, imm }) : encode(op, { rs1, rs2, imm });
        if (item.size === 4) return [[4, word]];
        return [[2, compress(word) as number]];
    }
}

function neededSize(branch: { op: Branch | "jal"; rs1: number; rs2: number }, distance: number): number {
    if (branch.op === "jal") return distance >= -2048 && distance <= 2046 ? 2 : 4;
    const equality = branch.op === "beq" || branch.op === "bne";
    const short = equality && branch.rs2 === 0 && branch.rs1 >= 8 && branch.rs1 <= 15;
    if (short && distance >= -256 && distance <= 254) return 2;
    return distance >= -4096 && distance <= 4094 ? 4 : 8;
}
