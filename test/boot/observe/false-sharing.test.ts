/** The report on false sharing, from made-up records and a made-up memory. */

import { beforeEach, describe, expect, it } from "vitest";
import { FalseSharing } from "../../../boot/observe/false-sharing.ts";
import type { FalseSharingReport, SharedPage } from "../../../boot/report/report.ts";
import { ACCESS_STORE } from "../../../kernel/abi/access.ts";
import { DSM_BARRIER, DSM_BCAST, DSM_FREE, DSM_INVALIDATE, DSM_WRITE_FAULT } from "../../../kernel/abi/dsm-action.ts";
import {
    PROBE_DSM,
    PROBE_FAULT_BEGIN,
    PROBE_MERGE,
    PROBE_PROCESS,
    PROBE_SM_REQUEST,
    PROBE_VSEG_END,
    PROBE_WRITABLE,
    PROBE_WRITABLE_END,
} from "../../../kernel/abi/event.ts";
import { DSM_BASE, PAGE_SIZE } from "../../../kernel/abi/memory-map.ts";
import { FRAME_SIZE, THREAD_BLOCK_SIZE } from "../../../kernel/abi/trap-frame.ts";
import { VSEG_DSM } from "../../../kernel/abi/vseg-type.ts";
import { tellTo } from "./tell.ts";

const PAGE = DSM_BASE;
const NEXT = DSM_BASE + PAGE_SIZE;
/** Frames 0 to 7 of the made-up memory; threads' blocks lie behind them. */
const memory = new Uint8Array(16 * PAGE_SIZE);
const view = new DataView(memory.buffer);
const pidOf = (node: number) => 0x100 + node;
const threadOf = (node: number) => (8 + 2 * node) * PAGE_SIZE;

let sharing: FalseSharing;

beforeEach(() => {
    memory.fill(0);
    sharing = new FalseSharing((address, bytes) => memory.subarray(address, address + bytes));
    for (const node of [0, 1, 2]) record(PROBE_PROCESS, pidOf(node), 0, node, node);
});

function record(...words: number[]): void {
    tellTo(sharing)(0, ...words);
}

function dsm(action: number, address = 0): void {
    record(PROBE_DSM, action, address, 0, 0, 0, pidOf(0));
}

const barrier = () => dsm(DSM_BARRIER);

/** Node `node` may write `page`, in the frame of its number, for the access at `pc`. */
function begin(node: number, page = PAGE, pc = 0x1000 + node, inCall = 0): void {
    view.setBigUint64(threadOf(node) + THREAD_BLOCK_SIZE - FRAME_SIZE, BigInt(pc), true);
    record(PROBE_FAULT_BEGIN, threadOf(node), pidOf(node), page, ACCESS_STORE, inCall);
    record(PROBE_WRITABLE, pidOf(node), page, node, threadOf(node));
}

function end(node: number, page = PAGE): void {
    record(PROBE_WRITABLE_END, pidOf(node), page);
}

function write(node: number, at: number, value = 7): void {
    view.setUint32(node * PAGE_SIZE + at, value, true);
}

/** Has the page, writes the words, loses the page. */
function turn(node: number, words: readonly number[], value?: number): void {
    begin(node);
    for (const at of words) write(node, at, value);
    end(node);
}

function report(): FalseSharingReport {
    return sharing.report((program, pc) => ({ function: `program ${program}`, file: "made.ts", line: pc }));
}

function onlyPage(): SharedPage {
    const { pages } = report();
    expect(pages).toHaveLength(1);
    return pages[0] as SharedPage;
}

const written = (page: SharedPage) =>
    page.nodes.map(({ node, ranges }) => [node, ...ranges.map((r) => [r.from, r.to])]);

describe("what is false sharing", () => {
    it("disjoint words of a page, written in one phase: each node's bytes, and the lines that asked", () => {
        turn(0, [0, 4, 8]);
        turn(1, [12, 4092]);
        const page = onlyPage();
        expect(page).toMatchObject({ program: 0, address: PAGE, phases: 1, truePhases: 0 });
        expect(page.nodes).toEqual([
            {
                node: 0,
                bytes: 12,
                ranges: [{ from: 0, to: 11 }],
                places: [{ function: "program 0", file: "made.ts", line: 0x1000, pc: 0x1000, times: 1 }],
            },
            {
                node: 1,
                bytes: 8,
                ranges: [{ from: 12, to: 4095 }],
                places: [{ function: "program 0", file: "made.ts", line: 0x1001, pc: 0x1001, times: 1 }],
            },
        ]);
    });

    it("a word that two nodes wrote: truly shared, and counted", () => {
        turn(0, [0, 4]);
        turn(1, [4, 8]);
        expect(report()).toEqual({ pages: [], trulyShared: 1 });
    });

    it("release consistency: what another node's diff brings into a frame that is being written is not its own node's", () => {
        const twin = 5;
        begin(0);
        begin(1);
        write(0, 0);
        write(1, 4);
        end(1);
        record(PROBE_MERGE, 1, twin * PAGE_SIZE, 0);
        write(0, 4);
        write(0, 8);
        end(0);
        expect(written(onlyPage())).toEqual([
            [0, [0, 3], [8, 11]],
            [1, [4, 7]],
        ]);
    });

    it("one node alone: nothing", () => {
        turn(0, [0]);
        turn(0, [4]);
        expect(report()).toEqual({ pages: [], trulyShared: 0 });
    });

    it("each node on its own page: nothing", () => {
        begin(0, PAGE);
        begin(1, NEXT);
        write(0, 0);
        write(1, 4);
        end(0, PAGE);
        end(1, NEXT);
        expect(report()).toEqual({ pages: [], trulyShared: 0 });
    });

    it("a node that gets the page but changes nothing has not written", () => {
        turn(0, [0]);
        turn(1, [4], 0);
        expect(report().pages).toEqual([]);
    });

    it("a process that is no node does not count", () => {
        record(PROBE_PROCESS, pidOf(1), 0, 0xffffffff, 1);
        turn(0, [0]);
        turn(1, [4]);
        expect(report().pages).toEqual([]);
    });
});

