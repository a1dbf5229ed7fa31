/** Lowers Wasm to SSA in one pass. Operand stack entries and locals are values. Control flow is in lower-control.ts. */

import { type OpcodeName, opcodeText } from "../../emu/wasm/opcodes.ts";
import { FIRST_STACK_PLACE, isFloatType, placesOf } from "./calling-convention.ts";
import { FIRST_FLOAT, type IrFunction } from "./ir.ts";
import { ATOMIC } from "./lower-atomic.ts";
import { CALLS } from "./lower-call.ts";
import { CONTROL, ControlFlow } from "./lower-control.ts";
import { FLOAT, floatOfBits } from "./lower-float.ts";
import { MEMORY } from "./lower-memory.ts";
import { INTEGER } from "./lower-numeric.ts";
import { OPERATIONS, type Operation } from "./operations.ts";
import { Ssa } from "./ssa.ts";
import { decodeBody, UnsupportedWasm, type WasmInstruction } from "./wasm-body.ts";
import type { ValueType, WasmFunction, WasmModule } from "./wasm-parse.ts";

export interface LowerOptions {
    /** The import modules that are intrinsics, and those that are external symbols. */
    readonly intrinsicModules: readonly string[];
    readonly externModules: readonly string[];
    readonly floats: boolean;
}

/** The lowering of an instruction: an operation on the same operands, perhaps in the opposite order, or a function that makes it. */
export type Rule =
    | Operation
    | readonly [op: Operation, order: "swapped"]
    | ((lowering: Lowering, instruction: WasmInstruction) => void);

export type Rules = Readonly<Partial<Record<OpcodeName, Rule>>>;

/** Makes one function's SSA form. Throws UnsupportedWasm, naming the function. */
export function lowerFunction(
    module: WasmModule,
    fn: WasmFunction,
    options: LowerOptions,
): { fn: IrFunction; ssa: Ssa } {
    return new Lowering(module, fn, options).run();
}

export class Lowering {
    readonly module: WasmModule;
    readonly fn: WasmFunction;
    readonly options: LowerOptions;
    readonly body: readonly WasmInstruction[];
    readonly ssa: Ssa;
    readonly stack: number[] = [];
    readonly control: ControlFlow;
    locals: number[] = [];
    /** Index in the body of the instruction that is being lowered. */
    position = 0;

    constructor(module: WasmModule, fn: WasmFunction, options: LowerOptions) {
        this.module = module;
        this.fn = fn;
        this.options = options;
        this.body = decodeBody(module, fn);
        this.ssa = new Ssa(fn.name, fn.type.params.length, this.body[0]?.at ?? fn.start);
        this.control = new ControlFlow(this);
    }

    fail(message: string): never {
        throw new UnsupportedWasm(`${this.fn.name}: ${message}`);
    }

    pop(): number {
        return this.stack.pop() ?? this.fail("operand stack underflow");
    }

    /** Pops the last `count` values, the deepest first. */
    popMany(count: number): number[] {
        if (count > this.stack.length) this.fail("operand stack underflow");
        return this.stack.splice(this.stack.length - count);
    }

    push(value: number): void {
        this.stack.push(value);
    }

    run(): { fn: IrFunction; ssa: Ssa } {
        const { ssa, fn, body, control } = this;
        for (const type of [...fn.locals, ...fn.type.results]) {
            if (type === "v128" || type === "ref") this.fail(`type ${type} is not supported by the RV64 backend`);
        }
        if (fn.type.results.length > 1) this.fail("more than one result is not supported by the RV64 backend");
        const places = placesOf(fn.type.params);
        this.locals = fn.locals.map((type, i) => {
            const place = places[i];
            return place === undefined ? this.#zero(type) : this.#parameter(type, place);
        });
        while (this.position < body.length) {
            const instruction = body[this.position] as WasmInstruction;
            ssa.at = instruction.at;
            this.#instruction(instruction);
            this.position = control.reachable ? this.position + 1 : control.endOfDead(this.position + 1);
        }
        if (!this.options.floats && ssa.fn.floats.size > 0) this.fail("uses floating point, which this code must not");
        return { fn: ssa.fn, ssa };
    }

    #zero(type: ValueType): number {
        const zero = this.ssa.constant(0n);
        return isFloatType(type) ? floatOfBits(this.ssa, type, zero) : zero;
    }

    /** A float that found no f register comes as an integer. */
    #parameter(type: ValueType, place: number): number {
        const value = this.ssa.result("param", [], place, type === "i32");
        if (place >= FIRST_FLOAT && place < FIRST_STACK_PLACE) this.ssa.markFloat(value);
        else if (isFloatType(type)) return floatOfBits(this.ssa, type, value);
        return value;
    }

    #instruction(instruction: WasmInstruction): void {
        const rule = RULES[instruction.op];
        if (typeof rule === "function") rule(this, instruction);
        else if (typeof rule === "string") this.#operation(rule, false);
        else this.#operation(rule[0], true);
    }

    #operation(op: Operation, swapped: boolean): void {
        if (OPERATIONS[op].operands.length === 1) return this.push(this.ssa.pure(op, this.pop()));
        const b = this.pop();
        const a = this.pop();
        this.push(swapped ? this.ssa.pure(op, b, a) : this.ssa.pure(op, a, b));
    }
}

const VARIABLES = {
    drop: (lowering) => {
        lowering.pop();
    },
    localGet: (lowering, { a }) => lowering.push(lowering.locals[a] as number),
    localSet: (lowering, { a }) => {
        lowering.locals[a] = lowering.pop();
    },
    localTee: ({ locals, stack }, { a }) => {
        locals[a] = stack[stack.length - 1] as number;
    },
} satisfies Rules;

function unsupported(lowering: Lowering, { op }: WasmInstruction): never {
    lowering.fail(`${opcodeText(op)} is not supported by the RV64 backend`);
}

/** asc makes no references, changes of tables, passive segments or waiting. */
const UNSUPPORTED = {
    returnCall: unsupported,
    returnCallIndirect: unsupported,
    tableGet: unsupported,
    tableSet: unsupported,
    refNull: unsupported,
    refIsNull: unsupported,
    refFunc: unsupported,
    memoryInit: unsupported,
    dataDrop: unsupported,
    tableInit: unsupported,
    elemDrop: unsupported,
    tableCopy: unsupported,
    tableGrow: unsupported,
    tableSize: unsupported,
    tableFill: unsupported,
    memoryAtomicNotify: unsupported,
    memoryAtomicWait32: unsupported,
    memoryAtomicWait64: unsupported,
} satisfies Rules;

/** Every instruction in the table of opcodes has a rule. A missing one is a type error. */
const RULES: Readonly<Record<OpcodeName, Rule>> = {
    ...CONTROL,
    ...CALLS,
    ...VARIABLES,
    ...INTEGER,
    ...FLOAT,
    ...MEMORY,
    ...ATOMIC,
    ...UNSUPPORTED,
};
