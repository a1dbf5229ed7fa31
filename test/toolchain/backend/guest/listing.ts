// Small functions whose code is checked in as a golden listing.

let counter: u32 = 1;

export function global_counter(): u32 {
    return counter++;
}

export function sum_array(address: usize, count: u32): u64 {
    let sum: u64 = 0;
    for (let i: u32 = 0; i < count; i++) sum += load<u32>(address + ((<usize>i) << 2));
    return sum;
}

export function string_length(address: usize): u32 {
    let length: u32 = 0;
    while (load<u8>(address + length)) length++;
    return length;
}

export function clamp(x: i32): i32 {
    return min(max(x, -5), 1000);
}

export function spin_lock(address: usize): void {
    while (atomic.xchg<u32>(address, 1)) {}
}

export function sign(x: i64): i32 {
    return x > 0 ? 1 : x < 0 ? -1 : 0;
}
