/** From a function in registers to machine code. */
import type { FrameEntry } from "../link/object.ts";
import { CodeBuffer, type CodePiece } from "./code-buffer.ts";
import { constantSteps } from "./constants.ts";
import type { Frame } from "./frame.ts";
import { type Block, FIRST_FLOAT, type Instruction, type IrFunction, LOADS, RA, STORES, ZERO } from "./ir.ts";
import { INVERSE_BRANCH } from "./jumps.ts";

export interface EncodedFunction extends CodePiece {
    readonly frames: readonly FrameEntry[];
}

const CSR: Readonly<Record<string, string>> = { csrr: "csrrs", csrw: "csrrw", csrs: "csrrs", csrc: "csrrc" };
/** Labels above this belong to retry loops, not to blocks. */
const FIRST_LOCAL_LABEL = 1 << 24;

/** Of a register of either class, in its field. */
function numberOf(register: number): number {
    return register < FIRST_FLOAT ? register : register - FIRST_FLOAT;
}

export function encodeFunction(fn: IrFunction, frame: Frame): EncodedFunction {
    return new FunctionEncoder(fn).run(frame);
}

class FunctionEncoder {
    private readonly fn: IrFunction;
    private readonly buffer = new CodeBuffer();
    private readonly states: { offset: number; size: number; raOffset: number }[] = [];
    private nextLabel = FIRST_LOCAL_LABEL;

    constructor(fn: IrFunction) {
        this.fn = fn;
    }

    run(frame: Frame): EncodedFunction {
        const { blocks } = this.fn;
        blocks.forEach((block, i) => {
            this.buffer.label(block.id);
            for (const instruction of block.code) this.instruction(instruction);
            this.terminator(block, blocks[i + 1]);
        });
        const piece = this.buffer.finish();
        return { ...piece, frames: this.frames(piece.bytes.length, frame) };
    }

    /** One entry for each stretch of code with the same frame state. */
    private frames(length: number, frame: Frame): FrameEntry[] {
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
        for (const next of this.states) {
            if (next.size === state.size && next.raOffset === state.raOffset) continue;
            close(next.offset);
            state = next;
        }
        close(length);
        return entries;
    }

    private instruction(instruction: Instruction): void {
        const { op, d, args, imm, symbol, at } = instruction;
        const { buffer } = this;
        const [a = 0, b = 0] = args;
        if (op === ".frame") {
            buffer.mark((offset) => this.states.push({ offset, size: imm, raOffset: a }));
        } else if (op === "li") {
            this.constant(d, instruction.value ?? 0n, at);
        } else if (op === "mv") {
            this.copy(d, a, at);
        } else if (symbol !== "") {
            this.relocated(instruction);
        } else if (LOADS.has(op)) {
            buffer.instruction(op, { rd: numberOf(d), rs1: a, imm }, at);
        } else if (STORES.has(op)) {
            buffer.instruction(op, { rs1: a, rs2: numberOf(b), imm }, at);
        } else if (op === "callr") {
            buffer.instruction("jalr", { rd: RA, rs1: a, imm: 0 }, at);
        } else if (CSR[op] !== undefined) {
            buffer.instruction(CSR[op], { rd: op === "csrr" ? d : ZERO, rs1: op === "csrr" ? ZERO : a, csr: imm }, at);
        } else if (op.startsWith("cas.") || op.startsWith("narrow.")) {
            this.retryLoop(instruction);
        } else if (op.startsWith("amo")) {
            buffer.instruction(op, { rd: d, rs1: a, rs2: b, aq: true, rl: true }, at);
        } else if (["ecall", "pause", "wfi", "fence", "fence.i", "sfence.vma"].includes(op)) {
            const fields = op === "fence" ? { imm, rd: 0, rs1: 0 } : op === "sfence.vma" ? { rs1: a, rs2: b } : {};
            buffer.instruction(op, fields, at);
        } else {
            const [rd, rs1, rs2] = [numberOf(d), numberOf(a), numberOf(b)];
            buffer.instruction(op, args.length === 1 ? { rd, rs1, imm } : { rd, rs1, rs2 }, at);
        }
    }

    private copy(d: number, from: number, at: number): void {
        const [rd, rs1] = [numberOf(d), numberOf(from)];
        if (d < FIRST_FLOAT) this.buffer.instruction("addi", { rd, rs1, imm: 0 }, at);
        else this.buffer.instruction("fsgnj.d", { rd, rs1, rs2: rs1 }, at);
    }

