/** Kernel panics: the host breaks kernel memory between two steps; the kernel notices, and the host says where (exit 8). */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { buildKernel } from "../../boot/build/kernel-image.ts";
import { buildAndBoot } from "../../boot/cli/build-and-boot.ts";
import { runSystem } from "../../boot/cli/run-system.ts";
import { packageRoot } from "../../boot/package-root.ts";
import { EXITS } from "../../boot/report/exit-codes.ts";
import type { BootSystem } from "../../boot/report/report.ts";
import { parseConfig } from "../../configs/check.ts";
import type { Machine } from "../../emu/machine.ts";
import { BANK_BASE, WINDOW_BASE } from "../../kernel/abi/memory-map.ts";
import { type Image, symbolAddress } from "../../toolchain/link/image.ts";
import { keptStreams } from "../cli/fake-report.ts";
import { HUNG_SECONDS } from "../limits.ts";
import { errorLines, HOST_TRACE } from "./harness/cli.ts";
import { GUEST_FOLDER, guest } from "./harness/guest.ts";
import { countThreads, machineOf, type Outcome, runConfig } from "./harness/run.ts";

/** kernel/sched/thread.ts CANARY */
const CANARY = 0x5afe57ac;
const BANK = 2 ** 21;
const MACHINE = { mesh: [2, 1], hartsPerCluster: 1, bankSize: "2MiB" };
/** The machine breaks when the program has begun so many threads: the kernel is up then, and threads run in both clusters. */
const THREADS_BEGUN = 3;

let kernel: Image;
beforeAll(async () => {
    kernel = (await buildKernel()).image;
});

async function broken(breakIt: (machine: Machine) => void): Promise<Outcome> {
    const programs = [{ path: guest("threads"), args: ["meetings"] }, { path: "sort" }];
    const kernelLimits = { timeSliceCycles: 2000 };
    let begun = 0;
    let isBroken = false;
    const betweenSteps = (machine: Machine, steps: number) => {
        if (steps === 1) countThreads(machine, () => begun++);
        if (isBroken || begun < THREADS_BEGUN) return;
        isBroken = true;
        breakIt(machine);
    };
    const options = { step: 10_000, limit: 20_000_000, betweenSteps };
    return runConfig({ machine: MACHINE, kernel: kernelLimits, programs }, options);
}

function globalAddress(local: number, cxy: number): number {
    return BANK_BASE + cxy * BANK + (local - WINDOW_BASE);
}

/** Clears every canary of cluster 0's kernel stacks. */
function clearCanaries(machine: Machine): void {
    const bank = machine.readPhysical(BANK_BASE, BANK);
    const view = new DataView(bank.buffer, bank.byteOffset);
    for (let at = 0; at < BANK; at += 4) {
        if (view.getUint32(at, true) === CANARY) machine.writePhysical(BANK_BASE + at, new Uint8Array(4));
    }
}

