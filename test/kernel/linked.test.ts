/**
 * gpt: reference (vmm-policy 9): the heap zone has Z's leaf tables only, which replicas link. What the hardware finds is read by the
 * harness's own walker.
 */

import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { ACCESS_LOAD, ACCESS_STORE } from "../../kernel/abi/access.ts";
import { BI_POLICY_GPT } from "../../kernel/abi/boot-info.ts";
import { PROBE_FAULT, PROBE_FRAME, PROBE_RPC_SENT } from "../../kernel/abi/event.ts";
import { FAULT_LOCAL, FAULT_SPURIOUS, FAULT_THROUGH_Z } from "../../kernel/abi/fault.ts";
import { BANK_BASE, PAGE_SIZE } from "../../kernel/abi/memory-map.ts";
import { GPT_REFERENCE } from "../../kernel/abi/policy.ts";
import { FRAME_GPT, VSEG_DATA, VSEG_HEAP } from "../../kernel/abi/vseg-type.ts";
import { type GuestModule, loadGuest } from "./harness/guest-module.ts";
import { expectInvariants } from "./harness/invariants.ts";
import { Machine } from "./harness/machine.ts";
import { TestProcess } from "./harness/test-process.ts";

const DATA = { type: VSEG_DATA, first: 0x400, end: 0x404 };
/** Two vsegs behind one level-1 entry, and one behind another. */
const HEAP = { type: VSEG_HEAP, first: 0x800, end: 0x806 };
const BESIDE = { type: VSEG_HEAP, first: 0x806, end: 0x808 };
const FAR = { type: VSEG_HEAP, first: 0xa00, end: 0xa02 };

let guest: GuestModule;
let machine: Machine;

beforeAll(async () => {
    guest = await loadGuest("system");
});
afterEach(() => machine.dispose());

function start(clusters: number, hartsPerCluster = 1): TestProcess {
    machine = new Machine(guest, { clusters, hartsPerCluster, policies: { [BI_POLICY_GPT]: GPT_REFERENCE } });
    const process = new TestProcess(machine, 0);
    process.addVseg(DATA);
    process.attach(...machine.instances.slice(1).map(({ cxy }) => cxy));
    for (const vseg of [HEAP, BESIDE, FAR]) process.addVseg(vseg);
    machine.records = [];
    return process;
}

const sent = (op: string) => machine.recorded(PROBE_RPC_SENT, undefined, machine.at(0).constant(op)).length;
const how = (kind: number) => machine.recorded(PROBE_FAULT, undefined, undefined, undefined, undefined, kind).length;
const tablesOf = (process: TestProcess, cxy: number, vpn: number) => process.entry(cxy, vpn)?.tables ?? [];
const bankOf = (table = 0) => Math.floor((table * PAGE_SIZE - BANK_BASE) / machine.bankSize);
const generation = (process: TestProcess, cxy: number) =>
    machine.at(cxy).field("process_t", "tlb_generation", process.address(cxy));