describe("phases", () => {
    it.each([DSM_BARRIER, DSM_BCAST])("writes before and after a meeting (%i) do not meet", (action) => {
        turn(0, [0]);
        dsm(action);
        turn(1, [4]);
        expect(report()).toEqual({ pages: [], trulyShared: 0 });
    });

    it("a page that stays writable over a meeting: each phase has its own words, and the line of the one request", () => {
        begin(0);
        write(0, 0);
        barrier();
        write(0, 8);
        end(0);
        turn(1, [4]);
        const page = onlyPage();
        expect(written(page)).toEqual([
            [0, [8, 11]],
            [1, [4, 7]],
        ]);
        expect(page.nodes[0]?.places).toMatchObject([{ line: 0x1000, times: 1 }]);
    });

    it("a page that is writable until its process ends counts as long", () => {
        turn(0, [0]);
        begin(1);
        write(1, 4);
        record(PROBE_VSEG_END, pidOf(1), VSEG_DSM);
        write(1, 8);
        expect(written(onlyPage())).toEqual([
            [0, [0, 3]],
            [1, [4, 7]],
        ]);
    });

    it("falsely shared in some phases, truly in others: both are counted, words and costs are of the former", () => {
        let value = 100;
        for (const words of [
            [0, 4],
            [4, 4],
            [0, 4],
        ]) {
            for (const node of [0, 1]) turn(node, [words[node] ?? 0], ++value);
            dsm(DSM_WRITE_FAULT, PAGE);
            dsm(DSM_INVALIDATE, PAGE);
            dsm(DSM_INVALIDATE, PAGE);
            sharing.resolved({ ...FAULT, vaddr: PAGE + 100, begin: 1000, end: 1500 });
            barrier();
        }
        expect(onlyPage()).toMatchObject({ phases: 2, truePhases: 1, writeFaults: 2, invalidations: 4, cycles: 1000 });
        expect(report().trulyShared).toBe(1);
    });

    it("a report in the middle changes nothing", () => {
        begin(0);
        write(0, 0);
        report();
        turn(1, [4]);
        end(0);
        const first = report();
        expect(report()).toEqual(first);
        barrier();
        expect(report()).toEqual(first);
        expect(first.pages[0]?.phases).toBe(1);
    });
});

const FAULT = {
    type: "DSM",
    how: "local",
    cause: "trap",
    pid: pidOf(1),
    hart: 0,
    phases: {
        trap: 0,
        vsl: 0,
        rpcOut: 0,
        queue: 0,
        service: 0,
        frameAllocation: 0,
        fillOrCopy: 0,
        gpt: 0,
        return: 0,
        telling: 0,
    },
    spans: [],
} as const;

describe("the report", () => {
    it("has the costliest page first", () => {
        for (const [page, cycles] of [
            [PAGE, 10],
            [NEXT, 20],
        ] as const) {
            for (const node of [0, 1]) {
                begin(node, page);
                write(node, 16 * node, page + 1);
                end(node, page);
            }
            sharing.resolved({ ...FAULT, vaddr: page, begin: 0, end: cycles });
        }
        expect(report().pages.map(({ address }) => address)).toEqual([NEXT, PAGE]);
    });

    it("an access by a system call is the call's", () => {
        begin(0, PAGE, 0x2004, 1);
        write(0, 0);
        end(0);
        turn(1, [4]);
        expect(onlyPage().nodes[0]?.places).toMatchObject([{ line: 0x2000 }]);
    });

    it("names the sm_mallocs on the page, given back ones of the phase too; memory handed out again has a life of its own", () => {
        record(PROBE_SM_REQUEST, pidOf(0), PAGE, 100, 0);
        turn(0, [0]);
        turn(1, [4]);
        dsm(DSM_FREE, PAGE);
        expect(onlyPage().requests).toMatchObject([{ node: 0, address: PAGE, bytes: 100 }]);
        record(PROBE_SM_REQUEST, pidOf(0), PAGE, 200, 2);
        turn(2, [0]);
        expect(onlyPage()).toMatchObject({ phases: 1, requests: [{ bytes: 100 }] });
        turn(1, [8]);
        expect(onlyPage()).toMatchObject({ phases: 2, truePhases: 0, requests: [{ node: 2, bytes: 200 }] });
    });
});

describe("advice", () => {
    const last = /, or allocate it with release consistency$/;

    it("parts side by side", () => {
        turn(0, [0, 4]);
        turn(1, [8]);
        expect(onlyPage().advice).toMatch(
            /^give each part its own pages \(here 2 parts of 4 to 8 bytes: align to 4096 bytes\)/,
        );
        expect(onlyPage().advice).toMatch(last);
    });

    it("words by turns", () => {
        turn(0, [0, 8]);
        turn(1, [4, 12]);
        expect(onlyPage().advice).toMatch(/^let each node write whole pages \(here 2 nodes write 4 ranges by turns\)/);
        expect(onlyPage().advice).toMatch(last);
    });

    it("small requests of one node on a page, each for another node", () => {
        for (const at of [0, 16]) record(PROBE_SM_REQUEST, pidOf(0), PAGE + at, 16, 0);
        turn(0, [0]);
        turn(1, [16]);
        expect(onlyPage().advice).toMatch(
            /^make each sm_malloc a multiple of 4096 bytes \(here 2 requests on one page\)/,
        );
        expect(onlyPage().advice).toMatch(last);
    });
});
