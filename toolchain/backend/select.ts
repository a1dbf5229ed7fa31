/**
 * Instruction selection: the operations left in SSA become RV64 instructions with immediates, constants are placed where they are used, and
 * calls get the registers of the calling convention. The result is still SSA in its virtual values.
 */
import { FIRST_STACK_PLACE, placesOf } from "./calling-convention.ts";
import { A0, type Block, type BranchEnd, FA0, type Instruction, isFloatValue, newInstruction, SP, ZERO } from "./ir.ts";
import { type Compare, OPERATIONS, type Operation } from "./operations.ts";
import type { Ssa } from "./ssa.ts";

const SYSTEM_CALL_NUMBER = 17;

export function selectInstructions(ssa: Ssa): void {
    const selection = new Selection(ssa);
    for (const block of ssa.fn.blocks) selection.block(block);
}

class Selection {
    readonly #ssa: Ssa;
    #out: Instruction[] = [];
    #at = 0;
    /** Constants that are already in a value in this block. */
    #placed = new Map<bigint, number>();

    constructor(ssa: Ssa) {
        this.#ssa = ssa;
    }

    block(block: Block): void {
        this.#out = [];
        this.#placed = new Map();
        for (const instruction of block.code) {
            this.#at = instruction.at;
            this.#instruction(instruction);
        }
        this.#at = block.end.at;
        this.#terminator(block);
        block.code = this.#out;
    }

