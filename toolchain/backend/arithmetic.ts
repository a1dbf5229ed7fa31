/** 64-bit two's complement on bigints with RISC-V's meaning. The folds of operations.ts are made of these functions. */

/** Operands and result are sign-extended 64-bit numbers. An operation on one value ignores `b`. */
export type Fold = (a: bigint, b: bigint) => bigint;

export const signed = (value: bigint) => BigInt.asIntN(64, value);
export const unsigned = (value: bigint) => BigInt.asUintN(64, value);
export const word = (value: bigint) => BigInt.asIntN(32, value);
export const unsignedWord = (value: bigint) => BigInt.asUintN(32, value);
export const flag = (value: boolean) => (value ? 1n : 0n);

/** The operation on the low words, with its result cut to a word. */
export function onWords(op: Fold): Fold {
    return (a, b) => word(op(word(a), word(b)));
}

/** Division by zero gives all ones. */
export const divide: Fold = (a, b) => (b === 0n ? -1n : a / b);
/** The remainder of a division by zero is the dividend. */
export const remainder: Fold = (a, b) => (b === 0n ? a : a % b);