describe("9: gpt reference, faults", () => {
    it("K walks its own root and level-1 table, then Z's leaf table for the heap zone and its own for the rest", () => {
        const process = start(3);
        for (const vpn of [HEAP.first, DATA.first]) expect(process.fault(2, vpn, ACCESS_STORE)).toBe(0);
        expect(tablesOf(process, 2, HEAP.first).map(bankOf)).toEqual([2, 2, 0]);
        expect(tablesOf(process, 2, DATA.first).map(bankOf)).toEqual([2, 2, 2]);
        expect(tablesOf(process, 2, HEAP.first)[2]).toBe(tablesOf(process, 0, HEAP.first)[2]);
        expect(machine.recorded(PROBE_FRAME, 2, undefined, FRAME_GPT, process.pid)).toHaveLength(1);
        expectInvariants(process, [0, 1, 2]);
    });

    it("what Z maps behind a link K sees at once, without fault or request; behind no link it does not", () => {
        const process = start(2);
        process.fault(1, HEAP.first, ACCESS_LOAD);
        machine.records = [];
        for (const vpn of [HEAP.first + 1, BESIDE.first, FAR.first]) process.fault(0, vpn, ACCESS_STORE);
        for (const vpn of [HEAP.first + 1, BESIDE.first])
            expect(process.entry(1, vpn)).toEqual({ ...process.entry(0, vpn), tables: expect.anything() });
        expect(process.entry(1, FAR.first)).toBeUndefined();
        expect([how(FAULT_LOCAL), sent("RPC_GET_PAGE")]).toEqual([3, 0]);
    });

    it("a miss in K makes the page at Z, one request each, and is spurious when Z has it by then", () => {
        const process = start(2);
        for (const vpn of [HEAP.first, HEAP.first + 1]) process.fault(1, vpn, ACCESS_STORE);
        expect([how(FAULT_THROUGH_Z), sent("RPC_GET_PAGE"), sent("RPC_GET_VSEG")]).toEqual([2, 2, 1]);
        process.fault(0, HEAP.first + 2, ACCESS_STORE);
        expect(process.fault(1, HEAP.first + 2, ACCESS_STORE)).toBe(0);
        expect([how(FAULT_SPURIOUS), sent("RPC_GET_PAGE")]).toEqual([1, 2]);
    });

    it("the kernel copies user memory behind a link", () => {
        const process = start(2);
        process.fault(1, HEAP.first, ACCESS_STORE);
        process.fault(0, BESIDE.first, ACCESS_STORE);
        process.bytes(0, BESIDE.first).fill(7);
        const buffer = machine.at(1).call("ppm_alloc", 0, 8, 0);
        const done = machine
            .at(1)
            .call("copy_from_user", process.address(1), buffer, BigInt(BESIDE.first * PAGE_SIZE), PAGE_SIZE);
        expect(done).toBe(0);
        expect(new Uint8Array(machine.at(1).view.buffer, buffer, PAGE_SIZE).every((byte) => byte === 7)).toBe(true);
    });
});

