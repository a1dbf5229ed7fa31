/**
 * protocol: direct (vmm-policy 9): K reads VSL(P,Z) and GPT(P,Z) by itself, and a change at Z may come between any two of its loads.
 */

import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { ACCESS_FETCH, ACCESS_LOAD, ACCESS_STORE } from "../../kernel/abi/access.ts";
import { BI_POLICY_GPT, BI_POLICY_PROTOCOL } from "../../kernel/abi/boot-info.ts";
import { PROBE_FAULT, PROBE_RPC_SENT } from "../../kernel/abi/event.ts";
import { FAULT_THROUGH_Z } from "../../kernel/abi/fault.ts";
import { PAGE_SIZE } from "../../kernel/abi/memory-map.ts";
import { GPT_ON_DEMAND, GPT_REFERENCE, PROTOCOL_DIRECT } from "../../kernel/abi/policy.ts";
import { SIGSEGV } from "../../kernel/abi/signal.ts";
import { VSEG_CODE, VSEG_DATA, VSEG_HEAP } from "../../kernel/abi/vseg-type.ts";
import { type GuestModule, loadGuest } from "./harness/guest-module.ts";
import { expectInvariants } from "./harness/invariants.ts";
import { Machine } from "./harness/machine.ts";
import { TestProcess } from "./harness/test-process.ts";

const CODE = { type: VSEG_CODE, first: 0x10, end: 0x12 };
const DATA = { type: VSEG_DATA, first: 0x400, end: 0x404 };
const LOW = { type: VSEG_HEAP, first: 0x700, end: 0x701 };
const HEAP = { type: VSEG_HEAP, first: 0x800, end: 0x806 };
const RIGHTS_READ = 1;

let guest: GuestModule;
let machine: Machine;

beforeAll(async () => {
    guest = await loadGuest("system");
});
afterEach(() => machine.dispose());

function start(clusters: number, gpt = GPT_ON_DEMAND): TestProcess {
    const policies = { [BI_POLICY_PROTOCOL]: PROTOCOL_DIRECT, [BI_POLICY_GPT]: gpt };
    machine = new Machine(guest, { clusters, policies });
    const process = new TestProcess(machine, 0);
    process.addVseg(CODE);
    process.addVseg(DATA);
    process.attach(...machine.instances.slice(1).map(({ cxy }) => cxy));
    for (const vseg of [LOW, HEAP]) process.addVseg(vseg);
    machine.records = [];
    return process;
}

/** Opcodes of the requests sent since `start` or the last look. */
function requests(): string[] {
    const names = ["RPC_GET_PAGE", "RPC_GET_VSEG", "RPC_FRAME_ALLOC", "RPC_INVALIDATE", "RPC_INVALIDATE_RANGE"];
    const all = machine.recorded(PROBE_RPC_SENT).map(({ words }) => {
        return names.find((name) => machine.at(0).constant(name) === words[2]) ?? String(words[2]);
    });
    machine.records = [];
    return all;
}

const atZ = (process: TestProcess, call: string, vpn: number, pages: number, ...rest: number[]) =>
    machine.at(0).wide(call, process.address(0), BigInt(vpn * PAGE_SIZE), BigInt(pages * PAGE_SIZE), ...rest);

