/**
 * The places in the kernel's code where the watching audits listen: entries and returns of functions by their symbols, and operations on
 * locks by their source file, because these are inlined everywhere. They are read from the image that runs, so that it is the same with and
 * without audits.
 */

import type { WatchedPage } from "../../emu/host/watch.ts";
import { decode, isLong } from "../../emu/isa/decode.ts";
import type { Image } from "../../toolchain/link/image.ts";

export type Hook =
    | { readonly kind: "entry"; readonly function: string }
    | { readonly kind: "return"; readonly function: string }
    /** A lock's `address` is register `base` plus `offset`. The lock was taken if register `result` is 0. */
    | { readonly kind: "wants" | "releases"; readonly base: number; readonly offset: number }
    | { readonly kind: "tried"; readonly base: number; readonly offset: number; readonly result: number };

export interface HookTable {
    readonly pages: readonly WatchedPage[];
    at(pc: number): Hook | undefined;
}

const PAGE_BYTES = 4096;
const RA = 1;
const LOCK_FILE = "kernel/hal/lock.ts";

/**
 * `functions` are the symbols whose entries and returns matter. Throws for one that the image does not have, because asc has inlined it.
 */
export function findHooks(image: Image, functions: readonly string[]): HookTable {
    const hooks = new Map<number, Hook>();
    for (const name of functions) addFunction(image, name, hooks);
    addLocks(image, hooks);
    return { pages: pagesOf(image, hooks), at: (pc) => hooks.get(pc) };
}

function addFunction(image: Image, name: string, hooks: Map<number, Hook>): void {
    const symbol = image.symbols.find((each) => each.name === name && each.kind === "function");
    if (symbol === undefined) throw new Error(`the kernel has no function ${name}; boot/audit listens to it`);
    hooks.set(symbol.address, { kind: "entry", function: name });
    for (const { pc, decoded } of instructions(image, symbol.address, symbol.address + symbol.size)) {
        const returns = decoded?.row.name === "jalr" && decoded.rd === 0 && decoded.rs1 === RA;
        if (returns && pc !== symbol.address) hooks.set(pc, { kind: "return", function: name });
    }
}

/** lock.ts is inlined: LR begins an attempt, the instruction behind SC knows how it ended, a store of 0 gives the lock back. */
function addLocks(image: Image, hooks: Map<number, Hook>): void {
    for (const [i, line] of image.lines.entries()) {
        if (line.file !== LOCK_FILE) continue;
        const end = image.lines[i + 1]?.address ?? line.address;
        for (const { pc, decoded, length } of instructions(image, line.address, end)) {
            if (decoded === undefined) continue;
            const { rd, rs1, rs2, imm, row } = decoded;
            if (row.name.startsWith("lr.")) hooks.set(pc, { kind: "wants", base: rs1, offset: 0 });
            if (row.name.startsWith("sc.")) hooks.set(pc + length, { kind: "tried", base: rs1, offset: 0, result: rd });
            if (row.name === "sw" && rs2 === 0) hooks.set(pc, { kind: "releases", base: rs1, offset: imm });
        }
    }
}

function* instructions(image: Image, from: number, to: number) {
    const segment = image.segments.find(({ address, bytes }) => address <= from && to <= address + bytes.length);
    if (segment === undefined) return;
    const view = new DataView(segment.bytes.buffer, segment.bytes.byteOffset, segment.bytes.byteLength);
    for (let pc = from; pc < to; ) {
        const halfword = view.getUint16(pc - segment.address, true);
        const length = isLong(halfword) ? 4 : 2;
        const word = length === 4 ? view.getUint32(pc - segment.address, true) : halfword;
        yield { pc, length, decoded: decode(word) };
        pc += length;
    }
}

/** The pages of the image's code that have hooks, as they lie in memory. */
function pagesOf(image: Image, hooks: ReadonlyMap<number, Hook>): WatchedPage[] {
    const pages = new Map<number, Set<number>>();
    for (const pc of hooks.keys()) {
        const page = pc - (pc % PAGE_BYTES);
        pages.set(page, (pages.get(page) ?? new Set()).add(pc - page));
    }
    return [...pages].map(([page, offsets]) => ({ content: contentOf(image, page), hooks: offsets }));
}

function contentOf(image: Image, page: number): Uint8Array {
    const content = new Uint8Array(PAGE_BYTES);
    for (const { address, bytes } of image.segments) {
        const from = Math.max(page, address);
        const to = Math.min(page + PAGE_BYTES, address + bytes.length);
        if (from < to) content.set(bytes.subarray(from - address, to - address), from - page);
    }
    return content;
}
