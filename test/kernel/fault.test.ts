/**
 * Page faults on 1 to 4 simulated clusters (vmm-policy 2 to 5): who makes the frame, who copies the entry, what is
 * refused.
 */

import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { ACCESS_FETCH, ACCESS_LOAD, ACCESS_STORE } from "../../kernel/abi/access.ts";
import { PROBE_FAULT, PROBE_FRAME, PROBE_RPC_SENT, PROBE_SPILL } from "../../kernel/abi/event.ts";
import { FAULT_LOCAL, FAULT_SPURIOUS, FAULT_THROUGH_Z } from "../../kernel/abi/fault.ts";
import { BANK_BASE, PAGE_SIZE } from "../../kernel/abi/memory-map.ts";
import { SIGKILL, SIGSEGV } from "../../kernel/abi/signal.ts";
import { FRAME_GPT, VSEG_CODE, VSEG_DATA, VSEG_HEAP, VSEG_STACK } from "../../kernel/abi/vseg-type.ts";
import { type GuestModule, loadGuest } from "./harness/guest-module.ts";
import { expectInvariants } from "./harness/invariants.ts";
import { Machine } from "./harness/machine.ts";
import { TestProcess } from "./harness/test-process.ts";

const CODE = { type: VSEG_CODE, first: 0x10, end: 0x14 };
const DATA = { type: VSEG_DATA, first: 0x400, end: 0x40c };
const HEAP = { type: VSEG_HEAP, first: 0x800, end: 0x80c };
const STACK = { type: VSEG_STACK, first: 0x3fff1, end: 0x40000 };

let guest: GuestModule;
let machine: Machine;

beforeAll(async () => {
    guest = await loadGuest("system");
});
afterEach(() => machine.dispose());

const image = Uint8Array.from({ length: 4 * PAGE_SIZE - 300 }, (_, i) => (i * 31 + (i >> 8)) & 0xff);

/** A process with CODE, DATA and HEAP at Z, active in every cluster, with a STACK in each. */
function start(clusters: number, z = 0): TestProcess {
    machine = new Machine(guest, { clusters });
    const process = new TestProcess(machine, z);
    process.addVseg(CODE, { start: CODE.first * PAGE_SIZE, bytes: image });
    process.addVseg(DATA);
    const all = machine.instances.map(({ cxy }) => cxy);
    process.attach(...all.filter((cxy) => cxy !== z));
    process.addVseg(HEAP);
    for (const cxy of all) process.addVseg(STACK, undefined, cxy);
    machine.records = [];
    return process;
}

const sent = (op: string) => machine.recorded(PROBE_RPC_SENT, undefined, machine.at(0).constant(op)).length;
const pages = ({ first, end }: { first: number; end: number }) =>
    Array.from({ length: end - first }, (_, i) => first + i);
/** Frames allocated for a kind since the records were last emptied. */
const frames = (kind: number) => machine.recorded(PROBE_FRAME, undefined, undefined, kind, undefined, 1).length;

describe("registration", () => {
    it("3: CODE and DATA come to K with the process, HEAP does not", () => {
        const process = start(2);
        expect(process.vsl(1)).toEqual([CODE, DATA, STACK]);
        expect(process.vsl(0)).toEqual([CODE, DATA, HEAP, STACK]);
    });

    it("5.1: K fetches a HEAP vseg from Z at its first fault in it, and only then", () => {
        const process = start(3);
        for (const vpn of pages(HEAP)) expect(process.fault(2, vpn, ACCESS_LOAD)).toBe(0);
        expect(sent("RPC_GET_VSEG")).toBe(1);
        expect(process.vsl(2)).toContainEqual(HEAP);
        expect(process.vsl(1)).not.toContainEqual(HEAP);
    });

    it("5.1: Z finds its own vsegs without a request", () => {
        const process = start(3, 1);
        process.fault(1, HEAP.first, ACCESS_LOAD);
        expect(sent("RPC_GET_VSEG") + sent("RPC_GET_PAGE")).toBe(0);
    });

    it("5.1: an address in no vseg is a segmentation fault, at Z and at K, and maps nothing", () => {
        const process = start(2);
        for (const cxy of [0, 1]) {
            for (const vpn of [0, CODE.first - 1, CODE.end, HEAP.end, STACK.first - 1]) {
                expect(process.fault(cxy, vpn, ACCESS_LOAD), `cluster ${cxy}, page ${vpn}`).toBe(SIGSEGV);
            }
            expect(process.mappings(cxy).size).toBe(0);
        }
        expect(machine.recorded(PROBE_FAULT)).toEqual([]);
    });

    it("2.2: a STACK of another cluster is not found", () => {
        const process = start(2);
        process.addVseg({ type: VSEG_STACK, first: 0x3ffe1, end: 0x3fff0 }, undefined, 0);
        expect(process.fault(0, 0x3ffe5, ACCESS_STORE)).toBe(0);
        expect(process.fault(1, 0x3ffe5, ACCESS_STORE)).toBe(SIGSEGV);
    });
});

