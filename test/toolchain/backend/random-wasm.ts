/** Random Wasm functions with control flow, bounded loops, calls, memory, atomics; always valid, mostly not trapping. */
import { type Emitter, FloatGenerator } from "./random-wasm-float.ts";
import {
    type IntegerType,
    isFloatType,
    signed,
    type TestFunction,
    TYPE_CODE,
    type Type,
    unsigned,
} from "./wasm-builder.ts";

/** xorshift32: the seed is all there is to a program. */
export class Random {
    #state: number;

    constructor(seed: number) {
        this.#state = (seed * 2654435761 + 12345) | 1;
    }

    next(): number {
        let s = this.#state;
        s ^= s << 13;
        s ^= s >>> 17;
        s ^= s << 5;
        this.#state = s;
        return s >>> 0;
    }

    below(limit: number): number {
        return this.next() % limit;
    }

    pick<T>(list: readonly T[]): T {
        return list[this.below(list.length)] as T;
    }
}

const INTERESTING = [
    0n,
    1n,
    -1n,
    2n,
    7n,
    8n,
    31n,
    32n,
    63n,
    255n,
    256n,
    0x7ffn,
    0x800n,
    -0x800n,
    -0x801n,
    0xfffn,
    0xffffn,
    0x7fffffffn,
];
const WIDE = [
    ...INTERESTING,
    0x80000000n,
    0xffffffffn,
    0x100000000n,
    0x7fffffffffffffffn,
    -0x8000000000000000n,
    0x123456789abcdef0n,
    -0x80000000n,
];
const MOST_TURNS = 6;

interface Scope {
    /** Result types of the labels around, innermost last; undefined: none. Loops take nothing. */
    readonly labels: (Type | undefined)[];
    readonly loops: boolean[];
}

export interface Shape {
    /** Types of everything. */
    readonly types: readonly Type[];
    readonly functions: readonly { params: readonly Type[]; result: Type }[];
    readonly globals: readonly Type[];
}

export function randomShape(random: Random, types: readonly Type[] = ["i32", "i64"]): Shape {
    const floats = types.filter(isFloatType);
    const functions = Array.from({ length: 1 + random.below(4) }, () => {
        const length = random.below(5) === 0 ? 8 + random.below(4) : random.below(5);
        // more floats than f registers for arguments
        const list = length > 8 && floats.length > 0 && random.below(2) === 0 ? floats : types;
        return { params: Array.from({ length }, () => random.pick(list)), result: random.pick(types) };
    });
    return { types, functions, globals: Array.from({ length: random.below(4) }, () => random.pick(types)) };
}

/** Function `index` of the shape; it calls only functions before it, so that everything ends. */
export function randomFunction(random: Random, shape: Shape, index: number): TestFunction {
    return new Generator(random, shape, index).run();
}

class Generator implements Emitter {
    readonly random: Random;
    readonly #shape: Shape;
    readonly #index: number;
    readonly #floats: FloatGenerator;
    readonly #hasFloats: boolean;
    readonly #code: number[] = [];
    readonly #locals: Type[];
    readonly #params: readonly Type[];
    /** Locals that count loops: nothing else writes them. */
    readonly #counters: number[] = [];
    #budget: number;

    constructor(random: Random, shape: Shape, index: number) {
        this.random = random;
        this.#floats = new FloatGenerator(this);
        this.#hasFloats = shape.types.some(isFloatType);
        this.#shape = shape;
        this.#index = index;
        this.#params = shape.functions[index]?.params ?? [];
        this.#locals = Array.from({ length: 2 + random.below(8) }, () => random.pick(shape.types));
        this.#budget = 20 + random.below(random.below(6) === 0 ? 600 : 120);
    }

    run(): TestFunction {
        const params = this.#params;
        const result = this.#shape.functions[this.#index]?.result as Type;
        const scope: Scope = { labels: [result], loops: [false] };
        this.#startFloats();
        this.#statements(scope, 0);
        this.expression(result, 3);
        return { params, result, locals: this.#locals, code: this.#code };
    }

    /** Float locals do not begin as zeros, which too many operations would keep. */
    #startFloats(): void {
        this.#locals.forEach((type, i) => {
            if (!isFloatType(type)) return;
            this.#floats.constant(type);
            this.emit(0x21, ...unsigned(this.#params.length + i));
        });
    }

