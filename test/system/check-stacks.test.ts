/**
 * --check-stacks (vmm-policy 2.2, 6.4): a pointer to a local that reaches a thread of another cluster means that thread's own stack;
 * with unique slots it is a fault that names the program, the place and both threads.
 */

import { describe, expect, it } from "vitest";
import { PROBE_THREAD } from "../../kernel/abi/event.ts";
import { USER_TOP } from "../../kernel/abi/memory-map.ts";
import { archipel, archipelProcess, configFile, errorLines } from "./harness/cli.ts";
import { guest } from "./harness/guest.ts";
import { framesKept, nothingLeft, type Outcome, programAt, reported, runConfig } from "./harness/run.ts";

const MACHINE = { mesh: [2, 2], hartsPerCluster: 2, bankSize: "4MiB" } as const;
/** One cluster's slots: 32 of 64 KiB. */
const PART = 32 * 0x10000;

function share(use: string, cluster: number, checkStacks: boolean): Promise<Outcome> {
    const programs = [{ path: guest("foreign-stack"), args: [use, String(cluster)], cluster: 1 }];
    return runConfig({ machine: MACHINE, kernel: { checkStacks }, programs });
}

/** Ids of the program's threads, in order of creation. */
function threads(outcome: Outcome): number[] {
    return outcome.records.filter(({ words }) => words[0] === PROBE_THREAD).map(({ words }) => words[3] ?? -1);
}

describe("a pointer to a local, used in another cluster", () => {
    it("without the check silently means the user's own stack", async () => {
        const outcome = await share("load", 3, false);
        expect(programAt(outcome, 0).exit).toEqual({ code: 0, signal: null });
        expect(reported(programAt(outcome, 0)).found).toEqual([7]);
        expect((await share("write", 3, false)).console).toContain("\u0007");
    });

    it("with the check is a fault that names the place, the thread that touched it, and the owner of the slot", async () => {
        const outcome = await share("load", 3, true);
        const [owner, user] = threads(outcome);
        const program = programAt(outcome, 0);
        expect(program.exit).toEqual({ code: null, signal: "SIGSEGV" });
        expect(program.fault).toMatchObject({
            vaddr: BigInt(USER_TOP - PART - 16),
            access: "read",
            function: "touch_foreign",
            file: "foreign-stack.S",
            thread: user,
            cluster: 3,
            stackOwner: { thread: owner, cluster: 1 },
        });
        const hex = (id = 0) => `0x${id.toString(16)}`;
        expect(outcome.console).toContain(`thread ${hex(user)}, on the stack of thread ${hex(owner)} in cluster 1`);
        expect(framesKept(outcome)).toEqual(nothingLeft(outcome));
    });

    it("5.10: so it is when a system call is given it", async () => {
        const outcome = await share("write", 3, true);
        const [owner, user] = threads(outcome);
        expect(programAt(outcome, 0)).toMatchObject({
            exit: { code: null, signal: "SIGSEGV" },
            output: "",
            fault: {
                access: "read",
                function: "write_foreign",
                thread: user,
                stackOwner: { thread: owner, cluster: 1 },
            },
        });
        expect(framesKept(outcome)).toEqual(nothingLeft(outcome));
    });

    it("of a thread that has ended has no owner any more", async () => {
        const { fault } = programAt(await share("returned", 3, true), 0);
        expect(fault).toMatchObject({
            function: "touch_foreign",
            cluster: 1,
            stackOwner: { thread: null, cluster: 3 },
        });
    });

    it("7.2: a forked process has its parent's slot, which no thread of it in the parent's cluster takes", async () => {
        const unchecked = programAt(await share("forked", 1, false), 0);
        expect([reported(unchecked).found, reported(unchecked).status]).toEqual([[7], [0]]);
        const outcome = await share("forked", 1, true);
        const child = threads(outcome)[1];
        const program = programAt(outcome, 0);
        expect([reported(program).found, reported(program).status]).toEqual([undefined, [11]]);
        expect(program.fault).toMatchObject({ cluster: 1, stackOwner: { thread: child, cluster: 3 } });
        expect(framesKept(outcome)).toEqual(nothingLeft(outcome));
    });

    it("in the same cluster is the owner's stack, checked or not", async () => {
        for (const checked of [false, true]) {
            const outcome = await share("load", 1, checked);
            expect(programAt(outcome, 0).exit.code).toBe(0);
            expect(reported(programAt(outcome, 0)).found).toEqual([41]);
        }
    });
});

