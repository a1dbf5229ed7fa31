/**
 * Changes of a virtual space and what waits for them: one at a time, requests parked and begun anew in order, ended by number, in bounded
 * pieces; vsegs by value (vmm-policy 5.9.2, 5.9.4, 5.9.5, 5.9.7, 5.9.9).
 */

import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { ACCESS_LOAD, ACCESS_STORE } from "../../kernel/abi/access.ts";
import { BI_POLICY_REGISTRATION } from "../../kernel/abi/boot-info.ts";
import { EINVAL, ENOMEM } from "../../kernel/abi/errno.ts";
import { PROBE_FAULT, PROBE_RPC_SENT } from "../../kernel/abi/event.ts";
import { KENTRY_TEXT_VADDR, PAGE_SIZE } from "../../kernel/abi/memory-map.ts";
import { REGISTRATION_LAZY } from "../../kernel/abi/policy.ts";
import { SIGSEGV } from "../../kernel/abi/signal.ts";
import { VSEG_CODE, VSEG_DATA, VSEG_HEAP, VSEG_STACK } from "../../kernel/abi/vseg-type.ts";
import { type GuestModule, loadGuest } from "./harness/guest-module.ts";
import { expectInvariants } from "./harness/invariants.ts";
import { Machine } from "./harness/machine.ts";
import { TestProcess } from "./harness/test-process.ts";
import { whileWaiting } from "./harness/while-waiting.ts";

const CODE = { type: VSEG_CODE, first: 0x10, end: 0x11 };
const DATA = { type: VSEG_DATA, first: 0x400, end: 0x404 };
const HEAP = { type: VSEG_HEAP, first: 0x800, end: 0x808 };
const [PROT_READ, PROT_READ_WRITE] = [1, 3];

let guest: GuestModule;
let machine: Machine;

beforeAll(async () => {
    guest = await loadGuest("system");
});
afterEach(() => machine.dispose());

function start(clusters: number, policies: Readonly<Record<number, number>> = {}): TestProcess {
    machine = new Machine(guest, { clusters, policies, bankShift: 21 });
    return made();
}

/** A process whose Z is cluster 0, attached nowhere else. */
function made(): TestProcess {
    const process = new TestProcess(machine, 0);
    for (const vseg of [CODE, DATA, HEAP]) process.addVseg(vseg);
    machine.records = [];
    return process;
}

const enter = (process: TestProcess) => machine.at(process.z).call("structure_enter", process.address(process.z), 0n);
const leave = (process: TestProcess) => machine.at(process.z).call("structure_leave", process.address(process.z));
const unmap = (process: TestProcess, first: number, pages: number, cxy = process.z) =>
    Number(
        BigInt.asIntN(
            64,
            machine.at(cxy).wide("munmap", process.address(cxy), BigInt(first * PAGE_SIZE), BigInt(pages * PAGE_SIZE)),
        ),
    );
const protect = (process: TestProcess, first: number, pages: number, prot: number, cxy = process.z) =>
    machine.at(cxy).wide("mprotect", process.address(cxy), BigInt(first * PAGE_SIZE), BigInt(pages * PAGE_SIZE), prot);
const sent = (op: string) => machine.recorded(PROBE_RPC_SENT, undefined, machine.at(0).constant(op)).length;
const error = (number: number) => BigInt.asUintN(64, BigInt(-number));

/** The process is frozen as for a fork. */
function freeze(process: TestProcess): void {
    enter(process);
    machine.at(process.z).call("structure_share", process.address(process.z));
}

describe("5.9.4: a request that meets a change", () => {
    it("is parked: four clusters' wait, and the servers of their level serve another process's", () => {
        const frozen = start(6);
        const other = made();
        frozen.attach(1, 2, 3, 4);
        other.attach(5);
        freeze(frozen);
        const answers: number[] = [];
        const faults = [2, 3, 4].map((cxy) => () => {
            answers.push(frozen.fault(cxy, HEAP.first, ACCESS_STORE));
        });
        let served = -1;
        whileWaiting(
            machine,
            ...faults,
            () => {
                served = other.fault(5, HEAP.first, ACCESS_STORE);
                expect(answers).toEqual([]);
            },
            () => leave(frozen),
        );
        answers.push(frozen.fault(1, HEAP.first, ACCESS_STORE));
        expect([served, ...answers]).toEqual([0, 0, 0, 0, 0]);
        expectInvariants(frozen, [0, 1, 2, 3, 4]);
    });

    it.each(["munmap", "mprotect"])("is begun anew, and only then: %s of another cluster", (call) => {
        const process = start(2);
        process.attach(1);
        process.fault(1, HEAP.first, ACCESS_STORE);
        enter(process);
        let before = 0;
        whileWaiting(machine, () => {
            before = process.vsl(0).filter(({ type }) => type === VSEG_HEAP).length;
            expect(process.entry(0, HEAP.first)?.write).toBe(true);
            leave(process);
        });
        const result =
            call === "munmap"
                ? unmap(process, HEAP.first, 4, 1)
                : Number(protect(process, HEAP.first, 4, PROT_READ, 1));
        expect([result, before]).toEqual([0, 1]);
        expect(process.entry(0, HEAP.first)?.write ?? false).toBe(false);
        expectInvariants(process, [0, 1]);
    });

    it("of a thread waits too, and goes on when the change has ended", () => {
        const process = start(1);
        freeze(process);
        let ended = false;
        whileWaiting(machine, () => {
            ended = true;
            leave(process);
        });
        expect(process.fault(0, DATA.first, ACCESS_STORE)).toBe(0);
        expect(ended).toBe(true);
    });

    it("does not wait when its vseg has no part in the change", () => {
        const process = start(2);
        process.attach(1);
        freeze(process);
        process.addVseg({ type: VSEG_HEAP, first: 0x900, end: 0x901 });
        expect(process.fault(1, 0x900, ACCESS_STORE)).toBe(0);
        leave(process);
    });
});

