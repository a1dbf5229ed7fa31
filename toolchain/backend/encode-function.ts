/** Encodes a function whose values are in registers as machine code. */
import type { FrameEntry } from "../link/object.ts";
import { CodeBuffer, type CodePiece } from "./code-buffer.ts";
import { constantSteps } from "./constants.ts";
import type { Frame } from "./frame.ts";
import { type Block, FIRST_FLOAT, type Instruction, type IrFunction, RA, ZERO } from "./ir.ts";
import { BRANCHES, type Branch, OPERATIONS } from "./operations.ts";

export interface EncodedFunction extends CodePiece {
    readonly frames: readonly FrameEntry[];
}

/** Labels above this belong to retry loops, not to blocks. */
const FIRST_LOCAL_LABEL = 1 << 24;

/** The number of a register of either class, as its field has it. */
function numberOf(register: number): number {
    return register < FIRST_FLOAT ? register : register - FIRST_FLOAT;
}

export function encodeFunction(fn: IrFunction, frame: Frame): EncodedFunction {
    return new FunctionEncoder(fn).run(frame);
}

class FunctionEncoder {
    readonly #fn: IrFunction;
    readonly #buffer = new CodeBuffer();
    readonly #states: { offset: number; size: number; raOffset: number }[] = [];
    #nextLabel = FIRST_LOCAL_LABEL;

    constructor(fn: IrFunction) {
        this.#fn = fn;
    }

    run(frame: Frame): EncodedFunction {
        const { blocks } = this.#fn;
        blocks.forEach((block, i) => {
            this.#buffer.label(block.id);
            for (const instruction of block.code) this.#instruction(instruction);
            this.#terminator(block, blocks[i + 1]);
        });
        const piece = this.#buffer.finish();
        return { ...piece, frames: this.#frames(piece.bytes.length, frame) };
    }

    /** One entry for each stretch of code with the same frame state. */
    #frames(length: number, frame: Frame): FrameEntry[] {
        if (frame.size === 0) return [{ start: 0, end: length, bodyStart: length, size: 0, raOffset: -1 }];
        const entries: FrameEntry[] = [];
        let state = { offset: 0, size: 0, raOffset: -1 };
        const close = (end: number) => {
            if (end === state.offset) return;
            const start = state.offset;
            entries.push({
                start,
                end,
                bodyStart: state.size > 0 ? start : end,
                size: state.size,
                raOffset: state.raOffset,
            });
        };
        for (const next of this.#states) {
            if (next.size === state.size && next.raOffset === state.raOffset) continue;
            close(next.offset);
            state = next;
        }
        close(length);
        return entries;
    }

    #instruction(instruction: Instruction): void {
        const { op, d, args, imm, at } = instruction;
        const buffer = this.#buffer;
        const [a = 0, b = 0] = args;
        const { form, csr } = OPERATIONS[op];
        switch (form) {
            case "frame":
                return buffer.mark((offset) => this.#states.push({ offset, size: imm, raOffset: a }));
            case "constant":
                return this.#constant(d, instruction.value ?? 0n, at);
            case "copy":
                return this.#copy(d, a, at);
            case "load":
            case "store":
            case "upper":
            case "arithmetic":
                return this.#plain(instruction);
            case "call":
                return this.#call(instruction);
            case "csr":
                return buffer.instruction(csr as string, { rd: d < 0 ? ZERO : d, rs1: a, csr: imm }, at);
            case "retry":
                return this.#retryLoop(instruction);
            case "amo":
                return buffer.instruction(op, { rd: d, rs1: a, rs2: b, aq: true, rl: true }, at);
            case "system":
            case "systemCall":
                return this.#system(instruction);
            case "parameter":
            case "compare":
            case "extend":
            case "stack":
                throw new Error(`${this.#fn.name}: ${op} is no instruction`);
            default:
                form satisfies never;
        }
    }

