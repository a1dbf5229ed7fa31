/** Progress of a sweep on stderr: a bar with the time left on a terminal (cli-progress), plain lines otherwise. */

import { SingleBar } from "cli-progress";
import type { Streams } from "../output.ts";

export class SweepProgress {
    readonly #streams: Streams;
    readonly #total: number;
    readonly #now: () => number;
    readonly #start: number;
    #bar: SingleBar | undefined;
    #done = 0;
    #failed = 0;

    /** `total` cells are to be run; `now` is the host's clock in milliseconds. */
    constructor(streams: Streams, total: number, now: () => number = () => performance.now()) {
        this.#streams = streams;
        this.#total = total;
        this.#now = now;
        this.#start = now();
        if (!streams.errIsTerminal || total === 0) return;
        const format = "archipel: {bar} {value}/{total} cells, {left}";
        this.#bar = new SingleBar({ format, clearOnComplete: true, stream: process.stderr, fps: 5 });
        this.#bar.start(total, 0, { left: "running" });
    }

    /** A cell ended. */
    ended(name: string, error: string | null): void {
        this.#done++;
        if (error !== null) this.#failed++;
        const failed = this.#failed === 0 ? "" : `${this.#failed} failed, `;
        const left = `${failed}${this.#timeLeft()}`;
        if (this.#bar !== undefined) this.#bar.update(this.#done, { left });
        else {
            const verdict = error === null ? "ok" : "FAILED";
            this.#streams.err(`archipel: ${name}: ${verdict} (${this.#done}/${this.#total}, ${left})\n`);
        }
    }

    clear(): void {
        this.#bar?.stop();
        this.#bar = undefined;
    }

    /** From the mean of the cells so far; the last ones may well be the largest. */
    #timeLeft(): string {
        const each = (this.#now() - this.#start) / this.#done;
        return `about ${duration((each * (this.#total - this.#done)) / 1000)} left`;
    }
}

/** 75 seconds as "1 min 15 s". */
export function duration(seconds: number): string {
    const whole = Math.round(seconds);
    if (whole < 60) return `${whole} s`;
    const minutes = Math.floor(whole / 60);
    return minutes < 60 ? `${minutes} min ${whole % 60} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