describe("9: protocol direct", () => {
    it("a fault of K on what Z has mapped sends nothing, but RPC_GET_VSEG once a vseg, which makes K a sharer", () => {
        const process = start(2);
        for (const vpn of [CODE.first, DATA.first, HEAP.first, HEAP.first + 1]) process.fault(0, vpn, ACCESS_LOAD);
        requests();
        expect(process.fault(1, CODE.first, ACCESS_FETCH)).toBe(0);
        expect(process.fault(1, DATA.first, ACCESS_STORE)).toBe(0);
        expect(machine.recorded(PROBE_FAULT, undefined, undefined, undefined, undefined, FAULT_THROUGH_Z)).toHaveLength(
            2,
        );
        expect(requests()).toEqual([]);
        for (const vpn of [HEAP.first, HEAP.first + 1]) process.fault(1, vpn, ACCESS_STORE);
        expect(requests()).toEqual(["RPC_GET_VSEG"]);
        expectInvariants(process, [0, 1]);
    });

    it("a page that Z has not mapped is asked for", () => {
        const process = start(2);
        expect(process.fault(1, HEAP.first, ACCESS_STORE)).toBe(0);
        expect(process.fault(1, DATA.first, ACCESS_STORE)).toBe(0);
        expect(requests()).toEqual(["RPC_GET_VSEG", "RPC_GET_PAGE", "RPC_GET_PAGE"]);
        expectInvariants(process, [0, 1]);
    });

    it("5.1: that there is no vseg K finds out by itself", () => {
        const process = start(2);
        expect(process.fault(1, HEAP.end, ACCESS_LOAD)).toBe(SIGSEGV);
        expect(process.fault(1, 0x3f000, ACCESS_LOAD)).toBe(SIGSEGV);
        expect(requests()).toEqual([]);
    });

    it("5.9: a cluster that has forgotten a vseg registers it again without a request: Z still has it as a sharer", () => {
        const process = start(2);
        process.fault(1, HEAP.first, ACCESS_STORE);
        atZ(process, "mprotect", HEAP.first, 6, RIGHTS_READ);
        expect(process.vsl(1)).not.toContainEqual(HEAP);
        requests();
        expect(process.fault(1, HEAP.first, ACCESS_LOAD)).toBe(0);
        expect(requests()).toEqual([]);
        expect(process.vsl(1)).toContainEqual(HEAP);
        atZ(process, "munmap", HEAP.first, 6);
        expect(requests()).toContain("RPC_INVALIDATE_RANGE");
        expect(process.entry(1, HEAP.first)).toBeUndefined();
    });

    it("waits while Z's number is odd", () => {
        const process = start(2);
        process.fault(0, DATA.first, ACCESS_STORE);
        const sequence = machine.at(0).field("process_t", "sequence", process.address(0));
        expect(sequence % 2).toBe(0);
        machine.at(0).setField("process_t", "sequence", process.address(0), sequence + 1);
        let steps = 0;
        machine.onWait = () => {
            if (process.entry(1, DATA.first) !== undefined) throw new Error("taken while it may be changing");
            if (++steps === 20) machine.at(0).setField("process_t", "sequence", process.address(0), sequence + 2);
        };
        expect(process.fault(1, DATA.first, ACCESS_STORE)).toBe(0);
        expect([steps, requests()]).toEqual([20, []]);
    });

    it("asks Z when its readings never stand", () => {
        const process = start(2);
        process.fault(0, DATA.first, ACCESS_STORE);
        requests();
        const address = process.address(0);
        machine.onRemoteLoad = () => {
            const sequence = machine.at(0).field("process_t", "sequence", address);
            machine.at(0).setField("process_t", "sequence", address, sequence + 2);
        };
        expect(process.fault(1, DATA.first, ACCESS_STORE)).toBe(0);
        machine.onRemoteLoad = () => {};
        expect(requests()).toEqual(["RPC_GET_PAGE"]);
        expectInvariants(process, [0, 1]);
    });

    it.each(["vseg", "page"])("5.9: while a %s is being changed K asks Z, and waits there", (what) => {
        const process = start(2);
        process.fault(0, DATA.first, ACCESS_STORE);
        const { view, offset } = machine.bank((process.entry(0, DATA.first)?.tables[2] ?? 0) * PAGE_SIZE);
        const slot = offset + (DATA.first % 512) * 8;
        const REMOVING = 1n << 9n;
        const head = machine.at(0).field("process_t", "vsegs", process.address(0));
        const vseg = machine.at(0).field("vseg_t", "next", head);
        expect(machine.at(0).field("vseg_t", "first_vpn", vseg)).toBe(DATA.first);
        const mark = (on: boolean) => {
            const pte = view.getBigUint64(slot, true) & ~REMOVING;
            if (what === "page") view.setBigUint64(slot, on ? pte | REMOVING : pte, true);
            else {
                machine.at(0).setField("vseg_t", "busy", vseg, 1);
                machine.at(0).setField("process_t", "change", process.address(0), on ? 1 : 0);
            }
            // Who waits is woken as by whoever ends a change or a removal.
            if (!on) machine.at(0).call("process_wake", process.address(0));
        };
        requests();
        mark(true);
        let steps = 0;
        machine.onWait = () => {
            if (process.entry(1, DATA.first) !== undefined) throw new Error("taken while it is changing");
            if (++steps === 50) mark(false);
        };
        expect(process.fault(1, DATA.first, ACCESS_LOAD)).toBe(0);
        expect(steps).toBeGreaterThanOrEqual(50);
        expect(requests()).toEqual(["RPC_GET_PAGE"]);
        expectInvariants(process, [0, 1]);
    });

    it("with gpt reference K finds the table to link by itself", () => {
        const process = start(2, GPT_REFERENCE);
        process.fault(0, HEAP.first, ACCESS_STORE);
        requests();
        expect(process.fault(1, HEAP.first, ACCESS_STORE)).toBe(0);
        expect(requests()).toEqual([]);
        expect(process.entry(1, HEAP.first)?.tables[2]).toBe(process.entry(0, HEAP.first)?.tables[2]);
        expectInvariants(process, [0, 1]);
    });
});

