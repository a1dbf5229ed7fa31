/**
 * I10: no process maps a freed frame, and a frame has as many owners as its reference count says. 7.2: a frame of several owners is
 * read-only.
 */

import { FRAME_GPT } from "../../kernel/abi/vseg-type.ts";
import { broken, hex } from "../report/violation.ts";
import type { FramePool, Mapping } from "./frame-pool.ts";
import {
    describeEntry,
    isKentry,
    isValid,
    kindName,
    kindOf,
    PAGE_FREE,
    PTE_W,
    ppnOf,
    rightsOf,
} from "./kernel-facts.ts";
import type { Bank } from "./roots.ts";
import type { World } from "./world.ts";

/** Mapped frames are in use, and have no more owners than references. False while a table that maps the frame is being changed. */
export function checkFrameAlways(world: World, ppn: number): boolean {
    const { pool } = world;
    const mappings = pool.mappings(ppn);
    const [first] = mappings;
    if (first === undefined) return true;
    if (mappings.some(({ pid, cxy }) => world.processes.get(pid)?.get(cxy)?.locked === true)) return false;
    const page = pool.descriptor(ppn);
    const where = { pid: first.pid, page: first.vpn, clusters: clustersOf(world, ppn, mappings) };
    if (page?.inUse !== true || !pool.allocated.has(ppn)) {
        broken("I10", where, `frame ${hex(ppn)} is free, and mapped by ${describeAll(mappings)}`);
    }
    const owners = pool.owners(ppn);
    if (owners > page.refcount) {
        const text = `frame ${hex(ppn)} (${kindName(page.kind)}) has ${page.refcount} references and ${owners} owners`;
        broken("I10", where, `${text}: ${describeAll(mappings)}`);
    }
    if (owners > 1) checkShared(world, ppn, mappings);
    return true;
}

/**
 * Checks that a frame has as many owners as references, and that a page table is in its process's tree. Otherwise returns the process that
 * is not at rest, or "some".
 */
export function checkFrameAtRest(world: World, pid: number, ppn: number): number | "some" | undefined {
    const { pool } = world;
    const record = pool.allocated.get(ppn);
    if (record === undefined || (record.pid === 0 && kindOf(record.kind) === undefined)) return undefined;
    if (!world.isQuiet(record.pid)) return record.pid;
    const mappings = pool.mappings(ppn);
    const busy = mappings.find((each) => !world.isQuiet(each.pid));
    if (busy !== undefined) return busy.pid;
    const where = { pid: record.pid, clusters: clustersOf(world, ppn, mappings) };
    if (record.kind === FRAME_GPT) {
        const replica = world.processes.get(record.pid)?.get(world.memory.clusterOf(ppn));
        if (replica === undefined || replica.tableFrames().includes(ppn)) return undefined;
        broken("I10", where, `frame ${hex(ppn)} (page table) is in use, and in no table of the process`);
    }
    const kind = kindOf(record.kind);
    const page = pool.descriptor(ppn);
    if (kind === undefined || page === undefined) return undefined;
    const owners = pool.owners(ppn);
    const spare = page.refcount - owners;
    if (spare >= 0 && spare <= pool.transfers(ppn) && page.inUse) return undefined;
    // Another process may be about to map the frame, or may have given it up just now.
    if (!world.allQuiet()) return "some";
    const mapped = mappings.length === 0 ? "" : `: ${describeAll(mappings)}`;
    const text = `frame ${hex(ppn)} (${kind.name}) of process ${hex(pid)} has ${page.refcount} references and ${owners} owners`;
    broken("I10", where, text + mapped);
}

/** 7.2: no process may write a frame of several owners, except for pages of files, which are shared. */
function checkShared(world: World, ppn: number, mappings: readonly Mapping[]): void {
    if (kindOf(world.pool.allocated.get(ppn)?.kind ?? -1)?.cached === true) return;
    for (const { pid, cxy, vpn } of mappings) {
        const entry = world.processes.get(pid)?.get(cxy)?.entries.get(vpn) ?? 0;
        if (!isValid(entry) || (rightsOf(entry) & PTE_W) === 0) continue;
        const text = `process ${hex(pid)} has ${describeEntry(entry)} in cluster ${cxy}, and the frame has several owners`;
        broken(
            "7.2",
            { pid, page: vpn, clusters: clustersOf(world, ppn, mappings) },
            `${text}: ${describeAll(mappings)}`,
        );
    }
}

/**
 * After the end of a process nothing that was allocated for it is left (7.4), except for frames that another process has taken over
 * copy-on-write. Returns the frames that cannot be judged yet, because another process may be giving them up.
 */