/** The lines of the backtrace: `  #0 0x4000... function (file:line)`. */
function calls({ console }: Outcome): string[] {
    return console.split("\n").filter((line) => /^ {2}#\d+ 0x/.test(line));
}

describe("a broken stack canary", () => {
    it("is a panic with one line that says what, on which hart, in which cluster", async () => {
        const outcome = await broken(clearCanaries);
        expect(outcome.end).toBe("panic");
        expect(outcome.message).toBe("kernel panic: kernel stack overflow, hart 0, cluster 0");
        expect(outcome.console.split("\n").filter((line) => line === outcome.message)).toHaveLength(1);
    });

    it("prints the chain of calls with function names and TypeScript lines", async () => {
        const chain = calls(await broken(clearCanaries));
        expect(chain.length).toBeGreaterThan(2);
        expect(chain[0]).toMatch(/#0 0x4000\w+ .*panic.* \(kernel\/panic\.ts:\d+\)$/);
        const functions = chain.map((call) => call.match(/ (\S+) \(kernel\/[\w/-]+\.ts:\d+\)$/)?.[1]);
        expect(functions[1]).toMatch(/sched_yield$/);
        expect(functions.filter((name) => name !== undefined).length).toBeGreaterThan(1);
    });

    it("happens at the same instruction every time", async () => {
        const [first, second] = [await broken(clearCanaries), await broken(clearCanaries)];
        expect([second.hash, second.console]).toEqual([first.hash, first.console]);
    });
});

it("ends the command with exit 8, one error line, the backtrace on stdout, and a state hash", async () => {
    const text = { machine: MACHINE, programs: [{ path: guest("threads"), args: ["meetings"] }, { path: "sort" }] };
    const loaded = { config: parseConfig(JSON.stringify(text), "test"), file: "test", directory: GUEST_FOLDER };
    const bounds = { maxInstructions: 2e7, timeoutSeconds: HUNG_SECONDS };
    const request = { loaded, bounds, maxMemory: 2 ** 32, engine: {}, json: undefined };
    const streams = keptStreams();
    const code = await runSystem(request, breakingBoot, streams);
    const { out, err } = streams.kept;
    expect(code).toBe(EXITS.panic.code);
    expect(errorLines({ code, out, err })).toEqual(["kernel panic: kernel stack overflow, hart 0, cluster 0"]);
    expect(err).not.toMatch(HOST_TRACE);
    expect(out).toMatch(/^ {2}#1 0x4\w+ \S+sched_yield \(kernel/m);
    expect(out).toMatch(/Result: kernel panic \(exit code 8\)\nstate hash: [0-9a-f]{64}\n$/);
});

/** buildAndBoot, whose machine breaks after its first step, again and again: which threads there are then is no matter. */
const breakingBoot: BootSystem = async (loaded, hooks) => {
    const run = await buildAndBoot(loaded, hooks);
    const steps = run.step.bind(run);
    let count = 0;
    run.step = (instructions, limit) => {
        if (++count >= 2) clearCanaries(machineOf(run));
        return steps(Math.min(instructions, 100_000), limit);
    };
    return run;
};

describe("a wild call in the kernel", () => {
    const wild = (target: number, cxy: number) => (machine: Machine) => {
        const table = new Uint8Array(8 * 64);
        const view = new DataView(table.buffer);
        for (let at = 0; at < table.length; at += 8) view.setBigUint64(at, BigInt(target), true);
        machine.writePhysical(globalAddress(symbolAddress(kernel, "wasm_table"), cxy), table);
    };

    it.each([
        ["0x123456", 0],
        ["0x123456", 1],
        ["0x0", 1],
    ])("to %s in cluster %i is a panic with cause, address and backtrace", async (target, cxy) => {
        const outcome = await broken(wild(Number(target), cxy));
        expect(outcome.end).toBe("panic");
        const said = `kernel panic: trap in the kernel (scause 1, stval ${target}), hart ${cxy}, cluster ${cxy}`;
        expect(outcome.message).toBe(said);
        // The call came from the first code of a new thread, or from a function that calls others by their index.
        const caller = calls(outcome)[1]?.match(/\((kernel\/\S+):\d+\)/)?.[1] ?? "";
        expect(caller).not.toBe("");
        if (caller !== "kernel/hal/context.S") {
            expect(readFileSync(join(packageRoot(), caller), "utf8")).toMatch(/call_indirect/);
        }
    });

    it("of a clobbered run list is a panic too, never a hang", async () => {
        const outcome = await broken((machine) => {
            for (const at of threadPointers(machine)) machine.writePhysical(at, Uint8Array.of(0xff, 0xff, 0xff, 0xff));
        });
        expect(outcome.end).toBe("panic");
        expect(outcome.message).toMatch(
            /^kernel panic: trap in the kernel \(scause \d+, stval 0x\w+\), hart 0, cluster 0$/,
        );
        expect(calls(outcome).join("\n")).toMatch(/ (kernel_main|\S*sched\S*|\S*rpc_\S*) \(kernel\/[\w/-]+\.ts:\d+\)/);
    });
});

/** Words of cluster 0's KDATA that name thread blocks: run lists, current and idle threads, servers. */
function threadPointers(machine: Machine): number[] {
    const data = symbolAddress(kernel, "wasm_globals");
    const length = 0x4000;
    const start = globalAddress(data, 0) - length;
    const bytes = machine.readPhysical(start, 2 * length);
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    const found: number[] = [];
    for (let at = 0; at + 4 <= bytes.length; at += 4) {
        const value = view.getUint32(at, true);
        const inBank = value >= WINDOW_BASE + 0x60000 && value < WINDOW_BASE + BANK;
        if (inBank && value % 8192 === 0 && !isSlab(machine, value)) found.push(start + at);
    }
    return found;
}

/** A slab's first word (kernel/mm/kcm.ts): it can begin where a thread block could. */
const SLAB_MAGIC = 0x4b434d53;

function isSlab(machine: Machine, local: number): boolean {
    const bytes = machine.readPhysical(globalAddress(local, 0), 4);
    return new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true) === SLAB_MAGIC;
}
