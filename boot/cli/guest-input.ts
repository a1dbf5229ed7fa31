/**
 * stdin as the UART's input. A file or /dev/null is read whole before the run, so that the run stays reproducible; a
 * pipe is given a moment to deliver what it has; a terminal's bytes come when they come.
 */

import { fstatSync, readFileSync } from "node:fs";
import { readFailure } from "../../configs/load.ts";
import { CommandError } from "../report/exit-codes.ts";

/** How long a run waits for a pipe's first bytes or its end; a pipe that nobody writes costs this much. */
const PIPE_GRACE_MS = 100;

export class GuestInput {
    readonly #receive: (bytes: Uint8Array) => void;
    #open = false;
    #wake: () => void = () => {};

    constructor(receive: (bytes: Uint8Array) => void) {
        this.#receive = receive;
    }

    /** More may come: a guest that waits for input is not in a deadlock. */
    get open(): boolean {
        return this.#open;
    }

    async start(): Promise<void> {
        const kind = stdinKind();
        if (kind === "none") return;
        if (kind === "whole") return this.#receive(readWhole());
        this.#open = true;
        process.stdin.on("data", (bytes: Buffer) => {
            this.#receive(bytes);
            this.#wake();
        });
        process.stdin.on("end", () => this.#close());
        process.stdin.on("error", () => this.#close());
        if (kind === "pipe") await this.next(PIPE_GRACE_MS);
    }

    /** Waits for bytes, the end of the input, or the time. */
    async next(milliseconds: number): Promise<void> {
        if (!this.#open) return;
        await new Promise<void>((resolve) => {
            const timer = setTimeout(resolve, Math.min(milliseconds, 2 ** 31 - 1));
            this.#wake = () => {
                clearTimeout(timer);
                resolve();
            };
        });
    }

    /** Ends the present wait. */
    wake(): void {
        this.#wake();
    }

    /** Lets the process end although stdin is open. */
    stop(): void {
        if (!this.#open) return;
        this.#close();
        process.stdin.destroy();
    }

    #close(): void {
        this.#open = false;
        this.#wake();
    }
}

function readWhole(): Uint8Array {
    try {
        return readFileSync(0);
    } catch (error) {
        throw new CommandError("input", `stdin: cannot be read: ${readFailure(error)}`);
    }
}

function stdinKind(): "none" | "whole" | "pipe" | "terminal" {
    try {
        const stat = fstatSync(0);
        if (process.stdin.isTTY) return "terminal";
        return stat.isFIFO() || stat.isSocket() ? "pipe" : "whole";
    } catch {
        return "none"; // stdin is closed
    }
}
