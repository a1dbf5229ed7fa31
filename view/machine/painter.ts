/** Pictures of a session: where it stands, and what has changed since the picture before. */

import { EVENTS, placesOf } from "../../boot/abi/events.ts";
import type { Machine } from "../../emu/machine.ts";
import type { Facts, Picture, ProcessFacts } from "../protocol.ts";
import type { Session } from "./session.ts";

/** pid, program, node, cxy. */
const BEGUN = placesOf(EVENTS.process.fields).slice(0, 4);
/** pid. */
const ENDED = placesOf(EVENTS.exit.fields).slice(0, 1);
const NO_NODE = 0xffff_ffff;
/** Bytes of the console in one picture. */
const MOST_CONSOLE = 65_536;

export function factsOf({ shape, machine }: Session): Facts {
    return { ...shape, quantum: machine.quantum };
}

/** Instructions of all harts, those of a turn that is under way too. */
function executedBy(machine: Machine): number {
    let sum = 0;
    for (let hart = 0; hart < machine.hartCount; hart++) sum += machine.hart(hart).executed;
    return sum;
}

export class Painter {
    readonly #session: Session;
    #shown = 0;
    #hash: string | undefined;
    readonly #processes: ProcessFacts[] = [];
    /** Events that were looked at for processes. */
    #looked = 0;

    constructor(session: Session) {
        this.#session = session;
    }

    picture(busy: boolean): Picture {
        const { subject, machine, journal, clock, furthest, ended, moments, written, deeds } = this.#session;
        this.#hash = ended === undefined ? undefined : (this.#hash ?? subject.stateHash());
        const cut = this.#session.takeCut();
        this.#shown = Math.min(this.#shown, cut.console);
        if (this.#looked > cut.known) this.#forget(cut.known);
        const consoleFrom = this.#shown;
        const console = Uint8Array.from(this.#session.console.slice(consoleFrom, consoleFrom + MOST_CONSOLE));
        this.#shown += console.length;
        this.#lookForProcesses();
        return {
            clock,
            furthest,
            executed: executedBy(machine),
            heard: journal.heard,
            known: journal.known,
            atEvent: this.#session.atEvent,
            busy,
            ended,
            stateHash: this.#hash,
            console,
            consoleFrom,
            written,
            frames: this.#session.takeFrames(),
            processes: this.#processes,
            moments: moments.clocks,
            deeds: deeds.map(({ clock: at, text }) => ({ clock: at, text })),
        };
    }

    #lookForProcesses(): void {
        const { journal } = this.#session;
        for (this.#looked = Math.max(this.#looked, journal.first); this.#looked < journal.known; this.#looked++) {
            const number = journal.number(this.#looked);
            if (number === EVENTS.process.number) this.#begun(this.#looked);
            else if (number === EVENTS.exit.number) this.#ended(this.#looked);
        }
    }

    /** The run has another future than the one whose events were looked at. */
    #forget(known: number): void {
        const kept = this.#processes.filter(({ from }) => from < known);
        const cut = kept.map((each) => (each.to !== undefined && each.to >= known ? { ...each, to: undefined } : each));
        this.#processes.splice(0, this.#processes.length, ...cut);
        this.#looked = known;
    }

    #begun(index: number): void {
        const [pid = 0, program = 0, node = 0, cxy = 0] = BEGUN.map((place) =>
            this.#session.journal.field(index, place),
        );
        const isFork = node === NO_NODE;
        this.#processes.push({ pid, program, node: isFork ? 0 : node, isFork, cxy, from: index, to: undefined });
    }

    #ended(index: number): void {
        const [pid] = ENDED.map((place) => this.#session.journal.field(index, place));
        const at = this.#processes.findLastIndex((each) => each.pid === pid);
        const found = this.#processes[at];
        if (found !== undefined) this.#processes[at] = { ...found, to: index };
    }
}
