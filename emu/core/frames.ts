// Frames are the normalised form of physical addresses (docs/machine.md, "Physical memory"). Frame f lies at host address FRAMES_BASE +
// 4096 * f: first the ROMs, then RAM.
import { BANK_FRAME } from "../state/hart-layout";
import {
    BANK_FRAMES,
    BANKS_MISSING,
    FIRMWARE_ROM_FRAME,
    FIRMWARE_ROM_FRAMES,
    FRAMES_BASE,
    LOCAL_WINDOW,
    MISSING_BANKS,
    RAM_FRAME,
    RAM_FRAMES,
    RESET_ROM_FRAME,
    SHARED_RANGES,
    SHARED_WINDOW,
} from "../state/machine-layout";

const RAM_PAGE: u64 = 0x80000;
const WINDOW_PAGE: u64 = 0x40000;
const FIRMWARE_PAGE: u64 = 0x20000;
const RESET_PAGE: u64 = 1;
const ALIAS_PAGE: u64 = 2;
const ALIAS_PAGES: u64 = 2;

/** Returns the frame of a RAM page by its global number, or -1. */
export function ramFrame(page: u64): i32 {
    const index = page - RAM_PAGE;
    if (index >= <u64>load<u32>(RAM_FRAMES)) return -1;
    if (load<u32>(BANKS_MISSING) && isMissing(<u32>index / load<u32>(BANK_FRAMES))) return -1;
    return RAM_FRAME + <i32>index;
}

function isMissing(bank: u32): bool {
    return ((load<u32>(<usize>(MISSING_BANKS + ((bank >> 5) << 2))) >> (bank & 31)) & 1) != 0;
}

/**
 * Returns the frame of a physical page as hart h sees it, or -1 if the page is no memory. The local window answers only to physical
 * addressing. Page tables hold global addresses, and of the aliases only kentry's two pages.
 */
export function frameOf(h: usize, paddr: u64, translated: bool): i32 {
    const page = paddr >> 12;
    if (page >= RAM_PAGE) return ramFrame(page);
    if (page == RESET_PAGE) return RESET_ROM_FRAME;
    if (!load<u32>(LOCAL_WINDOW)) return -1;
    if (page >= WINDOW_PAGE) return translated ? -1 : inBank(h, page - WINDOW_PAGE);
    if (page - ALIAS_PAGE < ALIAS_PAGES) return inBank(h, page - ALIAS_PAGE);
    if (page - FIRMWARE_PAGE < <u64>FIRMWARE_ROM_FRAMES) return FIRMWARE_ROM_FRAME + <i32>(page - FIRMWARE_PAGE);
    return -1;
}

export function hostOf(frame: i32): usize {
    return <usize>load<u32>(FRAMES_BASE) + ((<usize>frame) << 12);
}

/** Returns the frame of a host address. */
export function frameAt(host: usize): i32 {
    return <i32>((host - <usize>load<u32>(FRAMES_BASE)) >> 12);
}

/** Returns the frame of page `index` of the bank that the hart sees through its aliases: its own bank, or for shared pages bank 0. */
function inBank(h: usize, index: u64): i32 {
    if (index >= <u64>load<u32>(BANK_FRAMES)) return -1;
    return (isShared(index) ? RAM_FRAME : load<i32>(h, BANK_FRAME)) + <i32>index;
}

function isShared(index: u64): bool {
    for (let i: i32 = 0; i < SHARED_RANGES; i++) {
        const range = <usize>(SHARED_WINDOW + (i << 3));
        if (index - <u64>load<u32>(range) < <u64>load<u32>(range, 4)) return true;
    }
    return false;
}
