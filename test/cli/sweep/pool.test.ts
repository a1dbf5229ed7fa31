/** The pool of child processes, with children that do not boot anything. */

import { spawn } from "node:child_process";
import { expect, it } from "vitest";
import { enumerateCells } from "../../../boot/cli/sweep/cells.ts";
import { Pool, type StartCell } from "../../../boot/cli/sweep/pool.ts";
import { makeFolders, nameCells, Results } from "../../../boot/cli/sweep/results.ts";
import { runAll } from "../../../boot/cli/sweep/run-all.ts";
import { keptStreams } from "../fake-report.ts";
import { experimentOf, temporaryFolder } from "./fixture.ts";

/** Children that run a script instead of a cell. */
function scripted(script: string): StartCell {
    return () => spawn(process.execPath, ["-e", script], { stdio: ["ignore", "ignore", "pipe"] });
}

it("runs no more children at a time than asked for, in order", async () => {
    let [running, most] = [0, 0];
    const started: number[] = [];
    const start = scripted("setTimeout(() => {}, 50)");
    const pool = new Pool((index) => {
        started.push(index);
        most = Math.max(most, ++running);
        return start(index);
    }, 2);
    await pool.run([4, 2, 7, 1, 0], () => running--);
    expect([most, started]).toEqual([2, [4, 2, 7, 1, 0]]);
});

it("once stopped it starts no more and reports none", async () => {
    const ended: number[] = [];
    const pool = new Pool(scripted("setTimeout(() => {}, 60000)"), 1);
    const run = pool.run([0, 1, 2], (index) => ended.push(index));
    pool.stop();
    await run;
    expect(ended).toEqual([]);
});

/** A sweep of one cell whose process does `script`. */
async function sweepOf(script: string): Promise<{ code: number; err: string }> {
    const experiment = experimentOf({});
    const directory = temporaryFolder();
    makeFolders(directory);
    const cells = nameCells(enumerateCells(experiment));
    const streams = keptStreams();
    const sweep = { experiment, cells, results: new Results(directory), directory };
    const code = await runAll(
        { ...sweep, runner: new Pool(scripted(script), 1), prepare: async () => {}, junit: undefined },
        streams,
    );
    return { code, err: streams.kept.err.split("\n").at(-2) ?? "" };
}

it("a child that dies is a failed cell", async () => {
    expect(await sweepOf("process.kill(process.pid, 'SIGKILL')")).toEqual({
        code: 1,
        err: "archipel: error: cell 0: its process ended by SIGKILL",
    });
    expect(await sweepOf("process.stderr.write('one\\ntwo\\n'); process.exit(3)")).toEqual({
        code: 1,
        err: "archipel: error: cell 0: its process ended with 3: two",
    });
});
