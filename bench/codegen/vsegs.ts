// Sorted list of virtual segments: attach with overlap check, find, detach (as kernel/mm's VSL).
const BASE: usize = 0x40200000;

@unmanaged
class vseg_t {
    next: vseg_t;
    prev: vseg_t;
    min: u64;
    max: u64;
    kind: u32;
    flags: u32;
}

@unmanaged
class vsl_t {
    next: vseg_t;
    prev: vseg_t;
    count: u32;
    pad: u32;
}

function find(list: vsl_t, address: u64): vseg_t {
    const root = changetype<vseg_t>(list);
    for (let s = root.next; s !== root; s = s.next) {
        if (address < s.min) return changetype<vseg_t>(0);
        if (address < s.max) return s;
    }
    return changetype<vseg_t>(0);
}

function attach(list: vsl_t, s: vseg_t, min: u64, size: u64, kind: u32): i32 {
    const max = min + size;
    const root = changetype<vseg_t>(list);
    let e = root.next;
    while (e !== root && e.min < max) {
        if (e.max > min) return -22;
        e = e.next;
    }
    s.min = min;
    s.max = max;
    s.kind = kind;
    s.flags = kind === 0 ? 5 : kind === 2 ? 3 : 7;
    s.next = e;
    s.prev = e.prev;
    e.prev.next = s;
    e.prev = s;
    list.count++;
    return 0;
}

function detach(list: vsl_t, s: vseg_t): void {
    s.next.prev = s.prev;
    s.prev.next = s.next;
    list.count--;
}

export function run(scale: u32): u64 {
    const list = changetype<vsl_t>(BASE);
    const segments = BASE + 4096;
    const root = changetype<vseg_t>(list);
    list.next = root;
    list.prev = root;
    list.count = 0;
    let hash: u64 = 0;
    let x: u32 = 7;
    for (let round: u32 = 0; round < scale; round++) {
        let used: u32 = 0;
        for (let i: u32 = 0; i < 40; i++) {
            x = x * 1664525 + 1013904223;
            const s = changetype<vseg_t>(segments + <usize>used * offsetof<vseg_t>());
            const min = (<u64>(x >> 12) & 0xffff) << 12;
            if (attach(list, s, min, (<u64>(1 + (x & 15))) << 12, x & 3) === 0) used++;
        }
        for (let i: u32 = 0; i < 100; i++) {
            x = x * 1664525 + 1013904223;
            const s = find(list, <u64>x >> 4);
            if (changetype<usize>(s)) hash = hash * 31 + s.min + <u64>s.flags;
        }
        for (let i: u32 = 0; i < used; i++) detach(list, changetype<vseg_t>(segments + <usize>i * offsetof<vseg_t>()));
    }
    return hash ^ list.count;
}
