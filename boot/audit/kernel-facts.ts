/**
 * The auditor's knowledge of the kernel beside layouts: entry bits, states, vseg types and their attributes. This is the one place to
 * extend for a new vseg type or a new software bit (homes: rules.ts). It is written from vmm-policy 2 and 3, and not shared with the
 * kernel.
 */

import {
    ARGS_VADDR,
    DSM_BASE,
    DSM_PAGES,
    HIGH_HEAP_BASE,
    PAGE_SHIFT,
    PAGE_SIZE,
    USER_END,
} from "../../kernel/abi/memory-map.ts";
import * as vseg from "../../kernel/abi/vseg-type.ts";

/** Bits of Sv39 entries. BUSY and REMOVING are the kernel's software bits (kernel/mm/pte.ts). */
export const PTE_V = 1;
export const PTE_R = 2;
export const PTE_W = 4;
export const PTE_X = 8;
/** Memory without atomics (Svpbmt's NC). It stands in place of bit G, which the kernel never sets. */
export const PTE_NC = 32;
export const PTE_RIGHTS = PTE_R | PTE_W | PTE_X;
export const PTE_FLAGS = 1024;
export const TABLE_ENTRIES = 512;

export const PROCESS_NEW = 0;
export const PROCESS_ALIVE = 1;
export const PROCESS_DYING = 2;
/** The program has mapped memory of its own over the region of the sm_* calls (kernel/mm/process-table.ts). */
export const REGION_MAPPED = 2;
export const PAGE_FREE = 1;
export const PAGE_ALLOCATED = 2;

/** Frames of a thread's block (kernel/sched/thread.ts). */
export const THREAD_BLOCK_FRAMES = 2;

/** Levels of requests, by number (kernel/rpc/levels.ts). */
export const LEVEL_NAMES: readonly string[] = ["LEAF", "NODE", "MANAGER", "REFERENCE", "PROCESS"];

/** Words of a DSM group's table on each of two levels (kernel/dsm/table.ts), and the bit of release consistency (region.ts). */
export const DSM_TABLE_ENTRIES = 256;
export const ENTRY_RELEASE = 1 << 29;

/** The number of tables of a file's pages, and of pages in one table (kernel/fs/cache.ts). */
export const FILE_TABLES = 256;
export const FILE_TABLE_PAGES = 128;

/** The size in bytes of KCM's smallest objects. */
export const SMALLEST_OBJECT = 32;

export interface VsegKind {
    readonly name: string;
    /** True when each cluster has another frame (2.2). */
    readonly isPrivate: boolean;
    /** True when only a page fault registers the vseg in K != Z (5.1). */
    readonly onDemand: boolean;
    /** True when the file cache owns its frames, beside the pages that map them. */
    readonly cached: boolean;
}

const KINDS: Readonly<Record<number, VsegKind>> = {
    [vseg.VSEG_CODE]: kind("CODE", true, false),
    [vseg.VSEG_DATA]: kind("DATA", false, false),
    [vseg.VSEG_STACK]: kind("STACK", true, false),
    [vseg.VSEG_HEAP]: kind("HEAP", false, true),
    [vseg.VSEG_REMOTE]: kind("REMOTE", false, true),
    [vseg.VSEG_FILE]: { ...kind("FILE", false, true), cached: true },
    [vseg.VSEG_DSM]: kind("DSM", false, true),
};

function kind(name: string, isPrivate: boolean, onDemand: boolean): VsegKind {
    return { name, isPrivate, onDemand, cached: false };
}

/** Undefined for page tables and the kernel's own frames. */
export function kindOf(type: number): VsegKind | undefined {
    return KINDS[type];
}

export function kindName(type: number): string {
    return KINDS[type]?.name ?? (type === vseg.FRAME_GPT ? "page table" : `kind ${type}`);
}

export function isHeapLike(type: number): boolean {
    return KINDS[type]?.onDemand === true && type !== vseg.VSEG_DSM;
}

const FIRST_USER_PAGE = ARGS_VADDR >> PAGE_SHIFT;
export const DSM_FIRST = DSM_BASE >> PAGE_SHIFT;
export const DSM_END = DSM_FIRST + DSM_PAGES;
/** The part of the heap zone above all physical addresses (6.3), in pages. */
export const HIGH_FIRST = HIGH_HEAP_BASE / PAGE_SIZE;
export const HIGH_END = USER_END / PAGE_SIZE;

/** kentry's two pages are mapped in every process and belong to none (I10). */
export function isKentry(vpn: number): boolean {
    return vpn < FIRST_USER_PAGE;
}

// Entries are numbers. Physical addresses end below 2^33, so entries have less than 53 bits.
export function ppnOf(pte: number): number {
    return Math.floor(pte / PTE_FLAGS);
}

/** True when the entry owns a frame: the entry is valid, or it is parked without rights (PROT_NONE, V = 0). */
export function hasFrame(pte: number): boolean {
    return ppnOf(pte) !== 0;
}

export function isValid(pte: number): boolean {
    return pte % 2 === 1;
}

export function rightsOf(pte: number): number {
    return (pte % PTE_FLAGS) & PTE_RIGHTS;
}

/** True when `less` gives no right that `more` does not. */
export function within(less: number, more: number): boolean {
    return (rightsOf(less) & ~rightsOf(more)) === 0;
}

export function describeRights(pte: number): string {
    const letter = (bit: number, text: string) => ((pte % PTE_FLAGS) & bit ? text : "-");
    return letter(PTE_R, "r") + letter(PTE_W, "w") + letter(PTE_X, "x");
}

export function describeEntry(pte: number | undefined): string {
    if (pte === undefined || pte === 0) return "nothing";
    const marks = pte % PTE_FLAGS >= 256 ? `, software bits ${(pte % PTE_FLAGS) >> 8}` : "";
    if (!hasFrame(pte)) return `no valid entry${marks}`;
    if (!isValid(pte)) return `frame 0x${ppnOf(pte).toString(16)} without rights${marks}`;
    return `frame 0x${ppnOf(pte).toString(16)} ${describeRights(pte)}${marks}`;
}
