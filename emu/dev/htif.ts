/**
 * HTIF is the host-target interface of riscv-tests and riscv-pk. It is no mapped device but a watch on the ELF's `tohost` word.
 * Sources: riscv-isa-sim's fesvr (htif.cc, device.cc, syscall.cc), riscv-tests' env/p and benchmarks.
 *
 *      63      56 55      48 47                                              0
 *     +----------+----------+-------------------------------------------------+
 *     | device   | command  | payload                                         |
 *     +----------+----------+-------------------------------------------------+
 *
 * Device 0 command 0 with an odd payload ends the run with code payload >> 1; an even one is the address of a system call that the host
 * carries out: eight words, the number, then the arguments; the result replaces the number. Device 1 command 1 prints the payload's low byte.
 * To stay deterministic, the machine polls after every turn of every hart, in turn order. Turns end by the guest's rule
 * (docs/spec/turns.md 2.1), so the values seen do not depend on the engine. A value overwritten within one turn is lost.
 */

/** Physical memory as the machine reads and writes it for the host. */
export interface PhysicalWords {
    read32(paddr: number): number;
    write32(paddr: number, value: number): void;
    /** DeviceRam.read. */
    readRam(paddr: number, length: number): Uint8Array | undefined;
}

export interface HtifEvents {
    onByte(byte: number): void;
    /** The guest's exit value; 0 is success. */
    onExit(code: number): void;
    /** The guest asks for what is not there. `request` says for what. */
    onUnknown(request: string): void;
}

const DEVICE_SYSCALL = 0;
const DEVICE_CONSOLE = 1;
const COMMAND_WRITE = 1;
const SYSCALL_WORD_BYTES = 8;
const SYSCALL_WORDS = 8;
/** Numbers of Linux riscv64. */
const SYS_WRITE = 64;
const SYS_EXIT = 93;
const KNOWN = "there are write (system call 64), exit (93) and the console's write (command 1 of device 1)";
const EBADF = 9;
const EFAULT = 14;
const STREAMS = [1, 2];

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

    /** Serves a request if there is one: clears tohost, acts, acknowledges. A value that can be no request is cleared and ignored. */
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
            this.#acknowledge(memory, hi, 0);
        } else if (device !== DEVICE_SYSCALL || command !== 0) {
            this.#events.onUnknown(`command ${command} of device ${device}; ${KNOWN}`);
        } else if ((lo & 1) !== 0) {
            this.#events.onExit(exitCode(lo, hi));
        } else {
            this.#serve(memory, (hi & 0xffff) * 2 ** 32 + lo);
        }
    }

    #serve(memory: PhysicalWords, address: number): void {
        const block = address % SYSCALL_WORD_BYTES === 0 && memory.readRam(address, SYSCALL_WORDS * SYSCALL_WORD_BYTES);
        if (!block) return;
        const view = new DataView(block.buffer, block.byteOffset, block.byteLength);
        const word = (index: number) => Number(view.getBigUint64(SYSCALL_WORD_BYTES * index, true));
        const call = word(0);
        if (call === SYS_EXIT) this.#events.onExit(view.getUint32(SYSCALL_WORD_BYTES, true));
        else if (call !== SYS_WRITE) this.#events.onUnknown(`system call ${call}; ${KNOWN}`);
        else {
            const result = this.#write(memory, word(1), word(2), word(3));
            memory.write32(address, result >>> 0);
            memory.write32(address + 4, result < 0 ? 0xffff_ffff : 0);
            this.#acknowledge(memory, 0, 1);
        }
    }

    /** Both streams are the console. Returns the bytes written, or an error below 0. */
    #write(memory: PhysicalWords, stream: number, address: number, length: number): number {
        if (!STREAMS.includes(stream)) return -EBADF;
        const bytes = memory.readRam(address, length);
        if (bytes === undefined) return -EFAULT;
        for (const byte of bytes) this.#events.onByte(byte);
        return length;
    }

    /** fromhost gets device and command of the request, and the answer as fesvr gives it: 0 of the console, 1 of a system call. */
    #acknowledge(memory: PhysicalWords, hi: number, answer: number): void {
        if (this.fromhost === undefined) return;
        memory.write32(this.fromhost, answer);
        memory.write32(this.fromhost + 4, (hi & 0xffff_0000) >>> 0);
    }
}

/** Payload >> 1, kept to 32 bits, because hosts use no more. */
function exitCode(lo: number, hi: number): number {
    return ((lo >>> 1) | ((hi & 1) << 31)) >>> 0;
}
