/** Which program's process each hart runs in user mode: the last one that its kernel entered (events process, leave). */

import type { Handlers, Observer } from "../abi/observer.ts";

export class Running implements Observer {
    readonly on: Handlers = {
        process: ({ pid, program }) => void this.#programs.set(pid, program),
        leave: ({ pid }, hart) => void this.#pids.set(hart, pid),
    };
    readonly #programs = new Map<number, number>();
    readonly #pids = new Map<number, number>();

    get gathered() {
        return { name: "running", containers: { programs: this.#programs, pids: this.#pids } };
    }

    /** The index of the program in the config; undefined while the hart has entered none. */
    program(hart: number): number | undefined {
        return this.#programs.get(this.#pids.get(hart) ?? 0);
    }
}
