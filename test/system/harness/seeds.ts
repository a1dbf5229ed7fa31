/** How many seeds until something shows, as rows of docs/races.md. */

export interface Showing {
    /** By seed, from 1 on. */
    readonly failed: readonly boolean[];
    /** Seed and first line of the first failure, or nothing. */
    readonly first: string;
}

const SHOWN_LENGTH = 120;

/** Tries the seeds 1 to `seeds`, or until `enough` have failed; `problem` is undefined when all is well. */
export async function showing(
    seeds: number,
    enough: number,
    problem: (seed: number) => Promise<string | undefined>,
): Promise<Showing> {
    const failed: boolean[] = [];
    let first = "";
    for (let seed = 1; seed <= seeds && failed.filter(Boolean).length < enough; seed++) {
        const found = await problem(seed);
        failed.push(found !== undefined);
        if (first === "" && found !== undefined) first = `${seed}: ${found.split("\n")[0]?.slice(0, SHOWN_LENGTH)}`;
    }
    return { failed, first };
}

/** How many fail, then from any seed on the seeds that are tried until one fails: median and worst (`-`: none does). */
export function summary({ failed }: Showing): string {
    const sorted = distances(failed).sort((a, b) => a - b);
    const [median, worst] = [sorted[sorted.length >> 1] ?? "-", sorted.at(-1) ?? "-"];
    return `${failed.filter(Boolean).length} of ${failed.length} | ${median} | ${worst}`;
}

/** By starting seed, the number of seeds until one fails, as far as one is known. */
function distances(failed: readonly boolean[]): number[] {
    return failed.flatMap((_, start) => {
        const next = failed.indexOf(true, start);
        return next < 0 ? [] : [next - start + 1];
    });
}