describe("with the check", () => {
    it.each([1, 2])("programs that share no locals run as ever, forked ones too (seed %i)", async (seed) => {
        const programs = [
            { path: "threads" },
            { path: "sort", threads: 8 },
            { path: "family" },
            { path: "files" },
            { path: "matmul", args: ["8"], nodes: 4 },
            { path: "stress" },
        ];
        const outcome = await runConfig({ machine: MACHINE, kernel: { checkStacks: true }, programs, seed });
        expect(outcome.report.programs.map(({ name, exit }) => [name, exit.code])).toEqual(
            programs.map(({ path }) => [path, 0]),
        );
        expect(framesKept(outcome)).toEqual(nothingLeft(outcome));
        const slots = outcome.report.numaMaps
            .filter(({ type }) => type === "STACK")
            .map(({ program, pid, address }) => `${program} ${pid} ${address}`);
        expect(new Set(slots).size).toBe(slots.length);
    });

    it("the STACK vsegs of each cluster lie in its own part of the zone", async () => {
        const { report } = await runConfig({
            machine: MACHINE,
            kernel: { checkStacks: true },
            programs: [{ path: "threads" }],
        });
        const stacks = report.numaMaps.filter(({ type }) => type === "STACK");
        expect(stacks.length).toBeGreaterThanOrEqual(4);
        expect(new Set(stacks.map(({ address }) => address)).size).toBe(stacks.length);
        for (const { address, replicas } of stacks) {
            for (const { node } of replicas) expect(Math.floor((USER_TOP - Number(address)) / PART)).toBe(node);
        }
    });
});

describe("--check-stacks", () => {
    const file = configFile("check-stacks", {
        machine: MACHINE,
        programs: [{ path: guest("foreign-stack"), args: ["load", "3"], cluster: 1 }],
    });

    it("ends the run with exit 1 and the reason, and says that addresses differ from a normal run", () => {
        const result = archipelProcess("boot", file, "--check-stacks", "--json", "-");
        expect(result.code).toBe(1);
        const [error = ""] = errorLines(result);
        expect(error).toMatch(
            /^program foreign-stack-\w+\.elf was killed by SIGSEGV: read of 0x\w+ at pc 0x\w+ \(touch_foreign, foreign-stack\.S:\d+\), thread 0x\w+, cluster 3; that is the stack of thread 0x\w+, cluster 1, which no other cluster can use$/,
        );
        expect(result.err).toContain("stack addresses differ from a normal run");
        const document = JSON.parse(result.out);
        expect([document.config.kernel.checkStacks, document.stackAddresses]).toEqual([true, "unique"]);
        expect(document.programs[0].fault.stackOwner.cluster).toBe(1);
    });

    it("is kernel.checkStacks; without it nothing is said", async () => {
        const set = await archipel("boot", file, "--set", "kernel.checkStacks=true");
        const option = await archipel("boot", file, "--check-stacks");
        expect([option.code, option.out]).toEqual([1, set.out]);
        const plain = await archipel("boot", file, "--json", "-");
        expect([plain.code, JSON.parse(plain.out).stackAddresses]).toEqual([0, "repeated"]);
        expect(plain.err).not.toContain("stack addresses");
    });

    it("is refused with --elf: it needs a config", async () => {
        const { code, err } = await archipel("boot", "--elf", "none", "--check-stacks");
        expect([code, err]).toEqual([2, expect.stringContaining("--check-stacks: not with --elf")]);
    });
});