    emit(...bytes: number[]): void {
        this.#code.push(...bytes);
    }

    #typeOf(local: number): Type {
        return local < this.#params.length
            ? (this.#params[local] as Type)
            : (this.#locals[local - this.#params.length] as Type);
    }

    #localOf(type: Type): number | undefined {
        const all = Array.from({ length: this.#params.length + this.#locals.length }, (_, i) => i);
        const fit = all.filter((local) => this.#typeOf(local) === type);
        return fit.length === 0 ? undefined : this.random.pick(fit);
    }

    #statements(scope: Scope, depth: number): void {
        for (let count = 1 + this.random.below(6); count > 0 && this.#budget > 0; count--)
            this.#statement(scope, depth);
    }

    #statement(scope: Scope, depth: number): void {
        this.#budget--;
        const choice = this.random.below(depth > 4 ? 8 : 14);
        if (choice < 4) return this.#assign();
        if (choice < 6) return this.#store();
        if (choice === 6) return this.#branchOut(scope);
        if (choice === 7) return this.#globalSet();
        if (choice < 10) return this.#ifElse(scope, depth);
        if (choice < 12) return this.#block(scope, depth);
        if (choice === 12) return this.#table(scope, depth);
        return this.#loop(scope, depth);
    }

    #assign(): void {
        const type = this.random.pick(this.#shape.types);
        const local = this.#localOf(type);
        if (local === undefined || this.#counters.includes(local)) return;
        this.expression(type, 4);
        this.emit(0x21, ...unsigned(local));
    }

    #globalSet(): void {
        if (this.#shape.globals.length === 0) return;
        const global = this.random.below(this.#shape.globals.length);
        this.expression(this.#shape.globals[global] as Type, 3);
        this.emit(0x24, ...unsigned(global));
    }

    /** An address in the first 4 KiB, 8-aligned. */
    #address(): void {
        if (this.random.below(3) === 0) {
            this.emit(0x41, ...signed(BigInt(this.random.below(512) * 8)));
            return;
        }
        this.expression("i32", 2);
        this.emit(0x41, ...signed(0xff8n), 0x71);
        if (this.random.below(4) === 0) this.emit(0x41, ...signed(BigInt(this.random.below(64) * 8)), 0x6a);
    }

    #store(): void {
        const type = this.random.pick(this.#shape.types);
        this.#address();
        if (isFloatType(type)) {
            this.#floats.shown(type, 3);
            this.emit(type === "f32" ? 0x38 : 0x39, 0, ...unsigned(this.#offset()));
            return;
        }
        this.expression(type, 3);
        const op = type === "i32" ? this.random.pick([0x36, 0x3a, 0x3b]) : this.random.pick([0x37, 0x3c, 0x3d, 0x3e]);
        this.emit(op, 0, ...unsigned(this.#offset()));
    }

    #offset(): number {
        return this.random.pick([0, 0, 0, 1, 4, 8, 16, 100, 2047, 2048, 5000]);
    }

    #branchOut(scope: Scope): void {
        const depth = this.random.below(scope.labels.length);
        const at = scope.labels.length - 1 - depth;
        if (scope.loops[at] === true) return;
        const result = scope.labels[at];
        if (result !== undefined) this.expression(result, 2);
        this.expression("i32", 2);
        this.emit(0x0d, ...unsigned(depth));
        if (result !== undefined) this.emit(0x1a);
    }

    #blockType(type: Type | undefined): number {
        return type === undefined ? 0x40 : TYPE_CODE[type];
    }

    #consume(type: Type | undefined): void {
        if (type === undefined) return;
        const local = this.#localOf(type);
        if (local === undefined || this.#counters.includes(local)) this.emit(0x1a);
        else this.emit(0x21, ...unsigned(local));
    }

    #inner(scope: Scope, type: Type | undefined, isLoop: boolean, depth: number): void {
        this.#statements({ labels: [...scope.labels, type], loops: [...scope.loops, isLoop] }, depth + 1);
        if (type !== undefined) this.expression(type, 2);
    }

    #ifElse(scope: Scope, depth: number): void {
        const type = this.random.pick([undefined, undefined, ...this.#shape.types]);
        this.expression("i32", 3);
        this.emit(0x04, this.#blockType(type));
        this.#inner(scope, type, false, depth);
        if (type !== undefined || this.random.below(2) === 0) {
            this.emit(0x05);
            this.#inner(scope, type, false, depth);
        }
        this.emit(0x0b);
        this.#consume(type);
    }

    #block(scope: Scope, depth: number): void {
        const type = this.random.pick([undefined, ...this.#shape.types]);
        this.emit(0x02, this.#blockType(type));
        this.#inner(scope, type, false, depth);
        this.emit(0x0b);
        this.#consume(type);
    }

    /** block block block (br_table) end ... end ... end */
    #table(scope: Scope, depth: number): void {
        const type = this.random.pick([undefined, "i32"] as const);
        const arms = 1 + this.random.below(6);
        for (let i = 0; i < arms; i++) this.emit(0x02, this.#blockType(type));
        if (type !== undefined) this.expression(type, 1);
        this.expression("i32", 2);
        this.emit(0x41, ...signed(BigInt(this.random.pick([3, 7, 15, -1]))), 0x71);
        const targets = Array.from({ length: 1 + this.random.below(9) }, () => unsigned(this.random.below(arms)));
        this.emit(0x0e, ...unsigned(targets.length - 1), ...targets.flat());
        for (let i = 0; i < arms; i++) {
            this.emit(0x0b);
            this.#consume(type);
            const labels = [...scope.labels, ...Array.from({ length: arms - 1 - i }, () => type)];
            this.#statements({ labels, loops: labels.map((_, k) => scope.loops[k] === true) }, depth + 2);
            if (type !== undefined && i < arms - 1) this.expression(type, 1);
        }
    }

    /** A loop that counts a fresh local up to a small bound, with exits and an optional early continue. */
    #loop(scope: Scope, depth: number): void {
        const counter = this.#params.length + this.#locals.length;
        this.#locals.push("i32");
        this.#counters.push(counter);
        this.emit(0x41, 0, 0x21, ...unsigned(counter), 0x02, 0x40, 0x03, 0x40);
        const inside: Scope = { labels: [...scope.labels, undefined, undefined], loops: [...scope.loops, false, true] };
        if (this.random.below(2) === 0) {
            this.emit(
                0x20,
                ...unsigned(counter),
                0x41,
                ...signed(BigInt(this.random.below(MOST_TURNS))),
                0x4f,
                0x0d,
                1,
            );
        }
        this.#statements(inside, depth + 1);
        this.emit(0x20, ...unsigned(counter), 0x41, 1, 0x6a, 0x22, ...unsigned(counter));
        this.emit(0x41, ...signed(BigInt(1 + this.random.below(MOST_TURNS))), 0x49, 0x0d, 0, 0x0b, 0x0b);
    }

    #constant(type: Type): void {
        if (isFloatType(type)) return this.#floats.constant(type);
        const value =
            this.random.below(3) === 0
                ? BigInt.asIntN(32, BigInt(this.random.next()))
                : this.random.pick(type === "i32" ? INTERESTING : WIDE);
        if (type === "i32") this.emit(0x41, ...signed(BigInt.asIntN(32, value)));
        else this.emit(0x42, ...signed(value));
    }

    #leaf(type: Type): void {
        const local = this.#localOf(type);
        const global = this.#shape.globals.indexOf(type);
        if (global >= 0 && this.random.below(6) === 0) this.emit(0x23, ...unsigned(global));
        else if (local !== undefined && this.random.below(3) > 0) this.emit(0x20, ...unsigned(local));
        else this.#constant(type);
    }

    expression(type: Type, depth: number): void {
        this.#budget--;
        if (depth <= 0 || this.#budget < -200) return this.#leaf(type);
        const choice = this.random.below(22);
        if (isFloatType(type) && choice < 11) return this.#floats.operation(type, depth);
        if (!isFloatType(type) && this.#hasFloats && this.random.below(5) === 0)
            return this.#floats.toInteger(type, depth);
        if (choice < 8) return this.#binary(type, depth);
        if (choice < 10 && type === "i32") return this.#compare(depth);
        if (choice < 11) return this.#unary(type, depth);
        if (choice < 13) return this.load(type);
        if (choice < 14) return this.#select(type, depth);
        if (choice < 15) return this.#call(type, depth);
        if (choice < 17 && isFloatType(type)) return this.#floats.operation(type, depth);
        if (choice < 16 && !isFloatType(type)) return this.#convert(type, depth);
        if (choice < 17) return this.#atomic(type);
        if (choice < 18) return this.#tee(type, depth);
        return this.#leaf(type);
    }

    #binary(type: Type, depth: number): void {
        const base = type === "i32" ? 0x6a : 0x7c;
        const op = this.random.pick([0, 0, 0, 1, 1, 2, 7, 7, 8, 9, 10, 10, 11, 12, 12, 13, 14, 3, 4, 5, 6]);
        this.expression(type, depth - 1);
        this.expression(type, depth - 1);
        if (op >= 3 && op <= 6) {
            // no division by zero, no overflow
            this.emit(type === "i32" ? 0x41 : 0x42, ...signed(0x3fn), type === "i32" ? 0x71 : 0x83);
            this.emit(type === "i32" ? 0x41 : 0x42, ...signed(1n), type === "i32" ? 0x72 : 0x84);
        }
        this.emit(base + op);
    }

    #compare(depth: number): void {
        const type = this.random.pick(this.#shape.types);
        if (isFloatType(type)) return this.#floats.compare(type, depth);
        this.expression(type, depth - 1);
        if (this.random.below(6) === 0) {
            this.emit(type === "i32" ? 0x45 : 0x50);
            return;
        }
        this.expression(type, depth - 1);
        this.emit((type === "i32" ? 0x46 : 0x51) + this.random.below(10));
    }

    #unary(type: Type, depth: number): void {
        this.expression(type, depth - 1);
        this.emit(
            type === "i32"
                ? this.random.pick([0x67, 0x68, 0x69, 0xc0, 0xc1])
                : this.random.pick([0x79, 0x7a, 0x7b, 0xc2, 0xc3, 0xc4]),
        );
    }

    load(type: Type): void {
        this.#address();
        if (isFloatType(type)) return this.emit(type === "f32" ? 0x2a : 0x2b, 0, ...unsigned(this.#offset()));
        const op =
            type === "i32"
                ? this.random.pick([0x28, 0x2c, 0x2d, 0x2e, 0x2f])
                : this.random.pick([0x29, 0x30, 0x31, 0x32, 0x33, 0x34, 0x35]);
        this.emit(op, 0, ...unsigned(this.#offset()));
    }

    #select(type: Type, depth: number): void {
        this.expression(type, depth - 1);
        this.expression(type, depth - 1);
        this.expression("i32", depth - 1);
        this.emit(0x1b);
    }

    #call(type: Type, depth: number): void {
        const fit = this.#shape.functions
            .map((fn, i) => ({ fn, i }))
            .filter(({ fn, i }) => i < this.#index && fn.result === type);
        if (fit.length === 0) return this.#leaf(type);
        const { fn, i } = this.random.pick(fit);
        for (const param of fn.params) this.expression(param, depth - 2);
        if (this.random.below(4) === 0) this.emit(0x41, ...signed(BigInt(i)), 0x11, ...unsigned(i), 0);
        else this.emit(0x10, ...unsigned(i));
    }

    scratch(type: Type): number {
        const local = this.#localOf(type);
        if (local !== undefined) return local;
        return this.#params.length + this.#locals.push(type) - 1;
    }

    #convert(type: IntegerType, depth: number): void {
        if (type === "i32") {
            this.expression("i64", depth - 1);
            this.emit(0xa7);
        } else {
            this.expression("i32", depth - 1);
            this.emit(this.random.pick([0xac, 0xad]));
        }
    }

    #tee(type: Type, depth: number): void {
        const local = this.#localOf(type);
        if (local === undefined || this.#counters.includes(local)) return this.#leaf(type);
        this.expression(type, depth - 1);
        this.emit(0x22, ...unsigned(local));
    }

    #atomic(type: Type): void {
        const variants =
            type === "i32"
                ? [
                      [0, 2],
                      [2, 0],
                      [3, 1],
                  ]
                : [
                      [1, 3],
                      [4, 0],
                      [5, 1],
                      [6, 2],
                  ];
        const [variant = 0, align = 0] = this.random.pick(variants);
        const kind = this.random.pick([0, 2, 3, 4, 5, 6, 7, 8]);
        this.#address();
        if (kind >= 2) this.expression(type, 1);
        if (kind === 8) this.expression(type, 1);
        const narrowOffset = this.random.below(4) << align;
        this.emit(0xfe, 0x10 + kind * 7 + variant, align, ...unsigned(narrowOffset - (narrowOffset % (1 << align))));
    }
}
