// Chained hash table from 64-bit keys to 32-bit values (as the kernel's process and file tables).
const BASE: usize = 0x40200000;

@unmanaged
class node_t {
    next: node_t;
    value: u32;
    key: u64;
}

@unmanaged
class table_t {
    buckets: usize;
    mask: u32;
    count: u32;
    free: node_t;
}

function hash64(key: u64): u32 {
    let k = key;
    k ^= k >> 33;
    // biome-ignore lint/correctness/noPrecisionLoss: 64-bit literals are exact in AssemblyScript
    k *= 0xff51afd7ed558ccd;
    k ^= k >> 33;
    return <u32>k;
}

function bucket_of(t: table_t, key: u64): usize {
    return t.buckets + ((<usize>(hash64(key) & t.mask)) << 2);
}

function init(t: table_t, logSize: u32, nodes: u32): void {
    t.buckets = changetype<usize>(t) + 4096;
    t.mask = (1 << logSize) - 1;
    t.count = 0;
    for (let i: u32 = 0; i <= t.mask; i++) store<usize>(t.buckets + ((<usize>i) << 2), 0);
    let free = changetype<node_t>(0);
    let at = t.buckets + ((<usize>(t.mask + 1)) << 3);
    for (let i: u32 = 0; i < nodes; i++) {
        const node = changetype<node_t>(at);
        node.next = free;
        free = node;
        at += offsetof<node_t>();
    }
    t.free = free;
}

function get(t: table_t, key: u64): u32 {
    let node = load<node_t>(bucket_of(t, key));
    while (changetype<usize>(node)) {
        if (node.key === key) return node.value;
        node = node.next;
    }
    return 0;
}

function put(t: table_t, key: u64, value: u32): bool {
    const bucket = bucket_of(t, key);
    const head = load<node_t>(bucket);
    for (let node = head; changetype<usize>(node); node = node.next) {
        if (node.key === key) {
            node.value = value;
            return true;
        }
    }
    const made = t.free;
    if (!changetype<usize>(made)) return false;
    t.free = made.next;
    made.key = key;
    made.value = value;
    made.next = head;
    store<node_t>(bucket, made);
    t.count++;
    return true;
}

function remove(t: table_t, key: u64): bool {
    let link = bucket_of(t, key);
    while (true) {
        const node = load<node_t>(link);
        if (!changetype<usize>(node)) return false;
        if (node.key === key) {
            store<node_t>(link, node.next);
            node.next = t.free;
            t.free = node;
            t.count--;
            return true;
        }
        link = changetype<usize>(node);
    }
}

export function run(scale: u32): u64 {
    const t = changetype<table_t>(BASE);
    init(t, 8, 600);
    let hash: u64 = 0;
    // biome-ignore lint/correctness/noPrecisionLoss: 64-bit literals are exact in AssemblyScript
    let x: u64 = 88172645463325252;
    for (let round: u32 = 0; round < scale; round++) {
        for (let i: u32 = 0; i < 500; i++) {
            x ^= x << 13;
            x ^= x >> 7;
            x ^= x << 17;
            put(t, x & 0x3ff, <u32>x);
        }
        for (let i: u64 = 0; i < 1000; i++) hash = hash * 31 + get(t, i);
        for (let i: u64 = 0; i < 1024; i += 2) if (remove(t, i)) hash++;
    }
    return hash ^ t.count;
}
