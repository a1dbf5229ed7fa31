/** Integer operations of Wasm (core specification 4.3.2) as RV64 operations on sign-extended values. */
import type { Lowering, Rule, Rules } from "./lower.ts";
import type { Operation } from "./operations.ts";

export const INTEGER = {
    i32Const: (lowering, { a }) => lowering.push(lowering.ssa.integer(a)),
    i64Const: (lowering, { value = 0n }) => lowering.push(lowering.ssa.constant(value)),

    i32Eqz: isZero,
    i64Eqz: isZero,
    i32Eq: "eq",
    i32Ne: "ne",
    i32LtS: "lt",
    i32LtU: "ltu",
    i32GtS: ["lt", "swapped"],
    i32GtU: ["ltu", "swapped"],
    i32LeS: ["ge", "swapped"],
    i32LeU: ["geu", "swapped"],
    i32GeS: "ge",
    i32GeU: "geu",
    i64Eq: "eq",
    i64Ne: "ne",
    i64LtS: "lt",
    i64LtU: "ltu",
    i64GtS: ["lt", "swapped"],
    i64GtU: ["ltu", "swapped"],
    i64LeS: ["ge", "swapped"],
    i64LeU: ["geu", "swapped"],
    i64GeS: "ge",
    i64GeU: "geu",

    i32Clz: (lowering) => {
        const { ssa } = lowering;
        const count = countBits(lowering, "wasm_clz", ssa.pure("zextw", lowering.pop()));
        lowering.push(ssa.pure("addw", count, ssa.constant(-32n)));
    },
    i32Ctz: (lowering) => {
        const { ssa } = lowering;
        const marked = ssa.pure("or", lowering.pop(), ssa.constant(1n << 32n));
        lowering.push(countBits(lowering, "wasm_ctz", marked));
    },
    i32Popcnt: (lowering) => {
        lowering.push(countBits(lowering, "wasm_popcnt", lowering.ssa.pure("zextw", lowering.pop())));
    },
    i64Clz: (lowering) => lowering.push(countBits(lowering, "wasm_clz", lowering.pop())),
    i64Ctz: (lowering) => lowering.push(countBits(lowering, "wasm_ctz", lowering.pop())),
    i64Popcnt: (lowering) => lowering.push(countBits(lowering, "wasm_popcnt", lowering.pop())),

    i32Add: "addw",
    i32Sub: "subw",
    i32Mul: "mulw",
    i32DivS: "divw",
    i32DivU: "divuw",
    i32RemS: "remw",
    i32RemU: "remuw",
    i32And: "and",
    i32Or: "or",
    i32Xor: "xor",
    i32Shl: "sllw",
    i32ShrS: "sraw",
    i32ShrU: "srlw",
    i32Rotl: rotate("sllw", "srlw"),
    i32Rotr: rotate("srlw", "sllw"),
    i64Add: "add",
    i64Sub: "sub",
    i64Mul: "mul",
    i64DivS: "div",
    i64DivU: "divu",
    i64RemS: "rem",
    i64RemU: "remu",
    i64And: "and",
    i64Or: "or",
    i64Xor: "xor",
    i64Shl: "sll",
    i64ShrS: "sra",
    i64ShrU: "srl",
    i64Rotl: rotate("sll", "srl"),
    i64Rotr: rotate("srl", "sll"),

    i32WrapI64: "sextw",
    /** An i32 is kept sign-extended. */
    i64ExtendI32S: () => {},
    i64ExtendI32U: "zextw",
    i32Extend8S: "sextb",
    i32Extend16S: "sexth",
    i64Extend8S: "sextb",
    i64Extend16S: "sexth",
    i64Extend32S: "sextw",
} satisfies Rules;

function isZero(lowering: Lowering): void {
    lowering.push(lowering.ssa.pure("eq", lowering.pop(), lowering.ssa.constant(0n)));
}

/** Shifts with `shift` by the amount, and with `back` by the opposite. */
function rotate(shift: Operation, back: Operation): Rule {
    return (lowering) => {
        const { ssa } = lowering;
        const amount = lowering.pop();
        const a = lowering.pop();
        const opposite = ssa.pure("sub", ssa.constant(0n), amount);
        const one = ssa.pure(shift, a, amount);
        lowering.push(ssa.pure("or", one, ssa.pure(back, a, opposite)));
    };
}

/** RV64GC has no bit counting (that is Zbb), so small routines on 64 bits are called (runtime.ts). */
function countBits({ ssa }: Lowering, symbol: "wasm_clz" | "wasm_ctz" | "wasm_popcnt", a: number): number {
    const count = ssa.result("call", [a], 0, true, symbol);
    ssa.setFact(count, { bits: 7, word: true });
    return count;
}
