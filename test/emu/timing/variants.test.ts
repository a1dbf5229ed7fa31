/** Machines of another fidelity have nothing of the model of time (docs/spec/timing.md 1.2). */
import { describe, expect, it } from "vitest";
import { interpreterModule } from "../../../emu/engine/interpreter.ts";
import type { Variant } from "../../../emu/engine/variant.ts";
import * as hartLayout from "../../../emu/state/hart-layout.ts";
import { planMemory } from "../../../emu/state/plan.ts";
import { decodeBody } from "../../../toolchain/backend/wasm-body.ts";
import { parseWasm } from "../../../toolchain/backend/wasm-parse.ts";
import { run } from "../engine/guest.ts";
import { BUSY, MIB, TIMING } from "./figures.ts";

const PLAIN: Variant = {
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
const VARIANTS: readonly Partial<Variant>[] = [
    {},
    { stepping: true },
    { accounting: true },
    { latency: true },
    { watched: true },
    { conflicts: true, stepping: true },
    { jit: true },
];

/** Imports of an interpreter, and whether its code reads where the bits of lines are. */
function traces(variant: Partial<Variant>) {
    const bytes = interpreterModule({ ...PLAIN, ...variant });
    const imports = WebAssembly.Module.imports(new WebAssembly.Module(bytes as BufferSource)).map(({ name }) => name);
    const parsed = parseWasm(bytes);
    const body = parsed.functions.flatMap((added) => decodeBody(parsed, added));
    const loads = body.filter((each) => each.op === "i32Load" && each.a === hartLayout.L0_LINES);
    return { asksForLines: imports.includes("fetch_line"), readsLines: loads.length > 0 };
}

describe("1.2 a machine of another fidelity", () => {
    it.each(VARIANTS)("1.2 is interpreted by code without any of it: %o", (variant) => {
        expect(traces(variant)).toEqual({ asksForLines: false, readsLines: false });
        expect(traces({ ...variant, jit: false, lineShift: 6 })).toEqual({ asksForLines: true, readsLines: true });
    });

    it("1.2 has no tables of it, and no figures", () => {
        expect(planMemory({ harts: 4, ramBytes: MIB }).timing).toBeUndefined();
        for (const fidelity of ["functional", "latency"] as const)
            expect(run("finish", { fidelity }).machine.timing()).toBeNull();
        expect(run("finish", TIMING).machine.timing()).not.toBeNull();
    });

    // From the commit before there was fidelity "timing".
    it.each([
        ["functional", "0cdddf0a081945ec0f0159e95a0c51ef6a2e0fa787dfc0b0aa6c136cbc64f17d", [1516, 1512, 1536, 1528]],
        [
            "latency",
            "4de55cc93cd9bc3738198315ae0d5d3dcf96da39daecb0c1c744fd277d8c1867",
            [13_800, 13_800, 14_080, 14_080],
        ],
    ] as const)("1.2 runs as it did: %s", (fidelity, hash, cycles) => {
        const { machine } = run(BUSY, { fidelity, meshX: 2, hartsPerCluster: 2, bankSize: MIB, seed: 4 });
        expect(machine.counters().map((each) => each.cycles)).toEqual(cycles);
        expect(machine.stateHash()).toBe(hash);
    });
});
