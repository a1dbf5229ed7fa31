/** Progress on stderr: a line that renews itself on a terminal (cli-progress), plain lines otherwise. */

import { SingleBar } from "cli-progress";
import type { Streams } from "./output.ts";

/** A run shorter than this shows no progress of its instructions. */
const QUIET_SECONDS = 2;
/** Seconds between two plain lines. */
const PLAIN_INTERVAL_SECONDS = 10;

export class Progress {
    readonly #streams: Streams;
    readonly #start = performance.now();
    #bar: SingleBar | undefined;
    #barLabel = "";
    #lastPlain = 0;

    constructor(streams: Streams) {
        this.#streams = streams;
    }

    /** A build or launch step begins; `done` of `total` are over. */
    phase(name: string, done: number, total: number): void {
        if (this.#streams.errIsTerminal) this.#show("build", "{bar} {value}/{total} {text}", total, done, name);
        else this.#streams.err(`archipel: ${name} (${done + 1}/${total})\n`);
    }

    /** Instructions so far, between two steps of a run. */
    running(instructions: number): void {
        const seconds = (performance.now() - this.#start) / 1000;
        if (seconds < QUIET_SECONDS) return;
        const text = `${(instructions / 1e6).toFixed(0)} million instructions, ${seconds.toFixed(0)} s`;
        if (this.#streams.errIsTerminal) this.#show("run", "{text}", 1, 0, text);
        else if (seconds - this.#lastPlain >= PLAIN_INTERVAL_SECONDS) {
            this.#lastPlain = seconds;
            this.#streams.err(`archipel: ${text}\n`);
        }
    }

    /** Takes the line off the terminal, so that other output can be written; the next call shows it again. */
    clear(): void {
        this.#bar?.stop();
        this.#bar = undefined;
    }

    #show(label: string, format: string, total: number, value: number, text: string): void {
        if (this.#barLabel !== label) this.clear();
        this.#barLabel = label;
        if (this.#bar === undefined) {
            this.#bar = new SingleBar({
                format: `archipel: ${format}`,
                clearOnComplete: true,
                stream: process.stderr,
                fps: 5,
            });
            this.#bar.start(total, value, { text });
        } else this.#bar.update(value, { text });
    }
}
