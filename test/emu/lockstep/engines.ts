/** A program on our machine with two engines, a turn at a time. */

import { type GuestOptions, run } from "../engine/guest.ts";
import { differences, stepOf } from "./lockstep.ts";

/** The first turn behind which any hart differs, and in what; undefined when none does in `turns` turns. */
export function compareEngines(
    source: string,
    options: GuestOptions,
    engines: readonly [GuestOptions, GuestOptions],
    turns: number,
): { difference: string | undefined; turns: number } {
    const [one, other] = engines.map((engine) => run(source, { ...options, ...engine, held: true }).machine);
    if (one === undefined || other === undefined) throw new Error("two machines are compared");
    for (let turn = 1; turn <= turns; turn++) {
        const ends = [one, other].map((machine) => machine.run({ maxInstructions: 1 }).kind);
        for (let hart = 0; hart < one.hartCount; hart++) {
            const found = differences(stepOf(one.hart(hart)), stepOf(other.hart(hart)));
            const what = found.map(({ name, ours, theirs }) => `${name} is ${ours}, not ${theirs}`);
            if (what.length > 0)
                return { difference: `turn ${turn}, hart ${hart}, pc ${one.hart(hart).pc}: ${what}`, turns: turn };
        }
        if (ends[0] !== ends[1] || one.executed !== other.executed)
            return { difference: `turn ${turn}: ${ends} after ${one.executed}, ${other.executed}`, turns: turn };
        if (ends[0] !== "instructions") return { difference: undefined, turns: turn };
    }
    return { difference: undefined, turns };
}
