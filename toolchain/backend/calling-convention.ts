/**
 * The places in which parameters and results travel (RISC-V ELF psABI, lp64d). A place is a register, or FIRST_STACK_PLACE plus a slot of 8
 * bytes.
 */
import { A0, FA0 } from "./ir.ts";
import type { FloatType, ValueType } from "./wasm-parse.ts";

/** Arguments of each class that travel in registers. */
const REGISTER_ARGUMENTS = 8;
export const FIRST_STACK_PLACE = 64;

export function isFloatType(type: ValueType | undefined): type is FloatType {
    return type === "f32" || type === "f64";
}

/** Floats take f registers, then integer registers, then the stack. Integers take integer registers, then the stack. */
export function placesOf(types: readonly ValueType[]): number[] {
    let [floats, integers, slots] = [0, 0, 0];
    return types.map((type) => {
        if (isFloatType(type) && floats < REGISTER_ARGUMENTS) return FA0 + floats++;
        if (integers < REGISTER_ARGUMENTS) return A0 + integers++;
        return FIRST_STACK_PLACE + slots++;
    });
}
