/**
 * Float instructions by Wasm's own arithmetic, where that is exact: the mode is round to nearest even, NX is raised already, and the result
 * shows that no other flag can be (docs/lives/float.md). Everywhere else the core's functions serve, from the same operands.
 */
import type { FloatOperation, Helper } from "../../isa/semantics.ts";
import { FCSR } from "../../state/hart-layout.ts";
import { OP, type PlainOpcode } from "../../wasm/opcodes.ts";
import { F64, I32 } from "../../wasm/types.ts";
import type { Emit } from "../value-generator.ts";
import type { RegionCode } from "./region-code.ts";
import { fusesMadd } from "./relaxed-madd.ts";

/** Leaves an i64; one that a double is behind can leave that, too. */
export interface Value {
    (): void;
    readonly double?: Emit;
}

const NX = 1;
const ROUNDING_MASK = 0xe0;
const DYN = 7;
const RNE = 0;
const RTZ = 1;
const SMALLEST_NORMAL = 2.2250738585072014e-308;
const TWO_31 = 2 ** 31;
const TWO_63 = 2 ** 63;

type Test = "plain" | "normal";

const BINARY: Readonly<Partial<Record<FloatOperation, readonly [PlainOpcode, Test]>>> = {
    fadd_d: [OP.f64Add, "plain"],
    fsub_d: [OP.f64Sub, "plain"],
    fmul_d: [OP.f64Mul, "normal"],
    fdiv_d: [OP.f64Div, "normal"],
};
/** Whether product and addend are subtracted. */
const FUSED: Readonly<Partial<Record<FloatOperation, readonly [product: boolean, addend: boolean]>>> = {
    fmadd_d: [false, false],
    fmsub_d: [false, true],
    fnmsub_d: [true, false],
    fnmadd_d: [true, true],
};
const COMPARED: Readonly<Partial<Record<FloatOperation, PlainOpcode>>> = {
    feq_d: OP.f64Eq,
    flt_d: OP.f64Lt,
    fle_d: OP.f64Le,
};
/** Exact whatever the mode. */
const FROM_INTEGER: Readonly<Partial<Record<FloatOperation, PlainOpcode>>> = {
    fcvt_d_w: OP.f64ConvertI32S,
    fcvt_d_wu: OP.f64ConvertI32U,
};

export class FloatCode {
    readonly #region: RegionCode;
    /** i32: 1 while the dynamic mode is RNE and NX is raised. */
    readonly #quick: number;
    readonly #result: number;

    constructor(region: RegionCode) {
        this.#region = region;
        this.#quick = region.f.local(I32);
        this.#result = region.f.local(F64);
    }

