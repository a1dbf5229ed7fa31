/** The files of the initial RAM disk by their names in the kernel's tree (docs/spec/files.md F9.2): programs and their standard inputs. */

import { NAME_BYTES, PATH_BYTES } from "../../kernel/abi/file.ts";
import { CommandError } from "../report/exit-codes.ts";
import type { Artifacts } from "./artifacts.ts";
import type { ArchiveFile } from "./cpio.ts";

export class FileTree {
    readonly files: ArchiveFile[] = [];
    /** Names of programs, and of standard inputs, by the paths of the config. */
    readonly programs = new Map<string, string>();
    readonly inputs = new Map<string, string>();
    /** Absolute paths of files and directories. */
    readonly #paths = new Set<string>();
    readonly #directories = new Set<string>(["/"]);

    constructor({ programs, inputs }: Pick<Artifacts, "programs" | "inputs">) {
        for (const { path, elf } of programs.values()) {
            const name = fits(path) ? path : `${this.programs.size}:program`;
            this.programs.set(path, name);
            this.#add(name, elf);
        }
        for (const [path, bytes] of inputs) {
            const name = fits(path) && this.#isFree(path) ? path : `${this.inputs.size}:input`;
            this.inputs.set(path, name);
            this.#add(name, bytes);
        }
    }

    /** Throws CommandError("usage") when `path`, which the config has at `pointer`, is not a directory. */
    checkDirectory(path: string, pointer: string): void {
        if (this.#directories.has(absolute(path))) return;
        const known = [...this.#directories].sort().map((each) => JSON.stringify(each));
        const line = `${pointer} is ${JSON.stringify(path)}; must be a directory of the machine: ${known.join(", ")}`;
        throw new CommandError("usage", line);
    }

    #add(name: string, bytes: Uint8Array): void {
        const path = absolute(name);
        this.files.push({ name, bytes });
        this.#paths.add(path);
        for (const directory of above(path)) this.#directories.add(directory);
    }

    /** Whether a file of that path is another one than all before, and none of those is a directory of its path. */
    #isFree(name: string): boolean {
        const path = absolute(name);
        return ![path, ...above(path)].some((each) => this.#paths.has(each)) && !this.#directories.has(path);
    }
}

/** Whether the path of a working directory is the root's. */
export function isRoot(path: string): boolean {
    return absolute(path) === "/";
}

/** Whether the kernel takes a path of that length. */
function fits(path: string): boolean {
    const bytes = (text: string) => new TextEncoder().encode(text).length;
    return bytes(path) < PATH_BYTES && path.split("/").every((part) => bytes(part) < NAME_BYTES);
}

/** The path from the root on, without "." and "..", as the kernel follows it. */
function absolute(path: string): string {
    const parts: string[] = [];
    for (const part of path.split("/")) {
        if (part === "..") parts.pop();
        else if (part !== "" && part !== ".") parts.push(part);
    }
    return `/${parts.join("/")}`;
}

/** The directories of an absolute path, but for the root. */
function above(path: string): string[] {
    const parts = path.split("/").slice(1, -1);
    return parts.map((_, i) => `/${parts.slice(0, i + 1).join("/")}`);
}
