/**
 * VMM(P,K) beyond faults: invalidation and its shootdown, pinned copies of user memory, and mmap at Z (vmm-policy 5.9,
 * 5.10, I8).
 */

import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { ACCESS_STORE } from "../../kernel/abi/access.ts";
import { EFAULT, EINVAL, ENOMEM } from "../../kernel/abi/errno.ts";
import { PROBE_RPC_SENT } from "../../kernel/abi/event.ts";
import { DSM_BASE, DSM_PAGES, PAGE_SIZE, USER_TOP } from "../../kernel/abi/memory-map.ts";
import { VSEG_CODE, VSEG_DATA, VSEG_HEAP } from "../../kernel/abi/vseg-type.ts";
import { type GuestModule, loadGuest } from "./harness/guest-module.ts";
import { expectInvariants } from "./harness/invariants.ts";
import { Machine } from "./harness/machine.ts";
import { TestProcess } from "./harness/test-process.ts";

const CODE = { type: VSEG_CODE, first: 0x10, end: 0x11 };
const DATA = { type: VSEG_DATA, first: 0x400, end: 0x404 };

let guest: GuestModule;
let machine: Machine;

beforeAll(async () => {
    guest = await loadGuest("system");
});
afterEach(() => machine.dispose());

function start(clusters: number, hartsPerCluster = 1): TestProcess {
    machine = new Machine(guest, { clusters, hartsPerCluster });
    const process = new TestProcess(machine, 0);
    process.addVseg(CODE);
    process.addVseg(DATA);
    process.attach(...machine.instances.slice(1).map(({ cxy }) => cxy));
    machine.records = [];
    return process;
}

describe("invalidation", () => {
    const invalidate = (process: TestProcess, vpn: number, pte = 0n) =>
        machine.at(0).wide("vmm_invalidate", process.address(0), vpn, pte);
    const inUser = (lid: number) => machine.at(0).field("hart_t", "in_user", machine.at(0).call("hart_address", lid));
    const enter = (process: TestProcess, lid: number) =>
        machine.at(0).call("vmm_enter", process.address(0), machine.at(0).call("hart_address", lid));

    it("gives the old entry and unmaps the page, or leaves the rights it is told to leave", () => {
        const process = start(1);
        for (const vpn of [DATA.first, DATA.first + 1]) process.fault(0, vpn, ACCESS_STORE);
        const pte = process.entry(0, DATA.first)?.pte ?? 0n;
        expect(invalidate(process, DATA.first)).toBe(pte);
        expect(process.entry(0, DATA.first)).toBeUndefined();
        const W = 4n;
        invalidate(process, DATA.first + 1, (process.entry(0, DATA.first + 1)?.pte ?? 0n) & ~W);
        expect(process.entry(0, DATA.first + 1)).toMatchObject({ read: true, write: false });
    });

    it("5.9: waits for the harts that run the process, and for no other", () => {
        const process = start(1, 3);
        const other = new TestProcess(machine, 0);
        process.fault(0, DATA.first, ACCESS_STORE);
        enter(process, 1);
        enter(other, 2);
        const interrupted: number[] = [];
        machine.onWait = () => {
            for (const lid of machine.at(0).pending) {
                interrupted.push(lid);
                machine.at(0).call("vmm_leave", machine.at(0).call("hart_address", lid));
            }
        };
        invalidate(process, DATA.first);
        expect(interrupted).toEqual([1]);
        expect(inUser(2)).toBe(other.address(0));
    });

    it("5.9: a hart that flushed and is back in user mode before anyone looks is not waited for", () => {
        const process = start(1, 2);
        process.fault(0, DATA.first, ACCESS_STORE);
        enter(process, 1);
        machine.onWait = () => {
            if (!machine.at(0).pending.has(1)) return;
            machine.at(0).call("vmm_leave", machine.at(0).call("hart_address", 1));
            enter(process, 1);
        };
        expect(() => invalidate(process, DATA.first)).not.toThrow();
        expect(machine.at(0).flushed).toHaveLength(2);
    });

    it("5.9: every hart flushes the process's ASID once before it runs user code again", () => {
        const process = start(1, 2);
        process.fault(0, DATA.first, ACCESS_STORE);
        for (const lid of [0, 1]) enter(process, lid);
        for (const lid of [0, 1]) machine.at(0).call("vmm_leave", machine.at(0).call("hart_address", lid));
        machine.at(0).flushed.length = 0;
        invalidate(process, DATA.first);
        for (const lid of [0, 1, 0, 1]) enter(process, lid);
        const asid = BigInt.asUintN(16, process.satp(0) >> 44n);
        expect(machine.at(0).flushed).toEqual([asid, asid]);
    });

    it("5.10: waits until no kernel copy has the process's pages pinned", () => {
        const process = start(1);
        process.fault(0, DATA.first, ACCESS_STORE);
        machine.at(0).call("vmm_pin", process.address(0));
        let steps = 0;
        machine.onWait = () => {
            if (++steps === 20) machine.at(0).call("vmm_unpin", process.address(0));
        };
        invalidate(process, DATA.first);
        expect(steps).toBe(20);
    });
});