    /** Emits the instruction. If it has a symbol, a relocation fills the immediate. */
    #plain({ op, d, args, imm, symbol, at }: Instruction): void {
        const { form } = OPERATIONS[op];
        const [rd, rs1, rs2] = [numberOf(d), numberOf(args[0] ?? 0), numberOf(args[1] ?? 0)];
        const fields = form === "store" ? { rs1, rs2 } : form === "upper" ? { rd } : { rd, rs1 };
        if (symbol !== "") {
            const type = form === "store" ? "lo12_s" : form === "upper" ? "hi20" : "lo12_i";
            this.#buffer.relocated(op, { ...fields, imm: 0 }, type, symbol, imm, at);
        } else if (form === "arithmetic" && args.length === 2) {
            this.#buffer.instruction(op, { rd, rs1, rs2 }, at);
        } else {
            this.#buffer.instruction(op, { ...fields, imm }, at);
        }
    }

    #call({ op, args, symbol, at }: Instruction): void {
        if (op === "call") this.#buffer.relocated("jal", { rd: RA, imm: 0 }, "jal", symbol, 0, at);
        else this.#buffer.instruction("jalr", { rd: RA, rs1: args[0] as number, imm: 0 }, at);
    }

    #system({ op, args, imm, at }: Instruction): void {
        const [rs1 = 0, rs2 = 0] = args;
        const fields = op === "fence" ? { imm, rd: 0, rs1: 0 } : { rs1, rs2 };
        this.#buffer.instruction(op, fields, at);
    }

    #copy(d: number, from: number, at: number): void {
        const [rd, rs1] = [numberOf(d), numberOf(from)];
        if (d < FIRST_FLOAT) this.#buffer.instruction("addi", { rd, rs1, imm: 0 }, at);
        else this.#buffer.instruction("fsgnj.d", { rd, rs1, rs2: rs1 }, at);
    }

    #constant(d: number, value: bigint, at: number): void {
        for (const { op, imm, chained } of constantSteps(value)) {
            if (op === "lui") this.#buffer.instruction("lui", { rd: d, imm }, at);
            else this.#buffer.instruction(op, { rd: d, rs1: chained ? d : ZERO, imm }, at);
        }
    }

    #terminator(block: Block, next: Block | undefined): void {
        const { kind, args, targets, at } = block.end;
        const [yes, no] = targets;
        if (kind === "return") {
            this.#buffer.instruction("jalr", { rd: ZERO, rs1: RA, imm: 0 }, at);
        } else if (kind === "trap") {
            this.#buffer.instruction("ebreak", {}, at);
        } else if (kind === "jump") {
            if (yes !== undefined && yes !== next) this.#buffer.branch("jal", 0, 0, yes.id, at);
        } else if (block.end.kind === "branch" && yes !== undefined && no !== undefined) {
            const { op } = block.end;
            const [a = 0, b = 0] = this.#operands(args, op);
            if (yes === next) {
                this.#buffer.branch(BRANCHES[op].inverse, a, b, no.id, at);
            } else {
                this.#buffer.branch(op, a, b, yes.id, at);
                if (no !== next) this.#buffer.branch("jal", 0, 0, no.id, at);
            }
        }
    }

    /** Puts x0 second, where compressed branches want it. */
    #operands(args: readonly number[], op: Branch): readonly number[] {
        const [a = 0, b = 0] = args;
        return a === ZERO && (op === "beq" || op === "bne") ? [b, a] : [a, b];
    }

    // ---- LR/SC loops (RISC-V unprivileged ISA 13.2 and 13.3: constrained, at most 16 instructions)

    #retryLoop({ op, args, temporaries, at }: Instruction): void {
        const { combine, narrowed, width } = OPERATIONS[op];
        const [old = 0, scratch = 0] = temporaries ?? [];
        const [address = 0, second = 0, third = 0, fourth = 0] = args;
        const [again, done] = [this.#nextLabel++, this.#nextLabel++];
        const suffix = width === 8 ? "d" : "w";
        const buffer = this.#buffer;
        buffer.label(again);
        buffer.instruction(`lr.${suffix}`, { rd: old, rs1: address, aq: true, rl: true }, at);
        let stored = scratch;
        if (!narrowed) {
            buffer.branch("bne", old, second, done, at);
            stored = third;
        } else if (combine === "cas") {
            buffer.instruction("and", { rd: scratch, rs1: old, rs2: second }, at);
            buffer.instruction("subw", { rd: scratch, rs1: scratch, rs2: third }, at);
            buffer.branch("bne", scratch, ZERO, done, at);
            this.#insert(scratch, old, fourth, second, at);
        } else if (combine === "swap") {
            this.#insert(scratch, old, third, second, at);
        } else {
            buffer.instruction(combine as string, { rd: scratch, rs1: old, rs2: third }, at);
            this.#insert(scratch, old, scratch, second, at);
        }
        buffer.instruction(`sc.${suffix}`, { rd: scratch, rs1: address, rs2: stored, aq: true, rl: true }, at);
        buffer.branch("bne", scratch, ZERO, again, at);
        buffer.label(done);
    }

    /** Sets d to `old` with the bits of `mask` taken from `source`. */
    #insert(d: number, old: number, source: number, mask: number, at: number): void {
        this.#buffer.instruction("xor", { rd: d, rs1: source, rs2: old }, at);
        this.#buffer.instruction("and", { rd: d, rs1: d, rs2: mask }, at);
        this.#buffer.instruction("xor", { rd: d, rs1: d, rs2: old }, at);
    }
}