interface Change {
    readonly name: string;
    readonly act: (process: TestProcess) => void;
    /** What a store of K may answer. */
    readonly answers: readonly number[];
}

/** Z's page, made copy-on-write as fork does, moves to another frame when Z writes it. */
function moveAtZ(process: TestProcess): void {
    const { pte = 0n, paddr = 0 } = process.entry(0, HEAP.first) ?? {};
    machine.at(0).call("frame_share", BigInt(paddr / PAGE_SIZE));
    const W = 4n;
    for (const cxy of [0, 1]) machine.at(cxy).wide("vmm_invalidate", process.address(cxy), HEAP.first, pte & ~W);
    expect(process.fault(0, HEAP.first, ACCESS_STORE)).toBe(0);
    expect(process.entry(0, HEAP.first)?.paddr).not.toBe(paddr);
}

const CHANGES: readonly Change[] = [
    { name: "munmap", act: (process) => atZ(process, "munmap", HEAP.first, 6), answers: [0, SIGSEGV] },
    {
        name: "munmap of all around, whose vsegs' memory is used for others",
        act: (process) => {
            for (const { first } of [LOW, HEAP]) atZ(process, "munmap", first, 6);
            for (const first of [0x900, 0x910, 0x920]) process.addVseg({ type: VSEG_HEAP, first, end: first + 1 });
        },
        answers: [0, SIGSEGV],
    },
    {
        name: "munmap of the vseg in front, whose memory is used for something else",
        act: (process) => {
            atZ(process, "munmap", LOW.first, 1);
            const instance = machine.at(0);
            const bytes = instance.offset("vseg_t", "fixed") + 4 + 32;
            const object = instance.call("kcm_alloc", bytes);
            new Uint8Array(instance.view.buffer, object, bytes).fill(0xff);
        },
        answers: [0],
    },
    {
        name: "munmap of the vseg in front",
        act: (process) => atZ(process, "munmap", LOW.first, 1),
        answers: [0],
    },
    {
        name: "mprotect that takes the right",
        act: (process) => atZ(process, "mprotect", HEAP.first, 2, RIGHTS_READ),
        answers: [0, SIGSEGV],
    },
    { name: "copy-on-write that moves the page", act: moveAtZ, answers: [0] },
];

/**
 * A store of K to HEAP.first, which Z has mapped, with the change after K's n-th load from Z's bank. In this harness a change cannot
 * come while K holds its own lock: then it comes after the next load. False: K has fewer loads.
 */
function interrupted(gpt: number, n: number, { act, answers }: Change): boolean {
    const process = start(2, gpt);
    process.fault(0, HEAP.first, ACCESS_STORE);
    process.fault(1, LOW.first, ACCESS_STORE);
    const { view } = machine.at(0);
    const locked = () => machine.at(1).field("process_t", "lock", process.address(1)) !== 0;
    let loads = 0;
    let changed = false;
    machine.onRemoteLoad = (cxy, bank) => {
        if (cxy !== 1 || bank !== view || ++loads < n || changed || locked()) return;
        changed = true;
        act(process);
    };
    const answer = process.fault(1, HEAP.first, ACCESS_STORE);
    machine.onRemoteLoad = () => {};
    expect(answers, `change after load ${n}`).toContain(answer);
    if (!answers.includes(SIGSEGV)) expect(process.entry(1, HEAP.first)?.write).toBe(true);
    // Behind a link K sees pages of vsegs that it has forgotten: it registers this one again.
    if (gpt === GPT_REFERENCE) process.fault(1, HEAP.first, ACCESS_LOAD);
    expectInvariants(process, [0, 1]);
    machine.dispose();
    return changed;
}

describe.each([
    ["on-demand", GPT_ON_DEMAND],
    ["reference", GPT_REFERENCE],
])("9: protocol direct with gpt %s, a change at Z after each of K's loads", (_name, gpt) => {
    it.each(CHANGES)("$name: K ends with what Z has, or with nothing", (change) => {
        let n = 1;
        while (interrupted(gpt, n, change)) n++;
        // Two readings: the number twice, a list of four vsegs; then the tables.
        expect(n).toBeGreaterThan(20);
        start(1);
    });
});