    /** Emitted where fcsr may have changed: at the region's start, and where a called function has returned. */
    refresh(): void {
        const { f } = this.#region;
        this.#loadFcsr();
        f.i32(ROUNDING_MASK | NX);
        f.op(OP.i32And);
        f.i32(NX);
        f.op(OP.i32Eq);
        f.set(this.#quick);
    }

    /** `otherwise` leaves what the core's function gives. */
    float(operation: FloatOperation, mode: number, operands: readonly Value[], otherwise: Emit): Value {
        const doubles = operands.map((operand) => this.#doubleOf(operand));
        const [a, b, c] = doubles as [Emit, Emit, Emit];
        const binary = BINARY[operation];
        if (binary !== undefined) {
            const [opcode, test] = binary;
            return this.#quickly(mode, test, otherwise, () => {
                a();
                b();
                this.#region.f.op(opcode);
            });
        }
        if (operation === "fsqrt_d") {
            return this.#quickly(mode, "plain", otherwise, () => {
                a();
                this.#region.f.op(OP.f64Sqrt);
            });
        }
        const fused = FUSED[operation];
        if (fused !== undefined && fusesMadd()) return this.#fused(mode, fused, [a, b, c], otherwise);
        const compared = COMPARED[operation];
        if (compared !== undefined) return this.#compare(compared, a, b, otherwise);
        const exact = FROM_INTEGER[operation];
        if (exact !== undefined) return this.#exact(exact, operands[0] as Value);
        if (operation === "fcvt_w_d" && mode === RTZ) return this.#toInteger(a, TWO_31, otherwise);
        if (operation === "fcvt_l_d" && mode === RTZ) return this.#toInteger(a, TWO_63, otherwise);
        return otherwise;
    }

    /** Moves of signs, which raise nothing; undefined for other helpers. */
    sign(name: Helper, a: Value, b: Value, isSame: boolean): Value | undefined {
        const { f } = this.#region;
        const [x, y] = [this.#doubleOf(a), this.#doubleOf(b)];
        const made = (double: Emit): Value => this.#double(double);
        if (name === "fsgnj_d") {
            if (isSame) return made(x);
            return made(() => {
                x();
                y();
                f.op(OP.f64Copysign);
            });
        }
        if (name === "fsgnjn_d") {
            return made(() => {
                x();
                if (!isSame) y();
                f.op(OP.f64Neg);
                if (!isSame) f.op(OP.f64Copysign);
            });
        }
        if (name === "fsgnjx_d" && isSame) {
            return made(() => {
                x();
                f.op(OP.f64Abs);
            });
        }
        return undefined;
    }

    #fused(
        mode: number,
        [product, addend]: readonly [boolean, boolean],
        [a, b, c]: readonly [Emit, Emit, Emit],
        otherwise: Emit,
    ): Value {
        const { f } = this.#region;
        return this.#quickly(mode, "normal", otherwise, () => {
            const lane = (value: Emit, negated: boolean) => {
                value();
                if (negated) f.op(OP.f64Neg);
                f.splatDouble();
            };
            lane(a, product);
            lane(b, false);
            lane(c, addend);
            f.relaxedMadd();
            f.firstDouble();
        });
    }

    /** What `compute` leaves, if the mode is right and the result passes `test`. */
    #quickly(mode: number, test: Test, otherwise: Emit, compute: Emit): Value {
        if (mode !== DYN && mode !== RNE) return otherwise;
        const { f } = this.#region;
        return this.#double(() => {
            compute();
            f.tee(this.#result);
            f.op(OP.f64Abs);
            f.f64(Infinity);
            f.op(OP.f64Lt);
            if (test === "normal") {
                f.get(this.#result);
                f.op(OP.f64Abs);
                f.f64(SMALLEST_NORMAL);
                f.op(OP.f64Gt);
                f.op(OP.i32And);
            }
            this.#isQuick(mode);
            f.op(OP.i32And);
            f.op(OP.i32Eqz);
            f.if();
            otherwise();
            f.op(OP.f64ReinterpretI64);
            f.set(this.#result);
            this.refresh();
            f.end();
            f.get(this.#result);
        });
    }

    #isQuick(mode: number): void {
        const { f } = this.#region;
        if (mode === DYN) {
            f.get(this.#quick);
            return;
        }
        this.#loadFcsr();
        f.i32(NX);
        f.op(OP.i32And);
    }

    /** Without a NaN no comparison raises anything. */
    #compare(opcode: PlainOpcode, a: Emit, b: Emit, otherwise: Emit): Value {
        const region = this.#region;
        const { f } = region;
        return () => {
            a();
            b();
            f.op(opcode);
            f.op(OP.i64ExtendI32U);
            f.set(region.value);
            a();
            a();
            f.op(OP.f64Ne);
            b();
            b();
            f.op(OP.f64Ne);
            f.op(OP.i32Or);
            f.if();
            otherwise();
            f.set(region.value);
            f.end();
            f.get(region.value);
        };
    }

    #exact(opcode: PlainOpcode, integer: Value): Value {
        const { f } = this.#region;
        return this.#double(() => {
            integer();
            f.op(OP.i32WrapI64);
            f.op(opcode);
        });
    }

    /** Toward zero, of a double within +-`limit`; below NX it raises nothing. */
    #toInteger(a: Emit, limit: number, otherwise: Emit): Value {
        const region = this.#region;
        const { f } = region;
        return () => {
            a();
            f.op(OP.i64TruncSatF64S);
            f.set(region.value);
            a();
            f.op(OP.f64Abs);
            f.f64(limit);
            f.op(OP.f64Lt);
            this.#loadFcsr();
            f.i32(NX);
            f.op(OP.i32And);
            f.op(OP.i32And);
            f.op(OP.i32Eqz);
            f.if();
            otherwise();
            f.set(region.value);
            this.refresh();
            f.end();
            f.get(region.value);
        };
    }

    #double(double: Emit): Value {
        const { f } = this.#region;
        return Object.assign(
            () => {
                double();
                f.op(OP.i64ReinterpretF64);
            },
            { double },
        );
    }

    #doubleOf(value: Value): Emit {
        return (
            value.double ??
            (() => {
                value();
                this.#region.f.op(OP.f64ReinterpretI64);
            })
        );
    }

    #loadFcsr(): void {
        const { f, hart } = this.#region;
        f.get(hart);
        f.memory(OP.i32Load, FCSR);
    }
}
