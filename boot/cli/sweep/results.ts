/**
 * Results on disk: DIR/cells/HASH.json for a finished cell, HASH.failed.json for one that failed (it is run again). Files
 * are written by rename, so that whoever looks, at any time, sees whole ones.
 */

import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { readFailure } from "../../../configs/load.ts";
import { CommandError } from "../../report/exit-codes.ts";
import { outputError, writeWhole } from "../output.ts";
import type { Cell } from "./cells.ts";
import { canonicalJson, type Identity, identify } from "./identity.ts";

/** A cell with the hashes that name its result. */
export interface NamedCell extends Cell, Identity {}

/** The part of boot's --json document that a sweep looks at itself. */
export interface RunDocument {
    readonly exit: { readonly code: number; readonly reason: string; readonly message: string };
}

export interface CellResult {
    readonly format: "archipel-cell/1";
    readonly configHash: string;
    readonly resultHash: string;
    readonly commit: string | null;
    /** What `boot --json` writes. */
    readonly run: RunDocument;
}

export function nameCells(cells: readonly Cell[]): NamedCell[] {
    return cells.map((cell) => ({ ...cell, ...identify(cell.loaded) }));
}

/** Makes DIR and DIR/cells. Throws CommandError (output). */
export function makeFolders(directory: string): void {
    try {
        mkdirSync(join(directory, "cells"), { recursive: true });
    } catch (error) {
        const reason = (error as NodeJS.ErrnoException).code ?? String(error);
        throw new CommandError("output", `--out ${directory}: cannot be made a folder (${reason})`);
    }
}

export class Results {
    readonly #directory: string;

    constructor(directory: string) {
        this.#directory = directory;
    }

    /** The result of a cell that has ended well. */
    finished({ resultHash }: Identity): CellResult | undefined {
        const result = this.#read(`${resultHash}.json`);
        return result?.resultHash === resultHash ? result : undefined;
    }

    failed({ resultHash }: Identity): CellResult | undefined {
        return this.#read(`${resultHash}.failed.json`);
    }

    save({ configHash, resultHash }: Identity, commit: string | null, run: RunDocument): void {
        const result: CellResult = { format: "archipel-cell/1", configHash, resultHash, commit, run };
        const good = run.exit.code === 0;
        if (good) this.forgetFailure({ resultHash });
        writeWhole(this.#file(`${resultHash}${good ? "" : ".failed"}.json`), `${canonicalJson(result)}\n`);
    }

    /** Before a cell is tried again. */
    forgetFailure({ resultHash }: Pick<Identity, "resultHash">): void {
        const file = this.#file(`${resultHash}.failed.json`);
        try {
            rmSync(file, { force: true });
        } catch (error) {
            throw outputError(file, error);
        }
    }

    #file(name: string): string {
        return join(this.#directory, "cells", name);
    }

    #read(name: string): CellResult | undefined {
        try {
            return JSON.parse(readFileSync(this.#file(name), "utf8")) as CellResult;
        } catch (error) {
            // A damaged file (a full disk, an editor) is no result: the cell runs again.
            const { code } = error as NodeJS.ErrnoException;
            if (code === "ENOENT" || error instanceof SyntaxError) return undefined;
            throw new CommandError("input", `${this.#file(name)}: cannot be read: ${readFailure(error)}`);
        }
    }
}
