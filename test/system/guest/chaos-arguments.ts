// Arguments of random system calls (chaos.ts): pointers, sizes, descriptors, names.
import { DSM_BASE } from "../../../kernel/abi/memory-map";
import { cstr } from "../../../userland/lib/cstr";
import { ecall } from "../../../userland/lib/hal";
import { random } from "./race-kit";

export const PAGE: u64 = 4096;
/** Pages that all calls of a process act on: their addresses. The first ones nobody takes away, or no process would live long. */
export const areas: usize = memory.data(12 * 8, 8);
export const AREAS: u32 = 12;
export const KEPT: u32 = 4;
export const names: usize = memory.data(8 * 4, 4);
const NAMES: u32 = 6;
/** A struct timespec of 50 us. */
export const soon: usize = memory.data(16, 8);

export function begin_names(): void {
    store<u32>(names, <u32>cstr("/chaos-a"));
    store<u32>(names, <u32>cstr("/chaos-b"), 4);
    store<u32>(names, <u32>cstr("chaos-c"), 8);
    store<u32>(names, <u32>cstr("/"), 12);
    store<u32>(names, <u32>cstr("/sort"), 16);
    store<u32>(names, <u32>cstr("missing/entirely"), 20);
    store<u64>(soon, 0);
    store<u64>(soon, 50_000, 8);
}

export function area(w: u32): u64 {
    return load<u64>(areas + (random(w, AREAS) << 3));
}

export function kept(w: u32): u64 {
    return load<u64>(areas + (random(w, KEPT) << 3));
}

/** A pointer: good, at a page's edge, or of any other kind. */
export function pointer(w: u32): u64 {
    switch (random(w, 12)) {
        case 0:
            return 0;
        case 1:
            return random(w, 0x10000);
        case 2:
            return 0xffff_ffff_ffff_fff0 + random(w, 16);
        case 3:
            // Code, which nobody may write.
            return 0x10000 + random(w, 0x8000);
        case 4:
            return DSM_BASE + random(w, 0x4000);
        case 5:
            return 0x4000_0000 + random(w, 0x10000);
        case 6:
            return area(w) + PAGE - random(w, 9);
        default:
            return area(w) + (random(w, 512) << 3);
    }
}

/** A number: small, of pages, or one that sums wrap with. */
export function size(w: u32): u64 {
    switch (random(w, 10)) {
        case 0:
            return 0;
        case 1:
            return 0xffff_ffff_ffff_f000 | random(w, 4096);
        case 2:
            return (<u64>1) << random(w, 64);
        case 3:
        case 4:
            return (<u64>1 + random(w, 4)) << 12;
        default:
            return random(w, 5000);
    }
}

/** Mostly within a few pages: positions of files, and how far brk goes. */
export function near(w: u32): u64 {
    return random(w, 16) == 0 ? size(w) : random(w, 0x8000);
}

export function call(number: i64, a0: u64, a1: u64, a2: u64, a3: u64): i64 {
    return ecall(number, a0, a1, a2, a3, 0, 0);
}

export function descriptor(w: u32): u64 {
    return random(w, 20) == 0 ? size(w) : random(w, 12) + 3;
}

export function name(w: u32): u64 {
    return random(w, 8) == 0 ? pointer(w) : load<u32>(names + (random(w, NAMES) << 2));
}