    #emit(op: Operation, d: number, args: number[], imm = 0, symbol = ""): number {
        this.#out.push(newInstruction(op, d, args, imm, this.#at, symbol));
        return d;
    }

    #fresh(): number {
        return this.#ssa.fn.nextValue++;
    }

    /** The value in a register. A constant is loaded once a block. */
    #register(value: number): number {
        const constant = this.#ssa.constantOf(value);
        if (constant === undefined) return value;
        if (constant === 0n) return ZERO;
        const known = this.#placed.get(constant);
        if (known !== undefined) return known;
        const d = this.#loadConstant(this.#fresh(), constant);
        this.#placed.set(constant, d);
        return d;
    }

    #loadConstant(d: number, value: bigint): number {
        this.#out.push({ ...newInstruction("li", d, [], 0, this.#at), value });
        return d;
    }

    #small(value: number | undefined): number | undefined {
        const constant = value === undefined ? undefined : this.#ssa.constantOf(value);
        if (constant === undefined || constant < -2048n || constant > 2047n) return undefined;
        return Number(constant);
    }

    #instruction(instruction: Instruction): void {
        const { op, d, args } = instruction;
        const { form } = OPERATIONS[op];
        switch (form) {
            case "parameter":
                return this.#parameter(instruction);
            case "call":
                return this.#call(instruction);
            case "systemCall":
                return this.#systemCall(instruction);
            case "compare":
                return this.#compare(op as Compare, d, args[0] as number, args[1] as number);
            case "extend":
                return this.#extend(op, d, args[0] as number);
            case "arithmetic":
                return this.#arithmetic(instruction);
            case "retry":
                return this.#retryLoop(instruction);
            case "amo":
            case "constant":
            case "copy":
            case "csr":
            case "frame":
            case "load":
            case "stack":
            case "store":
            case "system":
            case "upper":
                return this.#keep(instruction);
            default:
                form satisfies never;
        }
    }

    /** Keeps the instruction as it is, with its operands in registers. */
    #keep(instruction: Instruction): void {
        instruction.args = instruction.args.map((arg) => this.#register(arg));
        this.#out.push(instruction);
    }

    #arithmetic(instruction: Instruction): void {
        const { op, d, args } = instruction;
        if (op === "and" && this.#mask(d, args)) return;
        if (op === "sll" && this.#scaledIndex(d, args)) return;
        const form = OPERATIONS[op].immediate;
        const immediate = form === undefined ? undefined : this.#small(args[1]);
        if (form === undefined || immediate === undefined) return this.#keep(instruction);
        this.#emit(form, d, [this.#register(args[0] as number)], immediate);
    }

    /** LR/SC loops write their result and scratch registers while the operands are still needed. */
    #retryLoop(instruction: Instruction): void {
        instruction.args = instruction.args.map((arg) => this.#register(arg));
        instruction.temporaries = [instruction.d, this.#fresh()];
        this.#out.push(instruction);
    }

    #extend(op: Operation, d: number, value: number): void {
        const { bits = 32, zeroExtends } = OPERATIONS[op];
        if (zeroExtends) this.#zeroExtend(d, value, bits);
        else if (bits === 32) this.#emit("addiw", d, [this.#register(value)], 0);
        else this.#signExtend(d, value, 64 - bits);
    }

    #zeroExtend(d: number, value: number, bits: number): void {
        const shift = 64 - bits;
        const shifted = this.#emit("slli", this.#fresh(), [this.#register(value)], shift);
        this.#emit("srli", d, [shifted], shift);
    }

    #signExtend(d: number, value: number, shift: number): void {
        const shifted = this.#emit("slli", this.#fresh(), [this.#register(value)], shift);
        this.#emit("srai", d, [shifted], shift);
    }

    /** An `and` with 2^k - 1 that is too large for andi becomes two shifts instead of a constant. */
    #mask(d: number, args: readonly number[]): boolean {
        const [a = 0, b = 0] = args;
        const constant = this.#ssa.constantOf(b);
        if (constant === undefined || constant <= 2047n || (constant & (constant + 1n)) !== 0n) return false;
        const bits = constant.toString(2).length;
        const inner = this.#ssa.definition(a);
        const shift = inner?.op === "srl" ? this.#small(inner.args[1]) : undefined;
        if (inner !== undefined && shift !== undefined && shift + bits < 64) {
            // In (x >> shift) & mask the two left and right shifts make one pair.
            const high = this.#emit(
                "slli",
                this.#fresh(),
                [this.#register(inner.args[0] as number)],
                64 - bits - shift,
            );
            this.#emit("srli", d, [high], 64 - bits);
        } else {
            this.#zeroExtend(d, a, bits);
        }
        return true;
    }

    /** (zext a) << k becomes slli 32, srli 32 - k. */
    #scaledIndex(d: number, args: readonly number[]): boolean {
        const [a = 0, b = 0] = args;
        const inner = this.#ssa.definition(a);
        const shift = this.#small(b);
        if (inner?.op !== "zextw" || shift === undefined || shift > 31) return false;
        const high = this.#emit("slli", this.#fresh(), [this.#register(inner.args[0] as number)], 32);
        this.#emit("srli", d, [high], 32 - shift);
        return true;
    }

    // ---- compares

    #compare(op: Compare, d: number, a: number, b: number): void {
        if (op === "eq" || op === "ne") return this.#equality(op, d, a, b);
        const unsigned = op.endsWith("u");
        const less = this.#lessThan(unsigned, op.startsWith("lt") ? d : this.#fresh(), a, b);
        if (!op.startsWith("lt")) this.#emit("xori", d, [less], 1);
    }

    #lessThan(unsigned: boolean, d: number, a: number, b: number): number {
        const immediate = this.#small(b);
        if (immediate !== undefined) return this.#emit(unsigned ? "sltiu" : "slti", d, [this.#register(a)], immediate);
        return this.#emit(unsigned ? "sltu" : "slt", d, [this.#register(a), this.#register(b)]);
    }

    #equality(op: "eq" | "ne", d: number, a: number, b: number): void {
        const constant = this.#small(b);
        let difference = this.#register(a);
        if (constant === undefined || constant === -2048)
            difference = this.#emit("xor", this.#fresh(), [difference, this.#register(b)]);
        else if (constant !== 0) difference = this.#emit("addi", this.#fresh(), [difference], -constant);
        if (op === "eq") this.#emit("sltiu", d, [difference], 1);
        else this.#emit("sltu", d, [ZERO, difference]);
    }

    #terminator(block: Block): void {
        const { end } = block;
        if (end.kind === "return") {
            const [value] = end.args;
            if (value === undefined) return;
            const register = this.#resultRegister(value);
            this.#toRegister(register, value);
            end.args = [register];
        } else if (end.kind === "branch") {
            this.#branch(end);
        } else {
            end.args = end.args.map((arg) => this.#register(arg));
        }
    }

    /** A compare that feeds a branch becomes part of it. */
    #branch(end: BranchEnd): void {
        const [condition = 0] = end.args;
        const definition = this.#ssa.definition(condition);
        const fused = definition && OPERATIONS[definition.op].branch;
        if (fused !== undefined && definition !== undefined) {
            end.op = fused;
            end.args = definition.args.map((arg) => this.#register(arg));
        } else {
            end.args = [this.#register(condition), ZERO];
        }
    }

    // ---- calling convention (calling-convention.ts)

    #resultRegister(value: number): number {
        return isFloatValue(this.#ssa.fn, value) ? FA0 : A0;
    }

    #toRegister(register: number, value: number): void {
        const constant = this.#ssa.constantOf(value);
        if (constant !== undefined) this.#loadConstant(register, constant);
        else this.#emit("mv", register, [value]);
    }

    #parameter(instruction: Instruction): void {
        const { d, imm } = instruction;
        if (imm < FIRST_STACK_PLACE) this.#emit("mv", d, [imm]);
        else this.#emit("ld.in", d, [SP], (imm - FIRST_STACK_PLACE) * 8);
    }

    #call(instruction: Instruction): void {
        const target = instruction.op === "callr" ? instruction.args.slice(0, 1) : [];
        const args = instruction.args.slice(target.length);
        const places = instruction.places ?? placesOf(args.map(() => "i64"));
        const registers = places.filter((place) => place < FIRST_STACK_PLACE);
        for (const [i, place] of places.entries()) {
            if (place < FIRST_STACK_PLACE) continue;
            this.#emit("sd.out", -1, [SP, this.#register(args[i] as number)], (place - FIRST_STACK_PLACE) * 8);
        }
        for (const [i, place] of places.entries()) {
            if (place < FIRST_STACK_PLACE) this.#toRegister(place, args[i] as number);
        }
        this.#out.push({ ...instruction, d: -1, args: [...target, ...registers], imm: 0 });
        if (instruction.d >= 0) this.#emit("mv", instruction.d, [this.#resultRegister(instruction.d)]);
        this.#placed = new Map();
    }

    #systemCall(instruction: Instruction): void {
        const [number = 0, ...args] = instruction.args;
        args.forEach((arg, i) => {
            this.#toRegister(A0 + i, arg);
        });
        this.#toRegister(SYSTEM_CALL_NUMBER, number);
        this.#emit("ecall", -1, [...args.map((_, i) => A0 + i), SYSTEM_CALL_NUMBER]);
        this.#emit("mv", instruction.d, [A0]);
        this.#placed = new Map();
    }
}
