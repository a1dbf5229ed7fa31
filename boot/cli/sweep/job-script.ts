/** The script that --submit writes: one cell's run, as a task of a Slurm array (its #SBATCH lines) or with the cell as its argument. */

import { memoryOf } from "../../../configs/rules.ts";
import { quoted } from "../options.ts";
import type { Cell } from "./cells.ts";
import type { Experiment } from "./experiment.ts";

const MIB = 2 ** 20;
/** Node, the compiled code and the document of a run, beside its machine. */
const BESIDE_MACHINE = 512 * MIB;
/** A machine runs on one thread. */
const CPUS = 1;
/** Start and documents, beside the run that the experiment's limit is for. */
const BESIDE_RUN_SECONDS = 300;

export interface Job {
    readonly experiment: Pick<Experiment, "name" | "limits">;
    /** All of the array: the largest machine says what each gets. */
    readonly cells: readonly Pick<Cell, "index" | "loaded">[];
    /** The cell's command line but for its index. */
    readonly command: readonly string[];
    /** Tasks at a time; undefined: as Slurm likes. */
    readonly jobs: number | undefined;
    /** The folder that gets `I.err` and, at the end of cell I, `I.exit`; absolute. */
    readonly folder: string;
}

export function jobScript({ experiment, cells, command, jobs, folder }: Job): string {
    const bytes = Math.max(...cells.map(({ loaded }) => memoryOf(loaded.config).total)) + BESIDE_MACHINE;
    const minutes = Math.ceil((experiment.limits.timeoutSeconds + BESIDE_RUN_SECONDS) / 60);
    const atATime = jobs === undefined ? "" : `%${jobs}`;
    return [
        "#!/bin/sh",
        `#SBATCH --job-name=archipel-${experiment.name.replace(/[^\w.-]/g, "_")}`,
        `#SBATCH --array=${ranges(cells.map(({ index }) => index))}${atATime}`,
        `#SBATCH --ntasks=1 --cpus-per-task=${CPUS} --mem=${Math.ceil(bytes / MIB)}M --time=${minutes}`,
        "#SBATCH --output=slurm-%a.txt",
        // biome-ignore lint/suspicious/noTemplateCurlyInString: the shell's, not ours.
        'cell="${SLURM_ARRAY_TASK_ID:-$1}"',
        `cd ${quoted(folder)} || exit`,
        `${command.map(quoted).join(" ")} "$cell" 2> "$cell.err"`,
        "code=$?",
        // By rename: who waits for the file sees it whole.
        'echo "$code" > "$cell.exit.tmp" && mv "$cell.exit.tmp" "$cell.exit"',
        'exit "$code"',
        "",
    ].join("\n");
}

/** Ascending indexes as Slurm takes them: 0,2-4. */
function ranges(indexes: readonly number[]): string {
    const found: { first: number; last: number }[] = [];
    for (const index of indexes) {
        const range = found.at(-1);
        if (range !== undefined && range.last === index - 1) range.last = index;
        else found.push({ first: index, last: index });
    }
    return found.map(({ first, last }) => (first === last ? `${first}` : `${first}-${last}`)).join(",");
}
