/**
 * `--audit contents`: the content of a page is compared with the content it should have when it is published (vmm-policy 5.2, 5.4, 5.5,
 * 7.3).
 *
 * - A copy of a whole page, also one that a DSM node is granted, is compared with its source.
 * - A page's new frame has the vseg's initial content, and zero elsewhere.
 * - A new page of the file cache has the file's bytes, and zero behind them.
 *
 * All copies of a DSM page are compared at each grant, too (grants.ts). The auditor (contents mode) compares copies that stay, CODE
 * replicas and readers of a DSM page, at kernel exits.
 */

import { PAGE_SHIFT, PAGE_SIZE } from "../../kernel/abi/memory-map.ts";
import { VSEG_FILE, VSEG_HEAP } from "../../kernel/abi/vseg-type.ts";
import { type GuestMemory, sameFrames } from "../observe/guest-memory.ts";
import { Broken, firstDifference, hex, nowhere } from "../report/violation.ts";
import { FILE_TABLE_PAGES, FILE_TABLES, kindName } from "./kernel-facts.ts";
import { COPY_BYTES, COPY_PAGE, HOLD_HERE, PAGER_FRAME } from "./kernel-functions.ts";
import type { Site, Sites } from "./places.ts";

const HELPERS = ["kernel/hal/", "kernel/mm/anonymous.ts", "kernel/panic.ts"];
/** The program may write the pages of a user copy meanwhile (5.10). */
const USER_COPIES = "kernel/mm/uaccess.ts";
/** The owner of a page that is granted under release consistency may write it meanwhile (sm-dsm 4.3). */
const DSM_NODE = "kernel/dsm/node.ts";
/** The number of pages of the largest file. */
const FILE_PAGES = FILE_TABLES * FILE_TABLE_PAGES;

interface Call {
    readonly function: string;
    readonly site: Site;
    readonly arguments: readonly [number, number, number];
    /** For hold_here: the file had the page already. */
    readonly known: boolean;
}

export class Contents {
    readonly #memory: GuestMemory;
    readonly #sites: Sites;
    readonly #readVseg: ReturnType<typeof vsegReader>;
    readonly #readInode: ReturnType<typeof inodeReader>;
    /** The calls that are being made, by thread, innermost last. */
    readonly #calls = new Map<number, Call[]>();

    readonly #releaseConsistency: boolean;

    constructor(memory: GuestMemory, sites: Sites, releaseConsistency: boolean) {
        this.#releaseConsistency = releaseConsistency;
        this.#memory = memory;
        this.#sites = sites;
        this.#readVseg = vsegReader(memory);
        this.#readInode = inodeReader(memory);
    }

    /** A thread of cluster `cxy` calls one of the functions above. */
    enters(
        hart: number,
        pc: number,
        thread: number,
        name: string,
        call: { cxy: number; a: number; b: number; c: number },
    ): void {
        const site = this.#sites.capture(hart, pc);
        const known = name === HOLD_HERE && call.b < FILE_PAGES && this.#cachedPage(call.cxy, call.a, call.b) !== 0;
        const calls = this.#calls.get(thread) ?? [];
        calls.push({ function: name, site, arguments: [call.a, call.b, call.c], known });
        this.#calls.set(thread, calls);
    }

    /** The call returns with `result`. */
    returns(thread: number, name: string, cxy: number, result: number): void {
        const calls = this.#calls.get(thread);
        if (calls?.at(-1)?.function !== name) return;
        const call = calls.pop() as Call;
        const [to, from] = call.arguments;
        if (name === COPY_BYTES) this.#checkCopy(call.site, to, from);
        else if (name === COPY_PAGE) this.#checkCopy(call.site, to * PAGE_SIZE, from * PAGE_SIZE);
        else if (result !== 0 && name === PAGER_FRAME) this.#checkFrame(call, cxy, result);
        else if (result !== 0 && !call.known) this.#checkCached(call, cxy, result);
    }

