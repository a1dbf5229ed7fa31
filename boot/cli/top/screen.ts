/** Where the frames of `archipel top` go: a terminal's whole screen, renewed by the host's clock, or plain text, a frame each so many cycles. */

import type { Config } from "../../../configs/schema/config.ts";
import { EVENTS, eventNumber, fieldNumber, fieldPlace } from "../../abi/events.ts";
import { onWayOut } from "../../interruption.ts";
import type { SystemHooks, SystemRun } from "../../report/report.ts";
import type { Steppable } from "../drive.ts";
import type { Streams } from "../output.ts";
import { type FrameShape, frameLines, pageName, type Standing } from "./frame.ts";

const FRAME_MS = 250;
/** The alternate screen without a cursor, and back (ECMA-48, xterm's private modes). */
const [ENTER, LEAVE] = ["\x1b[?1049h\x1b[?25l", "\x1b[?25h\x1b[?1049l"];
const HOME = "\x1b[H";
const CLEAR_LINE = "\x1b[K";
const CLEAR_BELOW = "\x1b[J";
const PLAIN_HEIGHT = 64;

const [PROGRAM, PROCESS] = [fieldPlace("process", "program"), fieldPlace("process", "pid")];
const [PID, VADDR] = [fieldPlace("faultBegin", "pid"), fieldPlace("faultBegin", "vaddr")];

export interface Frames {
    /** Cycles from one plain frame to the next. */
    readonly every: number;
    /** Lines and columns of the terminal. */
    readonly height: number;
    readonly width: number;
}

/** Draws a run. Its console's output is not shown on a terminal, where the frames are. */
export class Screen {
    readonly observers: NonNullable<SystemHooks["observers"]>;
    readonly #streams: Streams;
    readonly #shape: FrameShape;
    readonly #every: number;
    readonly #programs: readonly string[];
    readonly #programOf = new Map<number, string>();
    readonly #pages = new Map<string, number>();
    #last: Standing | undefined;
    #drawnAt = 0;
    #leave: (() => void) | undefined;

    constructor({ machine, programs }: Config, title: string, { every, width, height }: Frames, streams: Streams) {
        const [x = 1, y = 1] = machine.mesh;
        const { color, outIsTerminal } = streams;
        const size = outIsTerminal
            ? { width, height: height - 1 }
            : { width: Number.POSITIVE_INFINITY, height: PLAIN_HEIGHT };
        this.#shape = { title, mesh: [x, y], hartsPerCluster: machine.hartsPerCluster, color, ...size };
        this.#streams = streams;
        this.#every = every;
        this.#programs = programs.map(({ path }) => path);
        this.observers = [{ on: {}, onAny: (_hart, halves) => this.#hear(halves) }];
    }

    /** Steps the run as it is, and draws between its steps. */
    follow<E>(
        inner: { step(instructions: number, limit: number, cycle?: number): ReturnType<Steppable<E>["step"]> },
        run: SystemRun,
    ): Steppable<E> {
        if (this.#streams.outIsTerminal) {
            this.#streams.out(ENTER);
            this.#leave = onWayOut(() => this.#streams.out(LEAVE));
            return inner;
        }
        let next = this.#every;
        return {
            step: (instructions, limit) => {
                const result = inner.step(instructions, limit, next);
                if (result.ended || run.clock() < next) return result;
                next += this.#every;
                this.#draw(run);
                return result;
            },
        };
    }

    /** Between two steps. */
    stepped(run: SystemRun): void {
        const now = performance.now();
        if (!this.#streams.outIsTerminal || now - this.#drawnAt < FRAME_MS) return;
        this.#drawnAt = now;
        this.#draw(run);
    }

    /** Draws the last frame, which stays. */
    close(run: SystemRun | undefined): void {
        if (this.#leave !== undefined) {
            this.#leave();
            this.#streams.out(LEAVE);
            this.#leave = undefined;
        }
        if (run === undefined) return;
        this.#last = undefined;
        this.#streams.out(`${frameLines(this.#shape, this.#standing(run), undefined).join("\n")}\n`);
    }

    #draw(run: SystemRun): void {
        const standing = this.#standing(run);
        const lines = frameLines(this.#shape, standing, this.#last);
        this.#last = standing;
        if (!this.#streams.outIsTerminal) this.#streams.out(`${lines.join("\n")}\n\n`);
        else this.#streams.out(`${HOME}${lines.map((line) => `${line}${CLEAR_LINE}\n`).join("")}${CLEAR_BELOW}`);
    }

    #standing(run: SystemRun): Standing {
        const { clusters, traffic } = run.report();
        // The recorder goes on counting in its own.
        const copy = structuredClone(clusters);
        return {
            clock: run.clock(),
            instructions: run.instructions(),
            clusters: copy,
            traffic: traffic ?? [],
            pages: this.#pages,
        };
    }

    #hear(halves: Uint32Array): void {
        const number = eventNumber(halves);
        if (number === EVENTS.process.number) this.#begun(halves);
        else if (number === EVENTS.faultBegin.number) this.#faulted(halves);
    }

    #begun(halves: Uint32Array): void {
        const program = this.#programs[fieldNumber(PROGRAM, halves)] ?? "";
        this.#programOf.set(fieldNumber(PROCESS, halves), program);
    }

    #faulted(halves: Uint32Array): void {
        const name = pageName(this.#programOf.get(fieldNumber(PID, halves)) ?? "?", fieldNumber(VADDR, halves));
        this.#pages.set(name, (this.#pages.get(name) ?? 0) + 1);
    }
}
