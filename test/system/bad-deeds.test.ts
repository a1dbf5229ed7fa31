/** Programs that break a rule of memory or of the instruction set: each is killed with a whole account, the others go on. */

import { beforeAll, describe, expect, it } from "vitest";
import type { ProgramReport } from "../../boot/report/report.ts";
import { faultText } from "../../boot/report/summary/programs.ts";
import {
    BANK_BASE,
    KENTRY_SAVE_VADDR,
    KENTRY_TEXT_VADDR,
    PAGE_SIZE,
    PROBE_BASE,
    SHARED_LOCAL,
    USER_DATA_VADDR,
    USER_TOP,
    WINDOW_BASE,
} from "../../kernel/abi/memory-map.ts";
import type { Image } from "../../toolchain/link/image.ts";
import { symbolAddress } from "../../toolchain/link/image.ts";
import { guest, guestImage, programSource } from "./harness/guest.ts";
import { framesKept, nothingLeft, type Outcome, programAt, runConfig } from "./harness/run.ts";

const STACK_SIZE = 0x10000;
const [HERE, ELSEWHERE] = [0, 3];

interface Deed {
    readonly deed: string;
    readonly rule: string;
    readonly signal: "SIGSEGV" | "SIGILL" | "SIGTRAP";
    readonly access: "read" | "write" | "execute";
    /** Address touched; a name is a symbol's. */
    readonly vaddr: number | string | bigint;
    /** The pc is the address itself: nobody's function. */
    readonly jump?: true;
}

const DEEDS: readonly Deed[] = [
    { deed: "write_code", rule: "5.8", signal: "SIGSEGV", access: "write", vaddr: "write_code" },
    { deed: "jump_to_zero", rule: "5.1", signal: "SIGSEGV", access: "execute", vaddr: 0, jump: true },
    { deed: "execute_data", rule: "5.8", signal: "SIGSEGV", access: "execute", vaddr: USER_DATA_VADDR, jump: true },
    { deed: "execute_stack", rule: "5.8", signal: "SIGSEGV", access: "execute", vaddr: USER_TOP - 16, jump: true },
    { deed: "read_zero", rule: "5.1", signal: "SIGSEGV", access: "read", vaddr: 8 },
    { deed: "write_kentry", rule: "6.1", signal: "SIGSEGV", access: "write", vaddr: KENTRY_TEXT_VADDR },
    { deed: "read_kentry_save", rule: "6.1", signal: "SIGSEGV", access: "read", vaddr: KENTRY_SAVE_VADDR + 8 },
    { deed: "execute_kentry", rule: "6.1", signal: "SIGSEGV", access: "execute", vaddr: KENTRY_TEXT_VADDR, jump: true },
    { deed: "write_window", rule: "8.1", signal: "SIGSEGV", access: "write", vaddr: WINDOW_BASE },
    { deed: "read_bank", rule: "8.1", signal: "SIGSEGV", access: "read", vaddr: BANK_BASE },
    { deed: "execute_kernel", rule: "8.1", signal: "SIGSEGV", access: "execute", vaddr: SHARED_LOCAL, jump: true },
    { deed: "read_noncanonical", rule: "5.1", signal: "SIGSEGV", access: "read", vaddr: (1n << 63n) + 17n },
    { deed: "write_probe", rule: "5.1", signal: "SIGSEGV", access: "write", vaddr: PROBE_BASE },
    { deed: "illegal_instruction", rule: "ISA", signal: "SIGILL", access: "execute", vaddr: "illegal_instruction" },
    { deed: "read_satp", rule: "ISA", signal: "SIGILL", access: "execute", vaddr: "read_satp" },
    { deed: "return_from_trap", rule: "ISA", signal: "SIGILL", access: "execute", vaddr: "return_from_trap" },
    { deed: "flush_tlb", rule: "ISA", signal: "SIGILL", access: "execute", vaddr: "flush_tlb" },
    { deed: "breakpoint", rule: "ISA", signal: "SIGTRAP", access: "execute", vaddr: "breakpoint" },
];
const NEIGHBOURS = [{ path: "hello" }, { path: "threads" }];
const MACHINE = { mesh: [2, 2], hartsPerCluster: 2, bankSize: "4MiB" };

