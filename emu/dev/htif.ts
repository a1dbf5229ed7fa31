/**
 * HTIF is the host-target interface of riscv-tests and riscv-pk. It is no mapped device but a watch on the ELF's `tohost` word.
 * Sources: riscv-isa-sim's fesvr (htif.cc, device.cc), riscv-tests' env/p.
 *
 *      63      56 55      48 47                                              0
 *     +----------+----------+-------------------------------------------------+
 *     | device   | command  | payload                                         |
 *     +----------+----------+-------------------------------------------------+
 *
 * Device 0 command 0 with an odd payload ends the run with code payload >> 1. Device 1 command 1 prints the payload's low byte.
 * To stay deterministic, the machine polls after every turn of every hart, in turn order. Turns end by the guest's rule
 * (docs/spec/turns.md 2.1), so the values seen do not depend on the engine. A value overwritten within one turn is lost.
 */

/** Physical memory as the machine reads and writes it for the host. */
export interface PhysicalWords {
    read32(paddr: number): number;
    write32(paddr: number, value: number): void;
}

export interface HtifEvents {
    onByte(byte: number): void;
    /** The guest's exit value; 0 is success. */
    onExit(code: number): void;
}

const DEVICE_SYSCALL = 0;
const DEVICE_CONSOLE = 1;
const COMMAND_WRITE = 1;

export class Htif {
    readonly tohost: number;
    readonly fromhost: number | undefined;
    readonly #events: HtifEvents;

    /** `tohost` and `fromhost` are the addresses of the ELF's symbols. Without fromhost no request is acknowledged there. */
    constructor(tohost: number, fromhost: number | undefined, events: HtifEvents) {
        this.tohost = tohost;
        this.fromhost = fromhost;
        this.#events = events;
    }

    /** Serves a request if there is one: clears tohost, acts, acknowledges. Unknown requests are cleared and ignored. */
    poll(memory: PhysicalWords): void {
        const lo = memory.read32(this.tohost);
        const hi = memory.read32(this.tohost + 4);
        if (lo === 0 && hi === 0) return;
        memory.write32(this.tohost, 0);
        memory.write32(this.tohost + 4, 0);
        const device = hi >>> 24;
        const command = (hi >>> 16) & 0xff;
        if (device === DEVICE_CONSOLE && command === COMMAND_WRITE) {
            this.#events.onByte(lo & 0xff);
            this.#acknowledge(memory, hi);
        } else if (device === DEVICE_SYSCALL && (lo & 1) !== 0) {
            this.#events.onExit(exitCode(lo, hi));
        }
    }

    /** fromhost gets device and command with payload 0, which is the answer of fesvr's bcd_t to a write. */
    #acknowledge(memory: PhysicalWords, hi: number): void {
        if (this.fromhost === undefined) return;
        memory.write32(this.fromhost, 0);
        memory.write32(this.fromhost + 4, (hi & 0xffff_0000) >>> 0);
    }
}

/** Payload >> 1, kept to 32 bits, because hosts use no more. */
function exitCode(lo: number, hi: number): number {
    return ((lo >>> 1) | ((hi & 1) << 31)) >>> 0;
}
