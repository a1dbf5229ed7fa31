/** Hashes of cells: equal for equal cells, another for whatever could change the result. */

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { enumerateCells } from "../../../boot/cli/sweep/cells.ts";
import { canonicalJson, identify } from "../../../boot/cli/sweep/identity.ts";
import { parseConfig } from "../../../configs/check.ts";
import { experimentOf, TINY, temporaryFolder } from "./fixture.ts";

const identityOf = (content: object) => {
    const [cell] = enumerateCells(experimentOf(content));
    if (cell === undefined) throw new Error("no cell");
    return identify(cell.loaded);
};

it("the hash does not depend on how the config is written, nor on title and metrics", () => {
    const { machine, programs } = TINY;
    const written = [
        identityOf({}),
        identityOf({ title: "Another", metrics: [] }),
        identityOf({ base: { seed: 1, programs, machine: { ...machine, bankSize: 2 ** 21 } } }),
        identityOf({
            base: { programs },
            grid: Object.entries(machine).map(([key, value]) => ({ [`machine.${key}`]: [value] })),
        }),
        identityOf({ base: { ...TINY, $schema: "somewhere" } }),
    ];
    expect(new Set(written.map(({ resultHash }) => resultHash)).size).toBe(1);
    expect(new Set(written.map(({ configHash }) => configHash)).size).toBe(1);
    expect(written[0]?.resultHash).toMatch(/^[0-9a-f]{32}$/);
});

it("any config value, program and argument changes it", () => {
    const variants = [
        {},
        { seeds: [2] },
        { grid: [{ "machine.quantum": [7] }] },
        { grid: [{ "programs.0.path": ["sort"] }] },
        { grid: [{ "programs.0.args": [["1"]] }] },
    ];
    const identities = variants.map(identityOf);
    expect(new Set(identities.map(({ resultHash }) => resultHash)).size).toBe(variants.length);
    expect(new Set(identities.map(({ configHash }) => configHash)).size).toBe(variants.length);
});

it("a program's file counts by its content, not by its folder", () => {
    const identify1 = (content: string | undefined) => {
        const directory = temporaryFolder();
        mkdirSync(join(directory, "guests"));
        if (content !== undefined) writeFileSync(join(directory, "guests/a.elf"), content);
        const config = parseConfig(JSON.stringify({ programs: [{ path: "guests/a.elf" }] }), "x.json");
        return identify({ config, file: "x.json", directory });
    };
    const [one, same, other, missing] = ["1", "1", "2", undefined].map(identify1);
    expect(same).toEqual(one);
    expect(other?.configHash).toBe(one?.configHash);
    expect(new Set([one, other, missing].map((identity) => identity?.resultHash)).size).toBe(3);
});

it("canonical JSON sorts keys at every depth and keeps the order of arrays", () => {
    expect(canonicalJson({ b: [{ d: 1, c: [2, 1] }], a: null })).toBe('{"a":null,"b":[{"c":[2,1],"d":1}]}');
});
