/** emu/host/watch.ts: hooks are told before their instruction, marks object to accesses of the bare supervisor, and nothing else changes. */

import { describe, expect, it } from "vitest";
import { compileCore } from "../../../boot/build/core.ts";
import type { Mark, WatchedAccess } from "../../../emu/host/watch.ts";
import { Machine } from "../../../emu/machine.ts";
import { mapRow } from "../../../emu/mem/map.ts";
import { assemble } from "../../../toolchain/asm/assemble.ts";
import { link } from "../../../toolchain/link/link.ts";

const BASE = mapRow("banks").base;
const DATA = BASE + 0x10000;
const MIB = 1048576;
const core = await compileCore();

/** Code that runs in supervisor mode with a0 = DATA, then stops the machine. */
function program(body: string): Uint8Array {
    const source = `
        .text
        .globl _start
_start: la t0, body
        csrw mepc, t0
        li t0, 0x800
        csrs mstatus, t0
        li t0, 0x80
        csrw menvcfg, t0
        li a0, ${DATA}
        la t0, end
        csrw mtvec, t0
        mret
body:   ${body}
        ecall
        .balign 4
end:    li t0, 0x100000
        li t1, 0x5555
        sw t1, 0(t0)
1:      j 1b`;
    const object = assemble(source, "test.S", { rvc: true });
    const flags = { read: true, write: true, execute: true };
    const segments = [{ name: "text", address: BASE, sections: [".text"], limit: DATA, flags }];
    return link([object], { entry: "_start", segments }).segments[0]?.bytes as Uint8Array;
}

interface Seen {
    readonly accesses: WatchedAccess[];
    readonly hooks: [pc: number, a1: number][];
    readonly hash: string;
    readonly machine: Machine;
}

function run(
    body: string,
    watched: boolean,
    marks: readonly [number, number, Mark][] = [],
    hooks: number[] = [],
): Seen {
    const code = program(body);
    const content = new Uint8Array(4096);
    content.set(code);
    const options = { meshX: 1, meshY: 1, hartsPerCluster: 1, bankSize: MIB, localWindow: false, core };
    const pages = [{ content, hooks: new Set(hooks) }];
    const machine = new Machine(watched ? { ...options, watched: pages } : options);
    machine.writePhysical(BASE, code);
    // The reset vector: a jump to BASE.
    machine.hart(0).pc = BigInt(BASE);
    const seen: Seen = { accesses: [], hooks: [], hash: "", machine };
    for (const [offset, bytes, mark] of marks) machine.watch?.mark(DATA + offset, bytes, mark);
    if (machine.watch !== undefined) {
        machine.watch.onAccess = (access) => seen.accesses.push(access);
        machine.watch.onHook = (hart, pc) => seen.hooks.push([pc - BASE, machine.watch?.register(hart, 11) ?? -1]);
    }
    expect(machine.run({ maxInstructions: 10_000 }).kind).toBe("finisher");
    return { ...seen, hash: machine.stateHash() };
}

const told = ({ accesses }: Seen) =>
    accesses.map(({ kind, width, address, at, mark }) => [kind, width, address - DATA, at - DATA, mark]);

describe("marks", () => {
    it("object to loads and stores of closed bytes, the first one told, on L0's way and beside it", () => {
        // The first access of a page misses L0, those after it hit.
        const body = "ld a1, 64(a0)\n ld a1, 0(a0)\n lbu a1, 9(a0)\n lbu a1, 10(a0)\n sw a1, 8(a0)\n sd a1, 16(a0)";
        const seen = run(body, true, [
            [10, 6, "closed"],
            [0, 4, "closed"],
        ]);
        expect(told(seen)).toEqual([
            ["load", 8, 0, 0, "closed"],
            ["load", 1, 10, 10, "closed"],
            ["store", 4, 8, 10, "closed"],
        ]);
    });

    it("object to loads of what was not written, and stores write just their bytes", () => {
        const body = "sw a1, 4(a0)\n sb a1, 3(a0)\n lw a1, 4(a0)\n lbu a1, 3(a0)\n lw a1, 0(a0)\n ld a1, 8(a0)";
        const seen = run(body, true, [[0, 16, "unwritten"]]);
        expect(told(seen)).toEqual([
            ["load", 4, 0, 0, "unwritten"],
            ["load", 8, 8, 8, "unwritten"],
        ]);
        expect([2, 3, 4, 7, 8].map((offset) => seen.machine.watch?.markAt(DATA + offset))).toEqual([
            "unwritten",
            "open",
            "open",
            "open",
            "unwritten",
        ]);
    });

    it("are looked at by atomics and by accesses across words", () => {
        const body =
            "li t2, 24\n add t2, t2, a0\n amoadd.w a1, a1, (t2)\n lr.w a1, (t2)\n ld a1, 3(a0)\n sw a1, 6(a0)\n lw a1, 6(a0)";
        const seen = run(body, true, [
            [8, 2, "unwritten"],
            [24, 4, "unwritten"],
        ]);
        expect(told(seen)).toEqual([
            ["atomic", 4, 24, 24, "unwritten"],
            ["load", 8, 3, 8, "unwritten"],
        ]);
    });

    it("object to cbo.zero of a block, which writes all of it", () => {
        const body = "addi a1, a0, 70\n cbo.zero (a1)\n ld a1, 120(a0)\n ld a1, 56(a0)";
        const seen = run(body, true, [
            [0, 128, "unwritten"],
            [80, 4, "closed"],
        ]);
        expect(told(seen)).toEqual([
            ["store", 64, 64, 80, "closed"],
            ["load", 8, 56, 56, "unwritten"],
        ]);
    });

    it("are not looked at in machine mode", () => {
        expect(told(run("nop", true, [[0, MIB - 0x10000, "closed"]]))).toEqual([]);
    });
});

describe("hooks", () => {
    it("are told before their instruction, each time it runs", () => {
        const body = "li a1, 0\n1: addi a1, a1, 1\n li t2, 3\n bne a1, t2, 1b";
        const bytes = program(body);
        const view = new DataView(bytes.buffer, bytes.byteOffset);
        // c.addi a1, 1
        const at = Array.from({ length: bytes.length / 2 }, (_, i) => 2 * i).find(
            (i) => view.getUint16(i, true) === 0x0585,
        );
        expect(at).toBeDefined();
        expect(run(body, true, [], [at ?? 0]).hooks).toEqual([0, 1, 2].map((a1) => [at, a1]));
    });
});

it("a watched machine's run is that of any other", () => {
    const body = "li a1, 7\n1: sd a1, 0(a0)\n amoadd.d t2, a1, (a0)\n addi a1, a1, -1\n bnez a1, 1b";
    const watched = run(body, true, [[0, 64, "closed"]], [0, 4, 8, 12, 16, 20, 24]);
    expect(watched.accesses.length).toBeGreaterThan(7);
    expect(watched.hash).toBe(run(body, false).hash);
});