describe("5.9.2: a change", () => {
    it("waits until no fault on its vsegs is under way", () => {
        const process = start(1);
        process.fault(0, HEAP.first + 1, ACCESS_STORE);
        const slot = machine.at(0).call("vmm_mark_busy", process.address(0), HEAP.first + 1, 0);
        let waited = false;
        whileWaiting(machine, () => {
            waited = true;
            expect(process.vsl(0)).toContainEqual(HEAP);
            machine.at(0).call("vmm_unmark_busy", process.address(0), slot, 0n);
        });
        expect(unmap(process, HEAP.first, HEAP.end - HEAP.first)).toBe(0);
        expect(waited).toBe(true);
        expect(process.vsl(0)).not.toContainEqual(HEAP);
    });

    it("of an ending stack waits for faults on it, and for no other change's end but its VMM's", () => {
        const process = start(2);
        process.attach(1);
        process.addVseg({ type: VSEG_STACK, first: 0x3fff0, end: 0x40000 }, undefined, 1);
        process.fault(1, 0x3fff4, ACCESS_STORE);
        enter(process);
        machine.at(1).call("structure_drop_stack", process.address(1), 0x3fff0, 0x40000);
        expect(process.vsl(1).some(({ type }) => type === VSEG_STACK)).toBe(false);
        expect(process.entry(1, 0x3fff4)).toBeUndefined();
        leave(process);
    });

    it("leaves no entry of a page without vseg: the fault finds none", () => {
        const process = start(2);
        process.attach(1);
        process.fault(1, HEAP.first, ACCESS_STORE);
        expect(unmap(process, HEAP.first, HEAP.end - HEAP.first)).toBe(0);
        for (const cxy of [0, 1]) expect(process.fault(cxy, HEAP.first, ACCESS_LOAD)).toBe(SIGSEGV);
        expectInvariants(process, [0, 1]);
    });

    it("6.1: of kentry is refused, alone or with its neighbours", () => {
        const process = start(1);
        machine.at(0).call("process_kentry", process.address(0));
        const page = KENTRY_TEXT_VADDR / PAGE_SIZE;
        for (const [first, pages] of [
            [page, 1],
            [page + 1, 1],
            [page - 1, 4],
            [0, 0x400],
        ] as const) {
            expect(unmap(process, first, pages)).toBe(-EINVAL);
        }
        expect(protect(process, page, 1, PROT_READ_WRITE)).toBe(error(ENOMEM));
    });
});

describe("5.9.5: the end of a change", () => {
    it("ends it for all of its vsegs, by its number: their marks stay", () => {
        const process = start(1);
        freeze(process);
        const marks = () => {
            const kernel = machine.at(0);
            const found: number[] = [];
            for (
                let at = kernel.field("process_t", "vsegs", process.address(0));
                at !== 0;
                at = kernel.field("vseg_t", "next", at)
            ) {
                found.push(kernel.field("vseg_t", "busy", at));
            }
            return found;
        };
        const before = marks();
        expect(before.filter(Boolean)).toHaveLength(2);
        leave(process);
        expect(marks()).toEqual(before);
        expect(process.fault(0, HEAP.first, ACCESS_STORE)).toBe(0);
    });
});

