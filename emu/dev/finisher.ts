/**
 * The test finisher: a store ends the run or resets the machine. Sources: SiFive E20/E21 test finisher and QEMU's
 * hw/misc/sifive_test.c.
 *
 *      31            16 15             0
 *     +----------------+----------------+
 *     | exit code      | command        |
 *     +----------------+----------------+
 */

import type { DeviceState } from "./device.ts";
import { type Register, RegisterDevice } from "./registers.ts";

const FinisherCommand = { fail: 0x3333, pass: 0x5555, reset: 0x7777 } as const;

export interface FinisherEvents {
    /** `code` is 0 for pass. For fail it is the guest's 16-bit code, which may itself be 0, so `failed` says which. */
    onExit(code: number, failed: boolean): void;
    onReset(): void;
}

export class Finisher extends RegisterDevice {
    readonly #events: FinisherEvents;

    constructor(events: FinisherEvents) {
        super("finisher");
        this.#events = events;
    }

    state(): DeviceState {
        return {};
    }

    restore(): boolean {
        return true;
    }

    protected registers(): readonly Register[] {
        return [
            {
                name: "finish",
                offset: 0,
                sizeBytes: 4,
                widths: 2 | 4,
                read: () => {},
                write: (access, _index, part) => {
                    if (part === 0) this.#command(access.lo);
                },
            },
        ];
    }

    /** Other commands are ignored, as in QEMU. */
    #command(value: number): void {
        const command = value & 0xffff;
        const code = (value >>> 16) & 0xffff;
        if (command === FinisherCommand.pass) this.#events.onExit(0, false);
        else if (command === FinisherCommand.fail) this.#events.onExit(code, true);
        else if (command === FinisherCommand.reset) this.#events.onReset();
    }
}
