/** Rules of the memory policy that a whole run shows best (docs/spec/vmm-policy.md). */

import { beforeAll, describe, expect, it } from "vitest";
import { buildAndBoot } from "../../boot/cli/build-and-boot.ts";
import { parseConfig } from "../../configs/check.ts";
import { SWITCHES } from "../../configs/switches.ts";
import { PRIVILEGE_S, PRIVILEGE_U } from "../../emu/state/hart-layout.ts";
import {
    PROBE_BOOT,
    PROBE_FAULT,
    PROBE_FRAME,
    PROBE_PROCESS,
    PROBE_THREAD,
    PROBE_VSEG,
} from "../../kernel/abi/event.ts";
import { ARGS_VADDR, DSM_BASE, DSM_PAGES, PAGE_SIZE, USER_DATA_VADDR, USER_TOP } from "../../kernel/abi/memory-map.ts";
import * as vseg from "../../kernel/abi/vseg-type.ts";
import { GUEST_FOLDER } from "./harness/guest.ts";
import { machineOf, type Outcome, programAt, runConfig } from "./harness/run.ts";

const MACHINE = { mesh: [2, 2], hartsPerCluster: 2, bankSize: "4MiB" };
/** Programs lie below, stacks above; the sm_* region has no vsegs of the heap zone. */
const [HEAP_ZONE, STACK_ZONE] = [USER_DATA_VADDR, USER_TOP - 32 * 0x10000];
const REGION = [DSM_BASE, DSM_BASE + DSM_PAGES * PAGE_SIZE] as const;

let outcome: Outcome;
beforeAll(async () => {
    const programs = [
        { path: "files", cluster: 2 },
        { path: "stress", args: ["5", "40"], cluster: 1 },
        { path: "threads", cluster: 3 },
    ];
    outcome = await runConfig({ machine: MACHINE, programs });
    expect(outcome.report.programs.map(({ exit }) => exit.code)).toEqual([0, 0, 0]);
});

const records = (event: number) => outcome.records.filter(({ words }) => words[0] === event).map(({ words }) => words);

describe("1.2: placement is the page tables' alone", () => {
    it("the same program gives the same results wherever its pages lie", async () => {
        const runs = await Promise.all(
            SWITCHES.heap.values.map((heap) =>
                runConfig({ machine: MACHINE, kernel: { heap, data: heap }, programs: [{ path: "sort" }] }),
            ),
        );
        expect(new Set(runs.map((run) => programAt(run, 0).output)).size).toBe(1);
        const homes = runs.map(({ report }) => report.clusters.map(({ frames }) => frames.HEAP).join());
        expect(new Set(homes).size).toBeGreaterThan(2);
    });
});

describe("virtual space", () => {
    it("1.3, 6.3: vsegs are whole pages in order; those of the heap zone lie between program and stacks, allocated by Z", () => {
        const registered = records(PROBE_VSEG).filter(([, , , , , , added]) => added === 1);
        expect(registered.length).toBeGreaterThan(50);
        const heapLike: readonly number[] = [vseg.VSEG_HEAP, vseg.VSEG_REMOTE, vseg.VSEG_FILE];
        const seenAtZ = new Set<string>();
        for (const [, pid = 0, type = 0, first = 0, end = 0, cxy] of registered) {
            expect(end).toBeGreaterThan(first);
            if (!heapLike.includes(type)) continue;
            const [from, to] = [first * PAGE_SIZE, end * PAGE_SIZE];
            expect(from >= HEAP_ZONE && to <= STACK_ZONE && (to <= REGION[0] || from >= REGION[1])).toBe(true);
            // Z first; elsewhere it is a copy of (a part of) what Z has.
            for (let vpn = first; vpn < end; vpn++) {
                if (cxy === pid >>> 16) seenAtZ.add(`${pid} ${vpn}`);
                else expect(seenAtZ.has(`${pid} ${vpn}`)).toBe(true);
            }
        }
    });
});

describe("5.5: a FILE page is the file cache's own", () => {
    it("its frame is allocated once, by the cache, for no process", () => {
        const frames = records(PROBE_FRAME).filter(([, , , tag = 0]) => (tag & 255) === vseg.VSEG_FILE);
        expect(frames.length).toBeGreaterThan(0);
        for (const [, , , , pid] of frames) expect(pid).toBe(0);
        expect(records(PROBE_FAULT).some(([, , type]) => type === vseg.VSEG_FILE)).toBe(true);
    });
});

describe("7.6: PIDs and threads", () => {
    it("the owner cluster is the high half of the PID; children's too", () => {
        const started = records(PROBE_PROCESS);
        expect(started.slice(0, 3).map(([, pid = 0]) => pid >>> 16)).toEqual([2, 1, 3]);
        for (const [, pid = 0, , , cxy] of started) expect(pid >>> 16).toBe(cxy);
    });

    it("a thread's id names its cluster, and it starts on a hart of it", () => {
        const threads = records(PROBE_THREAD);
        expect(threads.length).toBeGreaterThan(10);
        for (const [, , cxy, id = 0, hart = 0] of threads)
            expect([id >>> 16, Math.floor(hart / 2)]).toEqual([cxy, cxy]);
    });
});

describe("8.1: instances", () => {
    it("one a cluster, each with its own bank", () => {
        expect(records(PROBE_BOOT).map(([, cxy]) => cxy)).toEqual([0, 1, 2, 3]);
    });

    it("run in physical addressing only: satp is bare in S-mode, Sv39 in user mode", async () => {
        const config = parseConfig(JSON.stringify({ machine: MACHINE, programs: [{ path: "sort" }] }), "test");
        const loaded = { config, file: "test", directory: GUEST_FOLDER };
        const run = await buildAndBoot(loaded, { onConsole: () => {}, onPhase: () => {} });
        const machine = machineOf(run);
        const seen = { [PRIVILEGE_U]: new Set<bigint>(), [PRIVILEGE_S]: new Set<bigint>() };
        while (!run.step(997, 400_000_000).ended) {
            for (let i = 0; i < machine.hartCount; i++) {
                const hart = machine.hart(i);
                // kentry's few instructions around the switch are S-mode with the process's table.
                const inKentry = hart.pc < BigInt(ARGS_VADDR);
                if (hart.privilege === PRIVILEGE_U || (hart.privilege === PRIVILEGE_S && !inKentry))
                    seen[hart.privilege].add(hart.csr("satp") >> 60n);
            }
        }
        expect([[...seen[PRIVILEGE_S]], [...seen[PRIVILEGE_U]]]).toEqual([[0n], [8n]]);
    });
});
