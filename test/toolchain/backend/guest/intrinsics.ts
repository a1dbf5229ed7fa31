// One function an intrinsic: the golden listing shows how each is expanded.

import { __image_end, assembly_double } from "./hal/asm.ts";
import * as hal from "./hal/hal.ts";

export function csr_access(value: u64): u64 {
    const old = hal.csr_read(0x140);
    hal.csr_write(0x180, value);
    hal.csr_set(0x100, 2);
    hal.csr_clear(0x100, value);
    return old;
}

export function remote_access(x: u64): u64 {
    const a = hal.remote_load8(x);
    const b = hal.remote_load32(x + 8);
    hal.remote_store8(x + 4, 1);
    hal.remote_store64(x + 4096, a);
    return <u64>a + <u64>b + hal.remote_load64(x) + hal.remote_load64(x);
}

export function remote_atomics(x: u64, y: u32): u64 {
    return <u64>hal.remote_add32(x, y) + hal.remote_swap64(x + 8, 5);
}

export function compare_and_swap(x: u64, old: u32, now: u32): bool {
    return hal.remote_cas32(x, old, now) == old;
}

export function compare_and_swap_wide(x: u64, old: u64, now: u64): u64 {
    return hal.remote_cas64(x, old, now);
}

export function wait_for(address: usize, value: u32): void {
    while (atomic.load<u32>(address) != value) hal.pause();
    hal.fence();
    hal.sfence_vma_page(address);
    hal.cbo_zero(<u64>address + 64);
}

export function thread_field(): u32 {
    return load<u32>(hal.thread_pointer(), 16) + load<u32>(hal.thread_pointer(), 20);
}

export function addresses(): usize {
    return hal.function_address(wait_for.index) + __image_end() + hal.stack_pointer();
}

export function system_call(number: i64, a: u64): i64 {
    return hal.ecall(number, a, 1, 2, 3, 4, 5);
}

export function external(x: u64): u64 {
    return assembly_double(x) + 1;
}
