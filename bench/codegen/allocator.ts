// Buddy page allocator: frames of 4 KiB in power-of-two blocks, one free list an order (as kernel/mm's PPM).
const MAX_ORDER: u32 = 10;
const FREE: u16 = 1;
const BASE: usize = 0x40200000;

@unmanaged
class page_t {
    next: page_t;
    prev: page_t;
    flags: u16;
    order: u16;
    refcount: u32;
}

@unmanaged
class ppm_t {
    pages: usize;
    count: u32;
    free: u32;
}

function page_at(m: ppm_t, index: u32): page_t {
    return changetype<page_t>(m.pages + <usize>index * offsetof<page_t>());
}

function root_of(m: ppm_t, order: u32): page_t {
    return changetype<page_t>(changetype<usize>(m) + offsetof<ppm_t>() + <usize>order * 8);
}

function unlink(p: page_t): void {
    p.next.prev = p.prev;
    p.prev.next = p.next;
}

function push(root: page_t, p: page_t): void {
    p.next = root.next;
    p.prev = root;
    root.next.prev = p;
    root.next = p;
}

function release(m: ppm_t, first: u32, orderOfBlock: u32): void {
    let index = first;
    let order = orderOfBlock;
    m.free += 1 << order;
    while (order < MAX_ORDER) {
        const buddyIndex = index ^ (1 << order);
        if (buddyIndex >= m.count) break;
        const buddy = page_at(m, buddyIndex);
        if (!(buddy.flags & FREE) || buddy.order !== <u16>order) break;
        unlink(buddy);
        buddy.flags = 0;
        index &= buddyIndex;
        order++;
    }
    const p = page_at(m, index);
    p.flags = FREE;
    p.order = <u16>order;
    p.refcount = 0;
    push(root_of(m, order), p);
}

function allocate(m: ppm_t, order: u32): u32 {
    let o = order;
    while (o <= MAX_ORDER && root_of(m, o).next === root_of(m, o)) o++;
    if (o > MAX_ORDER) return 0xffffffff;
    const p = root_of(m, o).next;
    unlink(p);
    const index = <u32>(changetype<usize>(p) - m.pages) / <u32>offsetof<page_t>();
    while (o > order) {
        o--;
        const half = page_at(m, index + (1 << o));
        half.flags = FREE;
        half.order = <u16>o;
        push(root_of(m, o), half);
    }
    p.flags = 0;
    p.order = <u16>order;
    p.refcount = 1;
    m.free -= 1 << order;
    return index;
}

function init(m: ppm_t, count: u32): void {
    m.pages = changetype<usize>(m) + 4096;
    m.count = count;
    m.free = 0;
    for (let o: u32 = 0; o <= MAX_ORDER; o++) {
        const root = root_of(m, o);
        root.next = root;
        root.prev = root;
    }
    for (let i: u32 = 0; i < count; i++) {
        const p = page_at(m, i);
        p.flags = 0;
        p.order = 0;
        p.refcount = 0;
    }
    for (let i: u32 = 0; i < count; i += 1 << MAX_ORDER) release(m, i, MAX_ORDER);
}

export function run(scale: u32): u64 {
    const m = changetype<ppm_t>(BASE);
    const taken = BASE + 0x100000;
    init(m, 4096);
    let hash: u64 = 0;
    let x: u32 = 1;
    for (let round: u32 = 0; round < scale; round++) {
        let n: u32 = 0;
        for (let i: u32 = 0; i < 300; i++) {
            x = x * 1664525 + 1013904223;
            const order = (x >> 16) % 4;
            const index = allocate(m, order);
            if (index === 0xffffffff) break;
            store<u32>(taken + ((<usize>n) << 2), index | (order << 24));
            n++;
            hash = hash * 31 + index;
        }
        for (let i: u32 = 0; i < n; i++) {
            const entry = load<u32>(taken + ((<usize>((i * 7) % n)) << 2));
            if (entry === 0xffffffff) continue;
            store<u32>(taken + ((<usize>((i * 7) % n)) << 2), 0xffffffff);
            release(m, entry & 0xffffff, entry >> 24);
        }
        for (let i: u32 = 0; i < n; i++) {
            const entry = load<u32>(taken + ((<usize>i) << 2));
            if (entry !== 0xffffffff) release(m, entry & 0xffffff, entry >> 24);
        }
    }
    return hash ^ m.free;
}
