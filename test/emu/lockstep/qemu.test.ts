/** Random programs, instruction by instruction beside QEMU, where it is installed (docs/machine.md, "Beside another machine"). */

import { describe, expect, it } from "vitest";
import { assemble } from "../../../toolchain/asm/assemble.ts";
import { HUNG_MS } from "../../limits.ts";
import { RAM, run } from "../engine/guest.ts";
import { randomFlow } from "../engine/random-flow.ts";
import { randomProgram } from "../engine/random-program.ts";
import { randomProtection } from "../engine/random-protection.ts";
import { EXCLUSIONS } from "./exclusions.ts";
import { compare } from "./lockstep.ts";
import { QEMU_VERSION, qemuSteps } from "./qemu.ts";

const PROGRAMS = process.env["ARCHIPEL_NIGHTLY"] !== undefined ? 300 : 5;
const MOST_STEPS = 4000;
const FLOW_BYTES = 2 ** 21;
const FLOAT_CPU = "rv64,h=off,zba=on,zbb=on,zbc=off,zbs=on,sstc=off";
const CPU = "rv64,f=off,d=off,h=off,zba=on,zbb=on,zbc=off,zbs=on,sstc=off";
const seeds = (count: number) => Array.from({ length: count }, (_, i) => i + 1);

function image(source: string): Uint8Array {
    const [section] = assemble(source, "random.s").sections;
    if (section === undefined || section.relocations.length > 0) throw new Error("must be one section");
    return section.bytes;
}

/** QEMU 7.2 has neither Zicond nor Zicboz. */
function flowImage(seed: number): Uint8Array {
    const source = randomFlow(seed, { fuel: 300, harts: 1 })
        .replaceAll(/czero\.(eqz|nez)/g, "xor")
        .replaceAll(/cbo\.zero.*/g, "nop");
    const made = run(source, { held: true, bankSize: FLOW_BYTES, rvc: seed % 2 === 0 }).machine;
    const bytes = made.readPhysical(RAM, FLOW_BYTES);
    return bytes.slice(0, bytes.findLastIndex((byte) => byte !== 0) + 1);
}

describe.skipIf(QEMU_VERSION === undefined)(`beside QEMU ${QEMU_VERSION}`, () => {
    it.each(seeds(PROGRAMS))(
        "arithmetic, memory, traps, CSRs and page tables differ nowhere: seed %i",
        (seed) => {
            const bytes = image(randomProgram(seed));
            const { difference, steps, excluded } = compare(bytes, qemuSteps(bytes, CPU, MOST_STEPS));
            expect([difference, steps]).toEqual([undefined, MOST_STEPS]);
            expect(EXCLUSIONS.map(({ name }) => name)).toEqual(expect.arrayContaining([...excluded.keys()]));
        },
        HUNG_MS,
    );

    it.each(seeds(PROGRAMS))(
        "flow, floats, compressed code and code that changes differ nowhere: seed %i",
        (seed) => {
            const bytes = flowImage(seed);
            const theirs = qemuSteps(bytes, FLOAT_CPU, MOST_STEPS);
            expect(theirs.length).toBeGreaterThan(1000);
            const { difference, steps } = compare(bytes, theirs);
            expect([difference, steps]).toEqual([undefined, theirs.length]);
        },
        HUNG_MS,
    );

    it.each(seeds(PROGRAMS))(
        "protection differs nowhere, and nothing is excluded: seed %i",
        (seed) => {
            const bytes = image(randomProtection(seed));
            expect(compare(bytes, qemuSteps(bytes, CPU, MOST_STEPS))).toEqual({
                difference: undefined,
                steps: MOST_STEPS,
                excluded: new Map(),
            });
        },
        HUNG_MS,
    );
});