    private constant(d: number, value: bigint, at: number): void {
        for (const { op, imm, chained } of constantSteps(value)) {
            if (op === "lui") this.buffer.instruction("lui", { rd: d, imm }, at);
            else this.buffer.instruction(op, { rd: d, rs1: chained ? d : ZERO, imm }, at);
        }
    }

    private relocated(instruction: Instruction): void {
        const { op, d, args, imm, symbol, at } = instruction;
        const [a = 0, b = 0] = args;
        if (op === "call") this.buffer.relocated("jal", { rd: RA, imm: 0 }, "jal", symbol, 0, at);
        else if (op === "lui") this.buffer.relocated("lui", { rd: d, imm: 0 }, "hi20", symbol, imm, at);
        else if (STORES.has(op))
            this.buffer.relocated(op, { rs1: a, rs2: numberOf(b), imm: 0 }, "lo12_s", symbol, imm, at);
        else this.buffer.relocated(op, { rd: numberOf(d), rs1: a, imm: 0 }, "lo12_i", symbol, imm, at);
    }

    private terminator(block: Block, next: Block | undefined): void {
        const { kind, op, args, targets, at } = block.end;
        const [yes, no] = targets;
        if (kind === "return") {
            this.buffer.instruction("jalr", { rd: ZERO, rs1: RA, imm: 0 }, at);
        } else if (kind === "trap") {
            this.buffer.instruction("ebreak", {}, at);
        } else if (kind === "jump") {
            if (yes !== undefined && yes !== next) this.buffer.branch("jal", 0, 0, yes.id, at);
        } else if (kind === "branch" && yes !== undefined && no !== undefined) {
            const [a = 0, b = 0] = this.operands(args, op);
            if (yes === next) {
                this.buffer.branch(INVERSE_BRANCH[op] as string, a, b, no.id, at);
            } else {
                this.buffer.branch(op, a, b, yes.id, at);
                if (no !== next) this.buffer.branch("jal", 0, 0, no.id, at);
            }
        }
    }

    /** x0 second, where compressed branches want it. */
    private operands(args: readonly number[], op: string): readonly number[] {
        const [a = 0, b = 0] = args;
        return a === ZERO && (op === "beq" || op === "bne") ? [b, a] : [a, b];
    }

    // ---- LR/SC loops (RISC-V unprivileged ISA 13.2 and 13.3: constrained, at most 16 instructions)

    private retryLoop({ op, args, temporaries, at }: Instruction): void {
        const [kind = "", width = ""] = op.split(".");
        const [old = 0, scratch = 0] = temporaries ?? [];
        const [address = 0, second = 0, third = 0, fourth = 0] = args;
        const [again, done] = [this.nextLabel++, this.nextLabel++];
        const suffix = kind === "cas" ? width : "w";
        const { buffer } = this;
        buffer.label(again);
        buffer.instruction(`lr.${suffix}`, { rd: old, rs1: address, aq: true, rl: true }, at);
        let stored = scratch;
        if (kind === "cas") {
            buffer.branch("bne", old, second, done, at);
            stored = third;
        } else if (width === "cas") {
            buffer.instruction("and", { rd: scratch, rs1: old, rs2: second }, at);
            buffer.instruction("subw", { rd: scratch, rs1: scratch, rs2: third }, at);
            buffer.branch("bne", scratch, ZERO, done, at);
            this.insert(scratch, old, fourth, second, at);
        } else if (width === "swap") {
            this.insert(scratch, old, third, second, at);
        } else {
            buffer.instruction(width, { rd: scratch, rs1: old, rs2: third }, at);
            this.insert(scratch, old, scratch, second, at);
        }
        buffer.instruction(`sc.${suffix}`, { rd: scratch, rs1: address, rs2: stored, aq: true, rl: true }, at);
        buffer.branch("bne", scratch, ZERO, again, at);
        buffer.label(done);
    }

    /** d = old with the bits of `mask` taken from `source`. */
    private insert(d: number, old: number, source: number, mask: number, at: number): void {
        this.buffer.instruction("xor", { rd: d, rs1: source, rs2: old }, at);
        this.buffer.instruction("and", { rd: d, rs1: d, rs2: mask }, at);
        this.buffer.instruction("xor", { rd: d, rs1: d, rs2: old }, at);
    }
}
