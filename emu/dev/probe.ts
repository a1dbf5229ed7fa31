/**
 * Probe, the kernel's trace port (docs/kernel.md, "Probe records"): eight 64-bit words, which each hart has for itself. Stores to words 1 to 7
 * latch; the core does that by itself (emu/core/memory.ts). A store to word 0 latches and commits the record. Word 7 begins a record: whatever
 * is stored, it holds the hart's clock then, and 0 again behind the commit. Reads give 0. The guest can see nothing that depends on it, so it
 * is not part of the state hash.
 */

import { MAX_HARTS } from "../mem/map.ts";
import type { DeviceState, MmioAccess } from "./device.ts";
import { type Register, RegisterDevice } from "./registers.ts";

const WORDS_PER_PORT = 8;
const HALVES_PER_PORT = 2 * WORDS_PER_PORT;
const WORD_BYTES = 8;
/** The half where word 7 begins. */
const BEGUN = 14;

/** `halves` holds the eight words as lo, hi pairs, in the last the clock at which the record began, or 0. It is reused, so a listener copies the values that it keeps. */
export type ProbeListener = (hart: number, halves: Uint32Array) => void;

export class Probe extends RegisterDevice {
    /** Set by the host; undefined drops records. */
    onRecord: ProbeListener | undefined;
    readonly #ports: readonly Uint32Array[];

    /** `latches` are the words of all ports, in the machine's memory. */
    constructor(latches: Uint32Array) {
        super("probe");
        const hartCount = latches.length / HALVES_PER_PORT;
        if (hartCount > MAX_HARTS) throw new RangeError(`probe: ${hartCount} harts; at most ${MAX_HARTS}`);
        this.#ports = Array.from({ length: hartCount }, (_, hart) =>
            latches.subarray(hart * HALVES_PER_PORT, (hart + 1) * HALVES_PER_PORT),
        );
    }

    protected registers(): readonly Register[] {
        return [
            {
                name: "port",
                offset: 0,
                sizeBytes: WORD_BYTES,
                count: WORDS_PER_PORT,
                widths: 8,
                read: () => {},
                write: (access, word) => this.#store(access, word),
            },
        ];
    }

    /** The words of ports lie in the machine's memory. */
    state(): DeviceState {
        return {};
    }

    restore(): boolean {
        return true;
    }

    reset(): void {
        for (const port of this.#ports) port.fill(0);
    }

    #store(access: MmioAccess, word: number): void {
        const { hart } = access;
        const port = this.#ports[hart];
        if (port === undefined) return;
        port[2 * word] = access.lo;
        port[2 * word + 1] = access.hi;
        if (word !== 0) return;
        this.onRecord?.(hart, port);
        port.fill(0, BEGUN);
    }
}
