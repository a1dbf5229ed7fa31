/** Holds on a process's descriptor: what is held is not closed, what is closed is found by nobody (vmm-policy 5.9.1). */

import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { ACCESS_STORE } from "../../kernel/abi/access.ts";
import { PAGE_SIZE } from "../../kernel/abi/memory-map.ts";
import { ENDING } from "../../kernel/abi/signal.ts";
import { VSEG_CODE, VSEG_DATA, VSEG_HEAP } from "../../kernel/abi/vseg-type.ts";
import { type GuestModule, loadGuest } from "./harness/guest-module.ts";
import { Machine } from "./harness/machine.ts";
import { TestProcess } from "./harness/test-process.ts";

const CODE = { type: VSEG_CODE, first: 0x10, end: 0x11 };
const DATA = { type: VSEG_DATA, first: 0x400, end: 0x404 };
const HEAP = { type: VSEG_HEAP, first: 0x800, end: 0x804 };

let guest: GuestModule;
let machine: Machine;

beforeAll(async () => {
    guest = await loadGuest("system");
});
afterEach(() => machine.dispose());

function start(clusters: number): TestProcess {
    machine = new Machine(guest, { clusters });
    const process = new TestProcess(machine, 0);
    for (const vseg of [CODE, DATA, HEAP]) process.addVseg(vseg);
    machine.records = [];
    return process;
}

const holds = (cxy: number, address: number) => machine.at(cxy).field("process_t", "holds", address);

describe("5.9.1: a process that is held", () => {
    it("is not closed until each holder has released it", () => {
        const { pid } = start(1);
        const kernel = machine.at(0);
        const address = kernel.call("process_hold", pid);
        expect(kernel.call("process_hold", pid)).toBe(address);
        expect([holds(0, address), kernel.call("process_close", address, 0)]).toEqual([2, 0]);
        expect(kernel.call("process_close", address, 1)).toBe(0);
        kernel.call("process_release", address);
        expect(kernel.call("process_close", address, 0)).toBe(0);
        expect(kernel.call("process_hold", pid)).toBe(address);
        kernel.call("process_release", address);
        kernel.call("process_release", address);
        expect(kernel.call("process_close", address, 0)).toBe(1);
    });

    it("is closed by its only holder", () => {
        const { pid } = start(1);
        const address = machine.at(0).call("process_hold", pid);
        expect(machine.at(0).call("process_close", address, 1)).toBe(1);
        expect(holds(0, address)).toBe(0);
    });

    it("is waited for by who closes it", () => {
        const { pid } = start(1);
        const kernel = machine.at(0);
        const address = kernel.call("process_hold", pid);
        let steps = 0;
        machine.onWait = () => {
            if (++steps === 20) kernel.call("process_release", address);
        };
        kernel.call("process_shut", address, 0);
        expect(steps).toBe(20);
        expect(kernel.call("process_hold", pid)).toBe(0);
    });
});

describe("5.9.1: a process that is closed", () => {
    function closed(clusters: number): TestProcess & { readonly closedAt: number } {
        const process = start(clusters);
        const closedAt = process.address(0);
        expect(machine.at(0).call("process_close", closedAt, 0)).toBe(1);
        return Object.assign(process, { closedAt });
    }

    it("is found by nobody, keeps its PID until it is removed, and is removed once", () => {
        const { pid, closedAt } = closed(1);
        const kernel = machine.at(0);
        expect([kernel.call("process_hold", pid), kernel.call("process_exists", pid)]).toEqual([0, 1]);
        expect(new TestProcess(machine, 0).pid).not.toBe(pid);
        kernel.call("process_dismantle", closedAt);
        expect(kernel.call("process_exists", pid)).toBe(0);
        expect(() => kernel.call("process_remove", closedAt)).toThrow(/not in its slot/);
    });

    it("is attached by no cluster, and leaves nothing there", () => {
        const { pid } = closed(2);
        const kernel = machine.at(1);
        const free = kernel.call("ppm_free_frames");
        expect(kernel.call("process_attach", pid, 0)).toBe(0);
        expect([kernel.call("process_exists", pid), kernel.call("ppm_free_frames")]).toEqual([0, free]);
    });

    it("answers the faults of its copies that it is ending", () => {
        const process = start(2);
        process.attach(1);
        machine.at(0).call("process_close", process.address(0), 0);
        const data = BigInt(DATA.first * PAGE_SIZE);
        expect(machine.at(1).call("fault_resolve", process.address(1), data, ACCESS_STORE)).toBe(ENDING);
    });

    it("is removed by nobody before it is closed", () => {
        const process = start(1);
        expect(() => machine.at(0).call("process_remove", process.address(0))).toThrow(/not closed/);
    });
});

describe("5.9.1: a copy of a process", () => {
    it("is held by who attached it, once for each that did", () => {
        const { pid } = start(2);
        const kernel = machine.at(1);
        const address = kernel.call("process_attach", pid, 0);
        expect(holds(1, address)).toBe(1);
        expect(kernel.call("process_attach", pid, 0)).toBe(address);
        expect([holds(1, address), kernel.call("process_close", address, 1)]).toEqual([2, 0]);
        kernel.call("process_release", address);
        expect(kernel.call("process_close", address, 1)).toBe(1);
    });

    it("lets go of the reference descriptor when a request is through", () => {
        const process = start(3);
        process.attach(1, 2);
        for (const cxy of [1, 2, 0]) expect(process.fault(cxy, HEAP.first, ACCESS_STORE)).toBe(0);
        for (const cxy of [0, 1, 2]) expect(holds(cxy, process.address(cxy))).toBe(0);
    });
});
