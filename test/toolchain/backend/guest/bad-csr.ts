import { csr_read } from "./hal/hal.ts";
export function read_any(n: i32): u64 {
    return csr_read(n);
}
