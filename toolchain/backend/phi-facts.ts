/** Finds facts through phis: it starts from "nothing can happen" and lets values grow until all agree (optimistic data flow). */
import { ANY, type Fact, factOf, joinFacts } from "./facts.ts";
import { isPure, OPERATIONS } from "./operations.ts";
import type { Ssa } from "./ssa.ts";

/** A fact that still grows after so many rounds is given up. A counter would take 32 rounds. */
const PATIENCE = 3;
const NOTHING: Fact = { bits: 0, word: true };

export function propagateFacts(ssa: Ssa): void {
    const { blocks } = ssa.fn;
    for (const block of blocks) for (const phi of block.phis) ssa.setFact(phi.d, NOTHING);
    for (let round = 0, changed = true; changed; round++) {
        changed = false;
        for (const block of blocks) {
            for (const phi of block.phis) {
                const old = ssa.fact(phi.d);
                let fact = phi.args.reduce((sum, arg) => joinFacts(sum, ssa.fact(arg)), NOTHING);
                if (fact.bits === old.bits && fact.word === old.word) continue;
                if (round > PATIENCE) fact = { bits: ANY, word: fact.word && old.word };
                if (fact.bits === old.bits && fact.word === old.word) continue;
                ssa.setFact(phi.d, fact);
                changed = true;
            }
            for (const instruction of block.code) {
                if (!isPure(instruction.op) || OPERATIONS[instruction.op].given) continue;
                const fact = factOf(
                    instruction,
                    (value) => ssa.fact(value),
                    (value) => ssa.constantOf(value),
                );
                ssa.setFact(instruction.d, fact);
            }
        }
    }
}
