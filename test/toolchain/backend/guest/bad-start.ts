// The initialiser is no compile-time constant.
import { stack_pointer } from "./hal/hal.ts";

const start: usize = stack_pointer();
export function get(): usize {
    return start;
}