export function checkNothingLeft(world: World, pid: number): number[] {
    const doubtful: number[] = [];
    for (const ppn of world.pool.framesOf(pid)) {
        if (world.pool.mappings(ppn).some((each) => each.pid !== pid)) continue;
        const kind = world.pool.allocated.get(ppn)?.kind ?? -1;
        if (kindOf(kind) !== undefined && !world.allQuiet(pid)) {
            doubtful.push(ppn);
            continue;
        }
        leftBehind(world, pid, ppn, kind);
    }
    const replicas = world.replicas(pid);
    if (replicas.length === 0) return doubtful;
    const clusters = replicas.map(({ cxy }) => cxy);
    broken(
        "7.4",
        { pid, clusters },
        `the process has ended, clusters ${clusters.join(", ")} still have its descriptor`,
    );
}

/** Reports a frame of an ended process that no process maps. */
export function leftBehind(world: World, pid: number, ppn: number, kind: number): never {
    const where = { pid, clusters: [world.memory.clusterOf(ppn)] };
    broken("I10", where, `the process has ended, frame ${hex(ppn)} (${kindName(kind)}) is still its own`);
}

/** I10 over whole banks: free lists, blocks in use and descriptors say the same, and together make up the bank. */
export function checkBanks(world: World): void {
    for (let cxy = 0; cxy < world.memory.clusters; cxy++) {
        const bank = world.pool.bank(cxy);
        if (bank === undefined) continue;
        const owner = new Map<number, string>();
        let frames = 0;
        const take = (index: number, order: number, what: string): void => {
            for (let i = index; i < index + 2 ** order; i++) {
                const other = owner.get(i);
                const frame = `frame ${hex(world.memory.ppnOf(cxy, 0x40000000) + i)}`;
                if (other !== undefined) broken("I10", { clusters: [cxy] }, `${frame} is ${what}, and is ${other}`);
                owner.set(i, what);
            }
            frames += 2 ** order;
        };
        for (const { index, order } of freeBlocks(world, bank)) take(index, order, "in a free list");
        for (const [ppn, { kind, pid, order }] of world.pool.allocated) {
            if (world.memory.clusterOf(ppn) !== cxy) continue;
            checkDescriptor(world.pool, ppn, cxy, kind);
            take(world.memory.frameIndex(ppn), order, `in use by process ${hex(pid)} (${kindName(kind)})`);
        }
        const all = bank.frameCount - bank.firstFrame;
        if (frames === all) continue;
        broken("I10", { clusters: [cxy] }, `${all - frames} frames of the bank are neither free nor in use`);
    }
}

function checkDescriptor(pool: FramePool, ppn: number, cxy: number, kind: number): void {
    const page = pool.descriptor(ppn);
    if (page?.inUse === true && page.kind === kind) return;
    const says = page?.inUse === true ? kindName(page.kind) : "free";
    broken(
        "I10",
        { clusters: [cxy] },
        `frame ${hex(ppn)} was allocated as ${kindName(kind)}, its descriptor says ${says}`,
    );
}

/** The blocks in the free lists of a bank. */
function* freeBlocks(world: World, bank: Bank): Generator<{ index: number; order: number }> {
    const { cxy, manager } = bank;
    const size = world.memory.sizeOf("page_t");
    const read = world.memory.reader("page_t", ["next", "state", "order"]);
    for (let order = 0; order < bank.orders; order++) {
        let left = bank.frameCount;
        for (let at = world.memory.u32(manager, bank.freeLists + order * 4); at !== 0; ) {
            const page = read(manager, at);
            const index = (at - bank.pages) / size;
            const frame = `block ${index} of order ${order}`;
            if (left-- === 0) broken("I10", { clusters: [cxy] }, `the free list of order ${order} runs in a circle`);
            if (page.state !== PAGE_FREE || page.order !== order)
                broken("I10", { clusters: [cxy] }, `${frame} is in a free list, its descriptor says otherwise`);
            yield { index, order };
            at = page.next;
        }
    }
}

function clustersOf(world: World, ppn: number, mappings: readonly Mapping[]): number[] {
    return [world.memory.clusterOf(ppn), ...mappings.map(({ cxy }) => cxy)];
}

const MOST_SHOWN = 4;

function describeAll(mappings: readonly Mapping[]): string {
    const shown = mappings
        .slice(0, MOST_SHOWN)
        .map(({ pid, cxy, vpn }) => `page ${hex(vpn * 4096)} of process ${hex(pid)} in cluster ${cxy}`);
    return shown.join(", ") + (mappings.length > MOST_SHOWN ? ` and ${mappings.length - MOST_SHOWN} more` : "");
}

/** Every frame that any table names, for the full check. */
export function mappedFrames(world: World): Set<number> {
    const frames = new Set<number>();
    for (const replicas of world.processes.values()) {
        for (const { entries } of replicas.values()) {
            for (const [vpn, pte] of entries) if (isValid(pte) && !isKentry(vpn)) frames.add(ppnOf(pte));
        }
    }
    return frames;
}
