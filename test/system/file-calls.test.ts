/** What file calls give and leave (docs/spec/files.md): positions, numbers at their edges, full tables, the directory, long calls. */

import { beforeAll, describe, expect, it } from "vitest";
import { PROBE_EXIT } from "../../kernel/abi/event.ts";
import { compiledGuest } from "./harness/guest.ts";
import { framesKept, nothingLeft, programAt, reported, runConfig } from "./harness/run.ts";

const [EFAULT, EINVAL, EMFILE, ENOENT, ENOSPC] = [14, 22, 24, 2, 28].map((errno) => -errno);
const MACHINE = { mesh: [2, 1], hartsPerCluster: 1, bankSize: "4MiB" };

let guest: string;
beforeAll(async () => {
    guest = await compiledGuest("file-calls");
});

/** What the guest's calls of a group gave, in both clusters: cluster 0 has the directory and half of the files. */
async function results(group: string, cluster: number): Promise<Record<string, number>> {
    const programs = [{ path: guest, args: [group], cluster }];
    const outcome = await runConfig({ machine: MACHINE, programs }, { audit: "every" });
    expect([outcome.end, outcome.message]).toEqual(["halted", ""]);
    expect(programAt(outcome, 0).exit).toEqual({ code: 0, signal: null });
    expect(framesKept(outcome)).toEqual(nothingLeft(outcome));
    const all = Object.entries(reported(programAt(outcome, 0)));
    return Object.fromEntries(all.map(([name, [value = Number.NaN]]) => [name, value]));
}

const GROUPS: readonly (readonly [
    title: string,
    group: string,
    expected: Readonly<Record<string, number | undefined>>,
])[] = [
    [
        "F3.1: a position moves by what was transferred",
        "positions",
        {
            write_bad: EFAULT,
            after_write_bad: 10,
            read_bad: EFAULT,
            after_read_bad: 2,
            write_short: 96,
            after_write_short: 96,
            size: 96,
            read_to_end: 6,
            after_read_to_end: 96,
            read_at_end: 0,
            append_bad: EFAULT,
            after_append_bad: 0,
            append: 4,
            after_append: 100,
            writev_short: 70,
            after_writev_short: 70,
        },
    ],
    [
        "F6.1, F6.2: numbers at their edges",
        "numbers",
        {
            write_huge: EFAULT,
            read_huge: EFAULT,
            after_huge: 10,
            writev_wraps: EFAULT,
            readv_negative: EINVAL,
            writev_many: EINVAL,
            after_vectors: 10,
            seek_last: 1,
            seek_beyond: EINVAL,
            seek_end_beyond: EINVAL,
            seek_negative: EINVAL,
            seek_how: EINVAL,
            read_last: 0,
            write_last: ENOSPC,
            write_over_limit: 10,
            write_at_limit: ENOSPC,
            write_nothing_at_limit: 0,
            at_limit: 0,
        },
    ],
    [
        "F1.1, F1.2: a full table opens, makes and truncates nothing",
        "full",
        { descriptors: 29, open_full: EMFILE, create_full: EMFILE, kept_size: 10, made: ENOENT, lowest: 2 },
    ],
    [
        "F5.2: listings of a directory",
        "directory",
        {
            files_of_initrd: 3,
            with_25: 25,
            with_225: 225,
            in_small_pieces: 225,
            from_the_200th: 26,
            too_small: EINVAL,
            at_2_31: 0,
            at_2_32: 0,
            at_last: 0,
            bad_address: EFAULT,
            after_bad_address: 0,
            bad_in_the_middle: 1,
            after_bad_in_the_middle: 2,
        },
    ],
];

describe.each(GROUPS)("%s", (_title, group, expected) => {
    it.each([0, 1])("in cluster %i", async (cluster) => {
        const { cost_25: few, cost_225: many, ...given } = await results(group, cluster);
        expect(given).toEqual(expected);
        // Nine times the entries: about nine times the time.
        if (few !== undefined && many !== undefined) expect(many / few).toBeLessThan(12);
    });
});

describe("F7.1, F7.2: a long call gives the hart back", () => {
    it.each([0, 1])("and ends soon when its thread is killed, in cluster %i", async (cluster) => {
        const times = await results("killed", cluster);
        for (const call of ["random", "write", "read"]) {
            const [whole = 0, killed = Number.NaN] = [times[call], times[`${call}_killed`]];
            // Of the quick calls most of that is what the end of the process takes, its pages and the file's.
            expect(killed, call).toBeLessThan(whole / (call === "random" ? 4 : 2));
        }
    });

    it.each(["random", "console"])("to those who serve others in its cluster, here for opens: %s", async (call) => {
        const programs = [
            { path: guest, args: [call], cluster: 0 },
            { path: guest, args: ["positions"], cluster: 1 },
        ];
        const outcome = await runConfig({ machine: MACHINE, programs });
        expect(outcome.report.programs.map(({ exit }) => exit.code)).toEqual([0, 0]);
        const ends = outcome.records.filter(({ words }) => words[0] === PROBE_EXIT).map(({ words }) => words[1]);
        expect(ends).toEqual([programAt(outcome, 1).pid, programAt(outcome, 0).pid]);
    });
});