let image: Image;
let outcome: Outcome;
beforeAll(async () => {
    image = guestImage("faults", programSource("faults"));
    const path = guest("faults");
    const both = DEEDS.flatMap(({ deed }) => [
        { path, args: [deed], cluster: HERE },
        { path, args: [deed, String(ELSEWHERE)], cluster: HERE },
    ]);
    const last = [
        { path, args: ["recurse"], cluster: HERE },
        { path, args: ["behind_mapping"], cluster: HERE },
    ];
    outcome = await runConfig({ machine: MACHINE, programs: [...both, ...last, ...NEIGHBOURS] });
});

function addressOf(vaddr: Deed["vaddr"]): bigint {
    return BigInt(typeof vaddr === "string" ? symbolAddress(image, vaddr) : vaddr);
}

function expectKilled(program: ProgramReport, deed: Deed, cluster: number): void {
    const { signal, access, vaddr, jump } = deed;
    expect(program.exit).toEqual({ code: null, signal });
    expect(program.fault).toMatchObject({ access, cluster, function: jump ? null : deed.deed });
    expect(program.fault?.vaddr).toBe(addressOf(vaddr));
    if (jump) expect(program.fault?.pc).toBe(addressOf(vaddr));
    expect((program.fault?.thread ?? 0) >> 16).toBe(cluster);
    expect(program.output).toBe("");
}

it("the run ends, and the programs beside go on to their right results", () => {
    expect([outcome.end, outcome.message]).toEqual(["halted", ""]);
    const neighbours = outcome.report.programs.slice(-NEIGHBOURS.length);
    expect(neighbours.map(({ exit }) => exit.code)).toEqual([0, 0]);
    expect(neighbours.map(({ output }) => output.split("\n").at(-2))).toEqual(["hello: ok", "threads: ok"]);
});

describe.each(DEEDS)("$deed ($rule) is $signal", (deed) => {
    const index = 2 * DEEDS.indexOf(deed);
    it("in the reference cluster: address, access, pc, function, thread, cluster", () => {
        expectKilled(programAt(outcome, index), deed, HERE);
    });
    it("in a replica", () => expectKilled(programAt(outcome, index + 1), deed, ELSEWHERE));
});

it("6.4: recursion ends at the guard page, the lowest of the thread's stack slot", () => {
    const { exit, fault } = programAt(outcome, 2 * DEEDS.length);
    expect(exit).toEqual({ code: null, signal: "SIGSEGV" });
    const guard = USER_TOP - STACK_SIZE;
    expect(fault).toMatchObject({ access: "write", function: "recurse" });
    const vaddr = Number(fault?.vaddr);
    expect([vaddr >= guard, vaddr < guard + PAGE_SIZE]).toEqual([true, true]);
});

it("5.1: the byte behind an anonymous mapping is not accessible", () => {
    const { exit, fault } = programAt(outcome, 2 * DEEDS.length + 1);
    expect(exit).toEqual({ code: null, signal: "SIGSEGV" });
    expect(fault).toMatchObject({ access: "write", function: "behind_mapping" });
    expect(Number(fault?.vaddr) % PAGE_SIZE).toBe(0);
});

it("the console names address, access, pc and thread of each, once", () => {
    const lines = outcome.console.split("\n").filter((line) => /^\[kernel \d+\] process/.test(line));
    expect(lines).toHaveLength(2 * DEEDS.length + 2);
    const { fault, pid } = programAt(outcome, 0);
    // A first thread has its process's PID for an id.
    const text = `store at 0x${fault?.vaddr?.toString(16)}, pc 0x${fault?.pc.toString(16)}, thread 0x${pid?.toString(16)}`;
    expect(lines.filter((line) => line.includes(text))).toHaveLength(1);
});

it("the summary's line says what was touched, from where, by whom", () => {
    const { fault } = programAt(outcome, 1);
    if (fault === null) throw new Error("no fault");
    expect(faultText(fault).trim()).toMatch(
        /^write of 0x0{11}101\w\w at pc 0x0{11}101\w\w \(write_code, faults\.S:52\), thread 0x\w+, cluster 3$/,
    );
});

it("7.4: killed programs leave no frame behind", () => expect(framesKept(outcome)).toEqual(nothingLeft(outcome)));