describe("frames", () => {
    it("5.2, I11, I12: each cluster has its own CODE frames with the image's content, zero behind its end", () => {
        const process = start(3, 1);
        const expected = new Uint8Array(4 * PAGE_SIZE);
        expected.set(image);
        for (const cxy of [2, 0, 1]) {
            for (const vpn of pages(CODE)) {
                expect(process.fault(cxy, vpn, ACCESS_FETCH)).toBe(0);
                expect(process.home(cxy, vpn)).toBe(cxy);
                const at = (vpn - CODE.first) * PAGE_SIZE;
                expect(process.bytes(cxy, vpn)).toEqual(expected.slice(at, at + PAGE_SIZE));
                expect(process.entry(cxy, vpn)).toMatchObject({ read: true, write: false, execute: true });
            }
        }
        expectInvariants(process, [0, 1, 2]);
    });

    it("5.2: Z resolves its own miss on CODE before K copies it", () => {
        const process = start(2);
        process.fault(1, CODE.first, ACCESS_FETCH);
        expect(process.home(0, CODE.first)).toBe(0);
        expect(frames(VSEG_CODE)).toBe(2);
    });

    it("5.3: a STACK page lies in its own cluster and no message is sent for it", () => {
        const process = start(4, 2);
        for (const cxy of [0, 1, 2, 3]) {
            expect(process.fault(cxy, STACK.first + cxy, ACCESS_STORE)).toBe(0);
            expect(process.home(cxy, STACK.first + cxy)).toBe(cxy);
        }
        expect(machine.recorded(PROBE_RPC_SENT)).toEqual([]);
    });

    it.each([1, 2, 3, 4])(
        "2.1, 2.3, 5.4, I7: of %i clusters, VPN mod C is home, zeroed, and every entry equals Z's",
        (clusters) => {
            const process = start(clusters, clusters - 1);
            for (const vpn of [...pages(DATA), ...pages(HEAP)]) {
                for (const { cxy } of machine.instances) {
                    expect(process.fault(cxy, vpn, ACCESS_STORE)).toBe(0);
                    expect(process.home(cxy, vpn)).toBe(vpn % clusters);
                    expect(process.entry(cxy, vpn)).toMatchObject({
                        paddr: process.entry(process.z, vpn)?.paddr,
                        write: true,
                    });
                }
                expect(process.bytes(0, vpn).every((byte) => byte === 0)).toBe(true);
            }
            expectInvariants(
                process,
                machine.instances.map(({ cxy }) => cxy),
            );
        },
    );

    it("5.4: initialised DATA is filled at any alignment, the rest of its pages is zero", () => {
        const process = start(3);
        const vseg = { type: VSEG_DATA, first: 0x500, end: 0x503 };
        const content = { start: 0x500 * PAGE_SIZE + 0x123, bytes: image.slice(1, 0x1802) };
        process.addVseg(vseg, content);
        const expected = new Uint8Array(3 * PAGE_SIZE);
        expected.set(content.bytes, 0x123);
        for (const [i, vpn] of pages(vseg).entries()) {
            expect(process.fault(i, vpn, ACCESS_LOAD)).toBe(0);
            expect(process.bytes(i, vpn)).toEqual(expected.slice(i * PAGE_SIZE, (i + 1) * PAGE_SIZE));
        }
    });

    it("10: faults, frames and fetched entries are the formulas' when all touch everything, Z first", () => {
        const clusters = 4;
        const process = start(clusters);
        const code = pages(CODE);
        const shared = [...pages(DATA), ...pages(HEAP)];
        for (const { cxy } of machine.instances) {
            for (const vpn of code) process.fault(cxy, vpn, ACCESS_FETCH);
            for (const vpn of shared) process.fault(cxy, vpn, ACCESS_STORE);
        }
        const [p, d] = [code.length, shared.length];
        const faults = (how: number) =>
            machine.recorded(PROBE_FAULT, undefined, undefined, undefined, undefined, how).length;
        expect(faults(FAULT_LOCAL)).toBe(p + d);
        expect(faults(FAULT_THROUGH_Z)).toBe((clusters - 1) * (p + d));
        expect(faults(FAULT_SPURIOUS)).toBe(0);
        expect(frames(VSEG_CODE)).toBe(p * clusters);
        expect(frames(VSEG_DATA) + frames(VSEG_HEAP)).toBe(d);
        // Z has all of them: a public one is a leaf request, and CODE is read where it lies.
        expect([sent("RPC_TAKE_PAGE"), sent("RPC_GET_PAGE")]).toEqual([(clusters - 1) * d, 0]);
        expect(sent("RPC_GET_VSEG")).toBe(clusters - 1);
    });
});

