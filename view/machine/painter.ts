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

export function factsOf({ config, machine }: Session): Facts {
    const { mesh, hartsPerCluster, bankSize, clustersWithoutHarts, clustersWithoutMemory } = config.machine;
    const [x = 1, y = 1] = mesh;
    return {
        mesh: [x, y],
        hartsPerCluster,
        bankSize,
        quantum: machine.quantum,
        seed: config.seed,
        programs: config.programs.map(({ path, nodes }) => ({ path, nodes })),
        noHarts: clustersWithoutHarts,
        noMemory: clustersWithoutMemory,
    };
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
        const { system, journal, frames, clock, furthest, ended, moments, written } = this.#session;
        this.#hash = ended === undefined ? undefined : (this.#hash ?? system.stateHash());
        const consoleFrom = this.#shown;
        const console = Uint8Array.from(this.#session.console.slice(consoleFrom, consoleFrom + MOST_CONSOLE));
        this.#shown += console.length;
        this.#lookForProcesses();
        return {
            clock,
            furthest,
            executed: executedBy(system.machine),
            heard: journal.heard,
            known: journal.known,
            atEvent: this.#session.atEvent,
            busy,
            ended,
            stateHash: this.#hash,
            console,
            consoleFrom,
            written,
            frames: frames.takeChanged(),
            processes: this.#processes,
            moments: moments.clocks,
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
