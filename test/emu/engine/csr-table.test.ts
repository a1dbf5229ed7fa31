/** What emu/core does with each CSR is what its row in emu/isa/csr.ts says: where it lies, which bits a write changes, what follows. */

import { describe, expect, it } from "vitest";
import { compileCore } from "../../../boot/build/core.ts";
import { createEngine } from "../../../emu/engine/engine.ts";
import { CSRS, type CsrRow, csrNumber, isReadOnly } from "../../../emu/isa/csr.ts";
import type { Core } from "../../../emu/state/core-contract.ts";
import { EXIT, EXIT_PC_SET, PRIVILEGE_M, SINK } from "../../../emu/state/hart-layout.ts";
import { HART, HART_FIELDS } from "../../../emu/state/hart-table.ts";
import { DIVIDER, PMP_ENTRIES } from "../../../emu/state/machine-layout.ts";
import { SharedMemory } from "../../../emu/state/shared-memory.ts";

const ALL = 0xffff_ffff_ffff_ffffn;
/** Sv39, and a root: what satp keeps. */
const SV39 = (8n << 60n) | (ALL >> 4n);
const CSRRW = 0;
const core = await compileCore();

/** Also what engines call. */
type WholeCore = Core & {
    csr(hart: number, number: number, operation: number, operand: bigint, writes: number, rd: number): void;
};

/** One hart, fresh from reset. */
function fresh() {
    const memory = new SharedMemory({ harts: 1, ramBytes: 2 ** 21 });
    memory.setU32(DIVIDER, 1);
    memory.setU32(PMP_ENTRIES, 16);
    const devices = { read: () => false, write: () => false, semihost: () => {}, mark: () => {}, alarm: () => {} };
    const variant = {
        stepping: false,
        accounting: false,
        latency: false,
        watched: false,
        conflicts: false,
        lineShift: 0,
        buffered: false,
        looked: false,
        jit: false,
    };
    const looker = { looking: () => false, touching: () => {} };
    const engine = createEngine(memory, devices, { core, variant, watcher: undefined, looker, jit: {} });
    const whole = engine.core as WholeCore;
    const hart = memory.plan.harts;
    whole.reset_hart(hart, 0n);
    const slot = (name: string) => {
        const [field, at] = [
            HART_FIELDS[name as keyof typeof HART_FIELDS],
            HART.offsets[name as keyof typeof HART_FIELDS],
        ];
        return field.type === "u32" ? BigInt(memory.u32(hart + at)) : memory.u64(hart + at);
    };
    const read = ({ number }: CsrRow) => BigInt.asUintN(64, whole.read_csr(hart, number));
    const write = (number: number, value: bigint) => whole.hart_set_csr(hart, number, value);
    return { memory, core: whole, hart, slot, read, write };
}

const numberOf = (name: string) => csrNumber(name) ?? -1;
const named = (rows: readonly CsrRow[]) => rows.map((row) => [row.name, row] as const);
const WRITABLE = CSRS.filter(({ writable }) => writable !== undefined);

describe("a CSR's row", () => {
    it.each(named(WRITABLE.filter(({ slot }) => slot !== undefined)))(
        "%s: the slot keeps what may be written",
        (_, row) => {
            const { slot, write } = fresh();
            const ones = row.effect === "mode" ? SV39 : ALL;
            write(row.number, ones);
            expect(slot(row.slot ?? "")).toBe(ones & (row.writable ?? 0n));
            // All ones lock entries for good.
            if (row.effect === "protection") return;
            write(row.number, 0n);
            expect(slot(row.slot ?? "")).toBe(0n);
        },
    );

    it.each(named(WRITABLE.filter(({ viewOf }) => viewOf !== undefined)))(
        "%s: the view shows what was written",
        (_, row) => {
            const { read, write, slot } = fresh();
            const shown = CSRS.find(({ name }) => name === row.viewOf)?.slot ?? "";
            if (row.effect === "delegated") write(numberOf("mideleg"), ALL);
            const [writable, before] = [row.writable ?? 0n, slot(shown)];
            write(row.number, ALL);
            expect(read(row) & writable).toBe(writable);
            expect(slot(shown)).not.toBe(before);
            write(row.number, 0n);
            expect(read(row) & writable).toBe(0n);
        },
    );

    it("without writable bits changes nothing when it is written", () => {
        const { memory, hart, write } = fresh();
        const state = () => Buffer.from(memory.bytes(hart, HART.size)).toString("hex");
        const before = state();
        for (const { number, writable } of CSRS) if (writable === undefined) write(number, ALL);
        expect(state()).toBe(before);
    });

    it("with the effect of a regime, and no other, makes the hart look at interrupts and translation again", () => {
        const seen = CSRS.filter((row) => {
            if (isReadOnly(row)) return false;
            const { memory, core: whole, hart, write, read } = fresh();
            expect(memory.u32(hart + HART.offsets.PRIVILEGE)).toBe(PRIVILEGE_M);
            write(numberOf("mstatus"), ALL);
            memory.setU32(hart + EXIT, 0);
            whole.csr(hart, row.number, CSRRW, read(row), 1, SINK);
            return (memory.u32(hart + EXIT) & EXIT_PC_SET) !== 0;
        });
        const told = CSRS.filter(
            ({ effect }) =>
                effect === "regime" || effect === "delegated" || effect === "mode" || effect === "protection",
        );
        expect(seen.map(({ name }) => name)).toEqual(told.map(({ name }) => name));
    });
});
