/** How property tests run: a fixed seed, which the title names, and ten times as many runs at night. */
export const SEED = 1;

export function runs(count: number): { numRuns: number; seed: number } {
    return { numRuns: process.env["ARCHIPEL_NIGHTLY"] === undefined ? count : count * 10, seed: SEED };
}