    #checkCopy(site: Site, to: number, from: number): void {
        if (to % PAGE_SIZE !== 0 || from % PAGE_SIZE !== 0) return;
        const files = this.#sites.files(site);
        if (files.includes(USER_COPIES) || (this.#releaseConsistency && files.includes(DSM_NODE))) return;
        const [copy, source] = [this.#memory.frame(to / PAGE_SIZE), this.#memory.frame(from / PAGE_SIZE)];
        if (copy === undefined || source === undefined || sameFrames(copy, source)) return;
        const at = firstDifference(copy, source);
        this.#break(site, `the copy at ${hex(to)} of the page at ${hex(from)} differs from it from byte ${at} on`);
    }

    #checkFrame({ site, arguments: [, at, vpn] }: Call, cxy: number, ppn: number): void {
        const vseg = this.#readVseg(cxy, at);
        const frame = this.#memory.frame(ppn);
        // A page of a file, shared or private, is the cache's own.
        const isFiles = vseg.type === VSEG_FILE || (vseg.type === VSEG_HEAP && vseg.file !== 0);
        if (isFiles || frame === undefined) return;
        const page = vpn * 2 ** PAGE_SHIFT;
        const from = Math.max(page, vseg.content_start);
        const to = Math.min(page + PAGE_SIZE, vseg.content_end);
        const expected = new Uint8Array(PAGE_SIZE);
        if (from < to && !this.#initial(expected, from - page, vseg, { from, to })) return;
        if (sameFrames(frame, expected)) return;
        const byte = firstDifference(frame, expected);
        const what = from - page <= byte && byte < to - page ? "its initial content" : "zero";
        this.#break(
            site,
            `the new frame ${hex(ppn)} of the ${kindName(vseg.type)} page ${hex(page)} is not ${what} at byte ${byte}`,
        );
    }

    /** Puts the vseg's initial content of [from, to) to `at`. False when it cannot be found. */
    #initial(
        expected: Uint8Array,
        at: number,
        vseg: { content: number; content_start: number; file: number },
        { from, to }: { from: number; to: number },
    ): boolean {
        let offset = vseg.content + (from - vseg.content_start);
        let place = at;
        for (let left = to - from; left > 0; ) {
            const inPage = offset % PAGE_SIZE;
            const chunk = Math.min(left, PAGE_SIZE - inPage);
            const frame = vseg.file === 0 ? Math.floor(offset / PAGE_SIZE) : this.#pageOfFile(vseg.file, offset);
            const source = this.#memory.frame(frame);
            if (source === undefined) return false;
            expected.set(source.subarray(inPage, inPage + chunk), place);
            [offset, place, left] = [offset + chunk, place + chunk, left - chunk];
        }
        return true;
    }

    #pageOfFile(file: number, offset: number): number {
        const { cxy, local } = this.#memory.placeOf(file);
        return this.#cachedPage(cxy, local, Math.floor(offset / PAGE_SIZE));
    }

    /** The frame that an inode's table has for a page, or 0. */
    #cachedPage(cxy: number, inode: number, index: number): number {
        const { pages } = this.#readInode(cxy, inode);
        if (pages === 0) return 0;
        const table = this.#memory.u32(cxy, pages + Math.floor(index / FILE_TABLE_PAGES) * 4);
        return table === 0 ? 0 : this.#memory.read(cxy, table + (index % FILE_TABLE_PAGES) * 8, 8);
    }

    #checkCached({ site, arguments: [inode, index] }: Call, cxy: number, ppn: number): void {
        const { data, data_size } = this.#readInode(cxy, inode);
        const frame = this.#memory.frame(ppn);
        const offset = index * PAGE_SIZE;
        if (frame === undefined) return;
        const expected = new Uint8Array(PAGE_SIZE);
        const bytes = Math.min(PAGE_SIZE, Math.max(0, data_size - offset));
        for (let i = 0; i < bytes; i++) expected[i] = this.#memory.readGlobal(data + offset + i, 1);
        if (sameFrames(frame, expected)) return;
        const byte = firstDifference(frame, expected);
        const what = byte < bytes ? "the file's" : "zero";
        this.#break(site, `the file cache's new frame ${hex(ppn)} of page ${index} is not ${what} at byte ${byte}`);
    }

    #break(site: Site, text: string): never {
        const places = [this.#sites.place("copied", site, HELPERS)];
        throw new Broken({ ...nowhere("contents"), text: `${text}: ${this.#sites.describe(site, HELPERS)}`, places });
    }
}

function vsegReader(memory: GuestMemory) {
    return memory.reader("vseg_t", ["type", "content", "content_start", "content_end", "file"]);
}

function inodeReader(memory: GuestMemory) {
    return memory.reader("inode_t", ["data", "data_size", "pages"]);
}