describe("5.9.7: a vseg that goes to another cluster", () => {
    const FIELDS = ["type", "first_vpn", "end_vpn", "content_start", "content_end", "cxy", "file_page"] as const;
    const fields = (process: TestProcess, cxy: number, first: number) => {
        const kernel = machine.at(cxy);
        for (
            let at = kernel.field("process_t", "vsegs", process.address(cxy));
            at !== 0;
            at = kernel.field("vseg_t", "next", at)
        ) {
            if (kernel.field("vseg_t", "first_vpn", at) !== first) continue;
            const wide = ["rights", "content", "file"].map((name) => kernel.wideField("vseg_t", name, at));
            return [...FIELDS.map((name) => kernel.field("vseg_t", name, at)), ...wide];
        }
        return undefined;
    };
    const content = { start: 0x500 * PAGE_SIZE + 40, bytes: Uint8Array.of(1, 2, 3, 4) };

    it.each(["first-thread", "lazy"])("has all its fields there, registration %s", (how) => {
        const process = start(2, how === "lazy" ? { [BI_POLICY_REGISTRATION]: REGISTRATION_LAZY } : {});
        process.addVseg({ type: VSEG_DATA, first: 0x500, end: 0x502 }, content);
        process.attach(1);
        process.fault(1, 0x500, ACCESS_LOAD);
        expect(fields(process, 1, 0x500)).toEqual(fields(process, 0, 0x500));
    });

    it.each(["first-thread", "lazy"])("has the rights of now, and hears of later changes, registration %s", (how) => {
        const process = start(3, how === "lazy" ? { [BI_POLICY_REGISTRATION]: REGISTRATION_LAZY } : {});
        expect(protect(process, DATA.first + 1, 1, PROT_READ)).toBe(0n);
        process.attach(1, 2);
        expect(process.fault(1, DATA.first + 1, ACCESS_STORE)).toBe(SIGSEGV);
        expect(process.fault(1, DATA.first, ACCESS_STORE)).toBe(0);
        expect(protect(process, DATA.first, 1, PROT_READ, 2)).toBe(0n);
        expect(process.fault(1, DATA.first, ACCESS_STORE)).toBe(SIGSEGV);
        expectInvariants(process, [0, 1, 2]);
    });

    it("comes with as many others as a buffer takes, until one that a change has", () => {
        const process = start(2);
        const each = Array.from({ length: 20 }, (_, i) => ({
            type: VSEG_DATA,
            first: 0x500 + 2 * i,
            end: 0x501 + 2 * i,
        }));
        for (const vseg of each) process.addVseg(vseg);
        process.attach(1);
        expect(process.vsl(1)).toEqual(process.vsl(0).filter(({ type }) => type !== VSEG_HEAP));
        // CODE, DATA and the 20, nine at a time.
        expect(sent("RPC_ATTACH_VSEGS")).toBe(3);
    });

    it("is asked for again when it has changed on the way", () => {
        const process = start(2);
        const number = machine.at(0).constant("RPC_ATTACH_VSEGS");
        let changed = false;
        machine.onProbe = ({ words }) => {
            if (changed || words[0] !== PROBE_RPC_SENT || words[2] !== number) return;
            changed = true;
            expect(unmap(process, DATA.first + 1, 1)).toBe(0);
        };
        process.attach(1);
        machine.onProbe = () => {};
        expect(changed).toBe(true);
        expectInvariants(process, [0, 1]);
        expect(process.vsl(1)).toEqual(process.vsl(0).filter(({ type }) => type !== VSEG_HEAP));
    });
});

describe("5.9.9: work that a user sizes", () => {
    it("is done in pieces: a sharer is told of each alone", () => {
        const process = start(2);
        const step = machine.at(0).constant("STEP");
        const first = 0x1000;
        process.addVseg({ type: VSEG_HEAP, first, end: first + 2 * step + 1 });
        process.attach(1);
        for (const vpn of [first, first + step, first + 2 * step]) process.fault(1, vpn, ACCESS_STORE);
        machine.records = [];
        expect(unmap(process, first, 2 * step + 1)).toBe(0);
        expect(sent("RPC_INVALIDATE_RANGE")).toBe(3);
        expect(machine.recorded(PROBE_FAULT)).toEqual([]);
        for (const vpn of [first, first + step, first + 2 * step]) expect(process.entry(1, vpn)).toBeUndefined();
    });

    it("ends at a number of vsegs: the last one is there, the next one is refused, and one gone makes room for one", () => {
        const process = start(1);
        const most = machine.at(0).constant("VSEGS_MAX");
        const map = () => {
            const kernel = machine.at(0);
            return kernel.wide("heap_map", process.address(0), BigInt(PAGE_SIZE), PROT_READ_WRITE);
        };
        let last = 0n;
        for (let count = machine.at(0).field("process_t", "vseg_count", process.address(0)); count < most; count++)
            last = map();
        expect(last).toBeLessThan(2n ** 32n);
        for (let twice = 0; twice < 2; twice++) {
            expect(map()).toBe(error(ENOMEM));
            expect(unmap(process, Number(last) / PAGE_SIZE, 1)).toBe(0);
            expect(map()).toBe(last);
        }
    });
});
