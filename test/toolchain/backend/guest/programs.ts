// Programs for the differential test: natively in Node and as RV64 code on the oracle. They use memory from 4096 on.

declare function cstr(text: string): usize;

let calls: u32 = 0;
let wide: u64 = 1;

export function fibonacci(n: i32): i32 {
    calls++;
    return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2);
}

export function call_count(): u32 {
    return calls;
}

export function sort(count: u32, seed: u32): u64 {
    const base: usize = 4096;
    let x = seed;
    for (let i: u32 = 0; i < count; i++) {
        x = x * 1103515245 + 12345;
        store<u32>(base + ((<usize>i) << 2), x >> 8);
    }
    for (let i: u32 = 1; i < count; i++) {
        const value = load<u32>(base + ((<usize>i) << 2));
        let j = i;
        while (j > 0 && load<u32>(base + ((<usize>(j - 1)) << 2)) > value) {
            store<u32>(base + ((<usize>j) << 2), load<u32>(base + ((<usize>(j - 1)) << 2)));
            j--;
        }
        store<u32>(base + ((<usize>j) << 2), value);
    }
    let hash: u64 = 0xcbf29ce484222325;
    for (let i: u32 = 0; i < count; i++) hash = (hash ^ load<u32>(base + ((<usize>i) << 2))) * 0x100000001b3;
    return hash;
}

export function sieve(limit: u32): u32 {
    const base: usize = 8192;
    memory.fill(base, 1, limit);
    let count: u32 = 0;
    for (let i: u32 = 2; i < limit; i++) {
        if (!load<u8>(base + i)) continue;
        count++;
        for (let j = i * i; j < limit; j += i) store<u8>(base + j, 0);
    }
    return count;
}

export function copy_overlapping(distance: i32, length: u32): u32 {
    for (let i: u32 = 0; i < 256; i++) store<u8>(4096 + i, <u8>(i * 7));
    memory.copy(4096 + 64 + distance, 4096 + 64, length);
    let hash: u32 = 0;
    for (let i: u32 = 0; i < 256; i++) hash = hash * 31 + load<u8>(4096 + i);
    return hash;
}

@unmanaged
class node_t {
    next: node_t | null;
    key: u32;
    value: u64;
}

export function list_sum(count: u32): u64 {
    let head: node_t | null = null;
    let at: usize = 16384;
    for (let i: u32 = 0; i < count; i++) {
        const node = changetype<node_t>(at);
        node.next = head;
        node.key = i * i;
        node.value = (<u64>i) << 33;
        head = node;
        at += offsetof<node_t>();
    }
    let sum: u64 = 0;
    for (let node = head; node !== null; node = node!.next) sum += node.value + <u64>node.key;
    return sum;
}

export function text_length(which: u32): u32 {
    const text = which == 0 ? cstr("plain") : which == 1 ? cstr("h\u00e9llo \u{1f3dd}") : cstr("");
    let length: u32 = 0;
    while (load<u8>(text + length)) length++;
    return length;
}

export function divide_all(a: i32, b: i32, c: i64, d: i64): i64 {
    return (
        <i64>(a / b) +
        <i64>(a % b) * 3 +
        c / d +
        (c % d) * 5 +
        <i64>(<u32>a / <u32>b) +
        <i64>(<u32>a % 8) +
        <i64>(<u64>c / <u64>d)
    );
}

export function many(a: i32, b: i64, c: i32, d: i64, e: i32, f: i64, g: i32, h: i64, i: i32, j: i64, k: i32): i64 {
    if (k > 0)
        return many(k - 1, <i64>a, <i32>b, <i64>c, <i32>d, <i64>e, <i32>f, <i64>g, <i32>h, <i64>i, <i32>j / 2) + 1;
    return (
        <i64>a +
        b * 2 +
        <i64>c * 3 +
        d * 4 +
        <i64>e * 5 +
        f * 6 +
        <i64>g * 7 +
        h * 8 +
        <i64>i * 9 +
        j * 10 +
        <i64>k * 11
    );
}

function choose(n: i32): (x: i32, y: i32) => i32 {
    switch (n) {
        case 0:
            return (x, y) => x + y;
        case 1:
            return (x, y) => x - y;
        case 2:
            return (x, y) => x * y;
        default:
            return (x, y) => x ^ y;
    }
}

export function indirect(n: i32, x: i32, y: i32): i32 {
    return choose(n)(x, y) + choose(n + 1)(y, x);
}

export function switched(n: i32): i32 {
    switch (n) {
        case 0:
            return 100;
        case 1:
        case 2:
            wide += 5;
            return <i32>wide;
        case 3:
            return 7;
        case 9:
            return 11;
        case 10:
            return 13;
        case 11:
            return 17;
        default:
            return n > 11 ? -1 : -2;
    }
}

export function bits(a: u32, b: u64): u64 {
    return (
        <u64>clz(a) +
        ((<u64>ctz(a)) << 8) +
        ((<u64>popcnt(a)) << 16) +
        (clz(b) << 24) +
        (ctz(b) << 32) +
        (popcnt(b) << 40) +
        <u64>rotl(a, 7) +
        rotr(b, a)
    );
}

export function atomics(address: usize, value: u32): u64 {
    let sum: u64 = atomic.add<u32>(address, value);
    sum = sum * 3 + atomic.sub<u64>(address, value);
    sum = sum * 3 + atomic.or<u8>(address, <u8>value, 1);
    sum = sum * 3 + atomic.xor<u16>(address, <u16>value, 2);
    sum = sum * 3 + atomic.xchg<u8>(address, <u8>(value >> 3), 3);
    sum = sum * 3 + atomic.cmpxchg<u32>(address, value, ~value);
    sum = sum * 3 + atomic.cmpxchg<u8>(address, <u8>atomic.load<u8>(address), 0x5a);
    atomic.store<u16>(address, <u16>value, 6);
    return sum * 3 + atomic.load<u64>(address);
}

/** Keeps more values alive than there are registers. */
export function pressure(a: u64, b: u64): u64 {
    const v0 = a + b,
        v1 = a - b,
        v2 = a * b,
        v3 = a ^ b,
        v4 = a | b,
        v5 = a & b,
        v6 = a << 3,
        v7 = b >> 5;
    const v8 = a + 11,
        v9 = b + 13,
        v10 = a * 17,
        v11 = b * 19,
        v12 = a ^ 23,
        v13 = b ^ 29,
        v14 = a - 31,
        v15 = b - 37;
    const v16 = v0 + v15,
        v17 = v1 + v14,
        v18 = v2 + v13,
        v19 = v3 + v12,
        v20 = v4 + v11,
        v21 = v5 + v10,
        v22 = v6 + v9,
        v23 = v7 + v8;
    let sum: u64 = 0;
    for (let i: u64 = 0; i < 5; i++) {
        sum += v0 * i + (v1 ^ v2) + (v3 | v4) * v5 + v6 - v7 + v8 * v9 + (v10 ^ v11) + v12 * v13 + v14 - v15;
        sum ^= v16 + v17 * v18 - v19 + (v20 ^ v21) * v22 + v23 + i;
    }
    return (
        sum +
        v0 +
        v1 +
        v2 +
        v3 +
        v4 +
        v5 +
        v6 +
        v7 +
        v8 +
        v9 +
        v10 +
        v11 +
        v12 +
        v13 +
        v14 +
        v15 +
        v16 * v17 * v18 * v19 * v20 * v21 * v22 * v23
    );
}