describe("9: gpt reference, removals (5.9)", () => {
    /** What happens, in order: who is told with `op`, and frames of HEAP that are freed; each with `look`'s answer. */
    function watch<T>(op: string, look: () => T): [string, T][] {
        const seen: [string, T][] = [];
        machine.onProbe = ({ words }) => {
            if (words[0] === PROBE_RPC_SENT && words[2] === machine.at(0).constant(op))
                seen.push([`tell ${words[3]}`, look()]);
            if (words[0] === PROBE_FRAME && words[3] === VSEG_HEAP && words[5] === 0) seen.push(["free", look()]);
        };
        return seen;
    }

    it("munmap takes the entry, empties the TLBs behind every link, also where the vseg is unknown, then frees", () => {
        const process = start(4);
        for (const cxy of [1, 3]) process.fault(cxy, HEAP.first, ACCESS_STORE);
        process.fault(0, BESIDE.first, ACCESS_STORE);
        expect(process.vsl(1)).not.toContainEqual(BESIDE);
        const before = [1, 2, 3].map((cxy) => generation(process, cxy));
        const seen = watch("RPC_INVALIDATE_RANGE", () => [
            process.entry(1, BESIDE.first) === undefined,
            ...[1, 2, 3].map((cxy, i) => generation(process, cxy) - (before[i] ?? 0)),
        ]);
        expect(
            machine.at(0).wide("munmap", process.address(0), BigInt(BESIDE.first * PAGE_SIZE), BigInt(PAGE_SIZE)),
        ).toBe(0n);
        expect(seen).toEqual([
            ["tell 1", [true, 0, 0, 0]],
            ["tell 2", [true, 1, 0, 0]],
            ["tell 3", [true, 1, 0, 0]],
            ["free", [true, 1, 0, 1]],
        ]);
        expect(process.entry(1, HEAP.first)).toBeDefined();
    });

    it("mprotect leaves no right in any TLB before it returns, and gives rights back at the next fault", () => {
        const process = start(2);
        process.fault(1, HEAP.first, ACCESS_STORE);
        const before = generation(process, 1);
        const protect = (prot: number) =>
            machine.at(0).wide("mprotect", process.address(0), BigInt(HEAP.first * PAGE_SIZE), BigInt(PAGE_SIZE), prot);
        const seen = watch("RPC_INVALIDATE_RANGE", () => process.entry(1, HEAP.first)?.write);
        expect(protect(1)).toBe(0n);
        expect(seen).toEqual([["tell 1", false]]);
        expect(generation(process, 1)).toBe(before + 1);
        expect(process.fault(1, HEAP.first, ACCESS_STORE)).not.toBe(0);
        expect(protect(3)).toBe(0n);
        expect(process.fault(1, HEAP.first, ACCESS_STORE)).toBe(0);
        expect(process.entry(1, HEAP.first)?.write).toBe(true);
    });

    it("7.3: a copy-on-write fault of K unmaps the shared frame in the one entry before any sharer is told", () => {
        const process = start(3);
        for (const cxy of [1, 2]) process.fault(cxy, HEAP.first, ACCESS_STORE);
        const old = process.entry(0, HEAP.first);
        const ppn = BigInt((old?.paddr ?? 0) / PAGE_SIZE);
        machine.at(0).call("frame_share", ppn);
        machine.at(0).wide("vmm_invalidate", process.address(0), HEAP.first, (old?.pte ?? 0n) & ~4n);
        const before = [1, 2].map((cxy) => generation(process, cxy));
        const seen = watch("RPC_INVALIDATE", () => process.entry(2, HEAP.first) === undefined);
        expect(process.fault(1, HEAP.first, ACCESS_STORE)).toBe(0);
        expect(seen).toEqual([
            ["tell 1", true],
            ["tell 2", true],
        ]);
        const now = [0, 1, 2].map((cxy) => process.entry(cxy, HEAP.first)?.paddr);
        expect(new Set(now).size).toBe(1);
        expect(now[0]).not.toBe(old?.paddr);
        expect([1, 2].map((cxy) => generation(process, cxy))).toEqual(before.map((each) => each + 1));
        expect(process.entry(2, HEAP.first)?.write).toBe(true);
    });

    it("5.10: waits until no kernel copy in any linked cluster has pages pinned", () => {
        const process = start(2);
        process.fault(1, HEAP.first, ACCESS_STORE);
        machine.at(1).call("vmm_pin", process.address(1));
        let steps = 0;
        machine.onWait = () => {
            if (++steps === 20) machine.at(1).call("vmm_unpin", process.address(1));
        };
        machine.at(0).wide("munmap", process.address(0), BigInt(HEAP.first * PAGE_SIZE), BigInt(PAGE_SIZE));
        expect(steps).toBeGreaterThanOrEqual(20);
    });
});

it("9: gpt reference gives the heap zone whole level-1 entries: none is shared with the DSM region or the stacks", () => {
    const process = start(1);
    machine.at(0).setField("process_t", "heap_end", process.address(0), 0x3f100);
    const map = (pages: number) =>
        Number(BigInt.asIntN(64, machine.at(0).wide("heap_map", process.address(0), BigInt(pages * PAGE_SIZE), 3)));
    // Behind the 64 MiB of the break, to the DSM region, whose last page is 0x2fffe.
    expect(map(0x1bc00)).toBe(0x4400 * PAGE_SIZE);
    expect(map(0xf001)).toBeLessThan(0);
    expect(map(1)).toBe(0x30000 * PAGE_SIZE);
    expect(map(0xefff)).toBe(0x30001 * PAGE_SIZE);
    expect(map(1)).toBeLessThan(0);
});
