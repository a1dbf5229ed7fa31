/** A machine that gets nowhere: exit 7, with who waits for what and where (interface.md 3, 4). The test breaks the kernel's memory. */

import { describe, expect, it } from "vitest";
import { buildKernel } from "../../boot/build/kernel-image.ts";
import { buildAndBoot } from "../../boot/cli/build-and-boot.ts";
import type { KernelWait, SystemRun } from "../../boot/report/report.ts";
import { parseConfig } from "../../configs/check.ts";
import type { Machine } from "../../emu/machine.ts";
import { WINDOW_BASE } from "../../kernel/abi/memory-map.ts";
import { GUEST_FOLDER, guestOf } from "./harness/guest.ts";
import { countThreads, machineOf, programAt, runConfig } from "./harness/run.ts";

const MACHINE = { mesh: [2, 1], hartsPerCluster: 1, bankSize: "1MiB" };
const BOUND = 2_000_000;
const LIMIT = 60_000_000;
/** Instructions between two tries to break something. */
const SMALL_STEP = 997;
/** The first thread, and one it makes in the other cluster. */
const THREADS_BEGUN = 2;
const [SUPERVISOR, TP] = [1, 4];

async function boot(kernel: object): Promise<SystemRun> {
    const text = { machine: MACHINE, kernel, programs: [{ path: "threads" }] };
    const config = parseConfig(JSON.stringify(text), "test");
    const hooks = { onConsole: () => {}, onPhase: () => {} };
    return buildAndBoot({ config, file: "test", directory: GUEST_FOLDER }, hooks);
}

/** Address, in hart 0's view, of the lock of its run list; undefined while it is not in the kernel. */
async function runListLock(): Promise<(machine: Machine) => number | undefined> {
    const { layouts } = await buildKernel();
    const offset = (struct: string, name: string): number => {
        const fields = layouts.find((layout) => layout.name === struct)?.fields;
        return fields?.find((field) => field.name === name)?.offset ?? Number.NaN;
    };
    const [hart, lock] = [offset("thread_t", "hart"), offset("hart_t", "lock")];
    return (machine) => {
        if (machine.hart(0).privilege !== SUPERVISOR) return undefined;
        const thread = Number(machine.hart(0).x(TP));
        // Where the kernel is entered, tp is still the user's.
        if (thread < WINDOW_BASE) return undefined;
        return word(machine, thread + hart) + lock;
    };
}

function word(machine: Machine, address: number): number {
    return new DataView(machine.readPhysical(address, 4).buffer).getUint32(0, true);
}

/** Runs until both clusters have begun to work for the program, takes the lock for ever, and goes on in steps of `step`. */
async function runBroken(kernel: object, step: number) {
    const run = await boot(kernel);
    const machine = machineOf(run);
    const lockOf = await runListLock();
    let begun = 0;
    countThreads(machine, () => begun++);
    for (let broken = false; !broken; ) {
        expect(run.step(SMALL_STEP, LIMIT).ended).toBe(false);
        if (begun < THREADS_BEGUN) continue;
        const lock = lockOf(machine);
        if (lock === undefined || word(machine, lock) !== 0) continue;
        machine.writePhysical(lock, Uint8Array.of(1, 0, 0, 0));
        broken = true;
    }
    for (;;) {
        const result = run.step(step, LIMIT);
        if (!result.ended) continue;
        const { end, message } = result;
        const [hash, report, cycles] = [run.stateHash(), run.report(), run.cycles()];
        return { end, message, hash, waits: report.waits, cycles };
    }
}

describe("a lock that nobody gives back", () => {
    it("ends as a livelock that says who waits for what, function and line, however the run is cut into steps", async () => {
        const coarse = await runBroken({ livelockCycles: BOUND }, 5_000_000);
        const fine = await runBroken({ livelockCycles: BOUND }, 10_007);
        expect(coarse).toEqual(fine);
        expect(coarse.end).toBe("livelock");
        expect(coarse.message).toMatch(
            /^livelock: for 2000000 cycles harts only polled: .*in cluster 0 waits for a lock in kernel\/\S+ \(kernel\/\S+\.ts:\d+\)/,
        );
        const holder = coarse.waits?.find((wait) => wait.for === "a lock");
        expect(holder).toMatchObject({ cluster: 0 } satisfies Partial<KernelWait>);
        expect(holder?.line).toBeGreaterThan(0);
    });

    it("goes on for ever when kernel.livelockCycles is 0", async () => {
        expect((await runBroken({ livelockCycles: 0 }, 5_000_000)).end).toBe("max-instructions");
    });
});

it("the bound changes nothing else: a run that ends by itself has its hash, cycles and no waits", async () => {
    const text = { machine: MACHINE, programs: [{ path: "threads" }] };
    const runs = await Promise.all(
        [0, BOUND, 50_000_000].map((livelockCycles) => runConfig({ ...text, kernel: { livelockCycles } })),
    );
    const facts = runs.map(({ end, hash, cycles, report }) => ({ end, hash, cycles, waits: report.waits }));
    expect(facts).toEqual(facts.map(() => ({ ...facts[0], end: "halted", waits: null })));
});

/** Fills 64 KiB with random bytes in one call, which takes far longer than the bound of the test. */
const LONG_CALL = `
    .text
    .globl main
main:
    la a0, buffer
    li a1, 65536
    li a2, 0
    li a7, SYS_GETRANDOM
    ecall
    li t0, 65536
    sub a0, a0, t0
    ret
    .bss
buffer:
    .zero 65536
`;

it("a long system call is work, not a livelock", async () => {
    const bound = 200_000;
    const programs = [{ path: guestOf("long-call", LONG_CALL) }];
    const outcome = await runConfig({
        machine: { ...MACHINE, mesh: [1, 1] },
        kernel: { livelockCycles: bound },
        programs,
    });
    expect([outcome.end, programAt(outcome, 0).exit.code]).toEqual(["halted", 0]);
    expect(outcome.cycles).toBeGreaterThan(3 * bound);
});

it("a deadlock tells its waits, too: a futex that nobody wakes", async () => {
    const outcome = await runConfig({
        machine: MACHINE,
        programs: [{ path: guestOf("futex-alone", ALONE), cluster: 1 }],
    });
    expect(outcome.end).toBe("deadlock");
    const pid = programAt(outcome, 0).pid;
    expect(outcome.report.waits).toEqual([
        expect.objectContaining({ pid, cluster: 1, for: "a futex", file: "kernel/proc/futex.ts" }),
    ]);
});

const ALONE = `
    .text
    .globl main
main:
    la a0, word
    li a1, 128
    li a2, 0
    li a3, 0
    li a7, SYS_FUTEX
    ecall
    ret
    .data
word:
    .word 0
`;
