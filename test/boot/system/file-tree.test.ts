/** The names of programs and standard inputs in the machine's tree, and the working directories that a config may name. */

import { describe, expect, it } from "vitest";
import type { Program } from "../../../boot/system/artifacts.ts";
import { FileTree } from "../../../boot/system/file-tree.ts";

const IMAGE: Program["image"] = { symbols: [], lines: [], segments: [] };
const BYTES = new Uint8Array(1);

function tree(programs: readonly string[], inputs: readonly string[]): FileTree {
    return new FileTree({
        programs: new Map(programs.map((path) => [path, { path, elf: BYTES, image: IMAGE }])),
        inputs: new Map(inputs.map((path) => [path, BYTES])),
    });
}

describe("the machine's tree of names", () => {
    it("F9.2: files have their paths for names; those that are too long or have other files in their way have short ones", () => {
        const long = "x".repeat(256);
        const { programs, inputs, files } = tree(
            ["hello", "/a/b", long],
            ["in.txt", "hello", "./hello", "hello/x", "a", "/a/c"],
        );
        expect([...programs.values()]).toEqual(["hello", "/a/b", "2:program"]);
        expect([...inputs.values()]).toEqual(["in.txt", "1:input", "2:input", "3:input", "4:input", "/a/c"]);
        expect(files.map(({ name }) => name)).toEqual([...programs.values(), ...inputs.values()]);
    });

    it("F9.2: a working directory is one of those that the files' names make", () => {
        const checkDirectory = (path: string) => tree(["/a/b"], ["../c/d"]).checkDirectory(path, "/at");
        for (const path of ["/", "/a", "/a/", "/a/./../c", "/.."])
            expect(() => checkDirectory(path), path).not.toThrow();
        const line = '/at is "/a/b"; must be a directory of the machine: "/", "/a", "/c"';
        expect(() => checkDirectory("/a/b")).toThrow(line);
        expect(() => checkDirectory("/nowhere")).toThrow('/at is "/nowhere"; must be a directory of the machine:');
    });
});