describe("rights", () => {
    it.each([
        ["a write to CODE", CODE, ACCESS_STORE],
        ["execution of DATA", DATA, ACCESS_FETCH],
        ["execution of HEAP", HEAP, ACCESS_FETCH],
        ["execution of a STACK", STACK, ACCESS_FETCH],
    ])("5.8: %s is a segmentation fault, before and after the page is mapped, at Z and at K", (_what, vseg, access) => {
        const process = start(2);
        for (const cxy of [0, 1]) {
            expect(process.fault(cxy, vseg.first, access)).toBe(SIGSEGV);
            expect(process.entry(cxy, vseg.first)).toBeUndefined();
            expect(process.fault(cxy, vseg.first, ACCESS_LOAD)).toBe(0);
            expect(process.fault(cxy, vseg.first, access)).toBe(SIGSEGV);
        }
        expectInvariants(process, [0, 1]);
    });

    it("the fault's record names process, type, address and access", () => {
        const process = start(2);
        process.fault(1, HEAP.first + 1, ACCESS_STORE);
        const [record] = machine.recorded(PROBE_FAULT);
        expect(record?.hart).toBe(1);
        const vaddr = (HEAP.first + 1) * PAGE_SIZE;
        expect(record?.words.slice(1, 6)).toEqual([process.pid, VSEG_HEAP, vaddr, ACCESS_STORE, FAULT_THROUGH_Z]);
    });
});

describe("a bank without frames", () => {
    const fill = (cxy: number): (() => void) => {
        const bank = machine.at(cxy);
        const taken: number[] = [];
        for (let at = bank.call("ppm_alloc", 0, 8, 0); at !== 0; at = bank.call("ppm_alloc", 0, 8, 0)) taken.push(at);
        return () => {
            for (const at of taken) bank.call("ppm_free", at);
        };
    };

    it("5.7: the frame comes from the nearest cluster with room, and the spill is recorded", () => {
        const process = start(4);
        expect(process.fault(1, HEAP.first, ACCESS_STORE)).toBe(0);
        expect(process.fault(1, STACK.first, ACCESS_STORE)).toBe(0);
        const empty = fill(1);
        const page = HEAP.first + 1;
        expect(page % 4).toBe(1);
        expect(process.fault(0, page, ACCESS_STORE)).toBe(0);
        expect(process.home(0, page)).toBe(0);
        expect(process.fault(1, STACK.first + 1, ACCESS_STORE)).toBe(0);
        expect(process.home(1, STACK.first + 1)).toBe(0);
        expect(machine.recorded(PROBE_SPILL).map(({ words }) => words.slice(1, 4))).toEqual([
            [1, 0, VSEG_HEAP],
            [1, 0, VSEG_STACK],
        ]);
        empty();
    });

    it("5.7: without room anywhere the thread is killed; the page works once there is room", () => {
        const process = start(2);
        expect(process.fault(1, HEAP.first, ACCESS_STORE)).toBe(0);
        const room = [fill(0), fill(1)];
        for (const cxy of [0, 1]) expect(process.fault(cxy, HEAP.first + 1, ACCESS_STORE)).toBe(SIGKILL);
        expect(process.fault(1, STACK.first, ACCESS_STORE)).toBe(SIGKILL);
        expect(process.fault(1, CODE.first, ACCESS_FETCH)).toBe(SIGKILL);
        for (const empty of room) empty();
        for (const cxy of [0, 1]) expect(process.fault(cxy, HEAP.first + 1, ACCESS_STORE)).toBe(0);
        expect(process.fault(1, STACK.first, ACCESS_STORE)).toBe(0);
        expect(process.fault(1, CODE.first, ACCESS_FETCH)).toBe(0);
        expectInvariants(process, [0, 1]);
    });

    it("page tables lie in the bank of the cluster that uses them", () => {
        const process = start(3);
        for (const cxy of [0, 1, 2]) {
            process.fault(cxy, HEAP.first, ACCESS_STORE);
            for (const table of process.entry(cxy, HEAP.first)?.tables ?? []) {
                expect(Math.floor((table * PAGE_SIZE - BANK_BASE) / machine.bankSize)).toBe(cxy);
            }
        }
        for (const record of machine.recorded(PROBE_FRAME, undefined, undefined, FRAME_GPT)) {
            expect(record.words[1]).toBe(record.hart);
        }
    });
});