describe("copies of user memory", () => {
    const bytes = Uint8Array.from({ length: 2 * PAGE_SIZE }, (_, i) => (i * 13) & 0xff);

    /** Copies between user address and a kernel buffer of `cxy`. */
    function copy(
        process: TestProcess,
        direction: "copy_from_user" | "copy_to_user",
        user: number,
        count: number,
        cxy: number,
    ) {
        const instance = machine.at(cxy);
        const buffer = instance.call("ppm_alloc", 1, 8, 0);
        const view = new Uint8Array(instance.view.buffer, buffer, 2 * PAGE_SIZE);
        if (direction === "copy_to_user") view.set(bytes);
        const places = direction === "copy_from_user" ? [buffer, BigInt(user)] : [BigInt(user), buffer];
        const result = instance.call(direction, process.address(cxy), ...places, count);
        const copied = view.slice(0, count);
        instance.call("ppm_free", buffer);
        return { result, copied };
    }

    it("5.10: go over pages of different clusters, faulting them in, and pin nothing afterwards", () => {
        const process = start(3);
        const user = DATA.first * PAGE_SIZE + PAGE_SIZE - 100;
        expect(copy(process, "copy_to_user", user, PAGE_SIZE + 200, 1).result).toBe(0);
        const read = copy(process, "copy_from_user", user, PAGE_SIZE + 200, 2);
        expect(read.result).toBe(0);
        expect(read.copied).toEqual(bytes.slice(0, PAGE_SIZE + 200));
        for (const cxy of [1, 2]) expect(machine.at(cxy).field("process_t", "pins", process.address(cxy))).toBe(0);
        expectInvariants(process, [0, 1, 2]);
    });

    it("5.10: a pointer without the right, outside of vsegs or beyond user space gives EFAULT", () => {
        const process = start(2);
        for (const cxy of [0, 1]) {
            expect(copy(process, "copy_to_user", CODE.first * PAGE_SIZE, 4, cxy).result).toBe(-EFAULT);
            expect(copy(process, "copy_from_user", DATA.end * PAGE_SIZE - 4, 8, cxy).result).toBe(-EFAULT);
            expect(copy(process, "copy_from_user", USER_TOP - 4, 8, cxy).result).toBe(-EFAULT);
            expect(copy(process, "copy_from_user", 2 ** 44 + DATA.first * PAGE_SIZE, 8, cxy).result).toBe(-EFAULT);
            expect(copy(process, "copy_from_user", 0, 1, cxy).result).toBe(-EFAULT);
            expect(copy(process, "copy_from_user", 0, 0, cxy).result).toBe(0);
        }
    });
});

const PROT_READ_WRITE = 3;

describe("mmap", () => {
    const map = (process: TestProcess, cxy: number, bytes: number | bigint) =>
        machine.at(cxy).wide("heap_map", process.address(cxy), BigInt(bytes), PROT_READ_WRITE);
    const error = (number: number) => BigInt.asUintN(64, BigInt(-number));

    it("1.3, 3, I3, I8: registers whole pages at Z and nowhere else, whoever calls, without overlap", () => {
        const process = start(3);
        const starts = [2, 0, 1].map((cxy) => Number(map(process, cxy, PAGE_SIZE + 1)));
        expect(new Set(starts).size).toBe(3);
        const heaps = process.vsl(0).filter(({ type }) => type === VSEG_HEAP);
        expect(heaps.map(({ first, end }) => [first * PAGE_SIZE, end - first])).toEqual(
            starts.sort((a, b) => a - b).map((at) => [at, 2]),
        );
        for (const cxy of [1, 2]) expect(process.vsl(cxy)).toEqual([CODE, DATA]);
        expect(machine.recorded(PROBE_RPC_SENT, 0, machine.at(0).constant("RPC_MMAP"))).toHaveLength(2);
    });

    it("6.3: keeps between the program and the stacks, clear of the sm_* region", () => {
        const process = start(1);
        const [region, end] = [DSM_BASE, DSM_BASE + DSM_PAGES * PAGE_SIZE];
        for (const bytes of [0x18000000, 0xc000000, 0x4000000]) {
            const at = Number(map(process, 0, bytes));
            expect(at + bytes <= region || at >= end, at.toString(16)).toBe(true);
            expect(at).toBeGreaterThan(DATA.end * PAGE_SIZE);
        }
    });

    it("refuses zero bytes and more than there is", () => {
        const process = start(2);
        for (const cxy of [0, 1]) {
            expect(map(process, cxy, 0)).toBe(error(EINVAL));
            expect(map(process, cxy, 0x20000000)).toBe(error(ENOMEM));
            expect(map(process, cxy, 2n ** 63n)).toBe(error(ENOMEM));
        }
        expect(process.vsl(0)).toEqual([CODE, DATA]);
    });
});
