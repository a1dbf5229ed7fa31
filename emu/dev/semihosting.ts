/**
 * Semihosting: a guest asks its debugger, here the machine, by an ebreak between two shifts of x0 (RISC-V Semihosting 0.4; Arm's
 * "Semihosting for AArch32 and AArch64" has the operations). a0 is the operation, a1 its argument or the address of a block of words; the
 * answer is in a0. There are the console (":tt") and the exit; whatever else is asked for ends the run by its name. It has no state.
 */

/** Memory as the hart that asks sees it. */
export interface GuestView {
    /** Undefined where the hart may not read. */
    read(vaddr: bigint, length: number): Uint8Array | undefined;
}

export interface SemihostingEvents {
    onByte(byte: number): void;
    /** The guest's exit value; 0 is success. */
    onExit(code: number): void;
    /** The guest asks for what is not there. `request` says for what. */
    onUnknown(request: string): void;
}

const OPERATION = {
    open: 0x01,
    close: 0x02,
    writeCharacter: 0x03,
    writeText: 0x04,
    write: 0x05,
    exit: 0x18,
    exitExtended: 0x20,
} as const;
const KNOWN = "there are SYS_OPEN of :tt, SYS_CLOSE, SYS_WRITEC, SYS_WRITE0, SYS_WRITE and SYS_EXIT";
const WORD_BYTES = 8;
const CONSOLE_NAME = ":tt";
/** Handles by the mode of SYS_OPEN: reading, writing, appending. */
const [INPUT, OUTPUT, ERROR] = [1n, 2n, 3n];
const FAILED = -1n;
/** ADP_Stopped_ApplicationExit: the program has ended by itself. Other reasons are failures. */
const APPLICATION_EXIT = 0x20026n;
/** A text ends at its zero, or here. */
const LONGEST_TEXT = 65536n;

export class Semihosting {
    readonly #events: SemihostingEvents;

    constructor(events: SemihostingEvents) {
        this.#events = events;
    }

    /** Carries out the operation. Returns a0. */
    call(operation: number, argument: bigint, view: GuestView): bigint {
        switch (operation) {
            case OPERATION.open:
                return open(words(view, argument, 3), view);
            case OPERATION.close:
                return isHandle(words(view, argument, 1)[0]) ? 0n : FAILED;
            case OPERATION.writeCharacter:
                for (const byte of view.read(argument, 1) ?? []) this.#events.onByte(byte);
                return 0n;
            case OPERATION.writeText:
                return this.#writeText(argument, view);
            case OPERATION.write:
                return this.#write(words(view, argument, 3), view);
            case OPERATION.exit:
            case OPERATION.exitExtended:
                return this.#exit(words(view, argument, 2));
            default:
                this.#events.onUnknown(`operation 0x${operation.toString(16)}; ${KNOWN}`);
                return FAILED;
        }
    }

    #writeText(argument: bigint, view: GuestView): bigint {
        for (let at = 0n; at < LONGEST_TEXT; at++) {
            const [byte] = view.read(argument + at, 1) ?? [];
            if (byte === undefined || byte === 0) break;
            this.#events.onByte(byte);
        }
        return 0n;
    }

    /** Returns the number of bytes that were not written. */
    #write([handle = 0n, address = 0n, length = 0n]: readonly bigint[], view: GuestView): bigint {
        if (handle !== OUTPUT && handle !== ERROR) return length;
        const bytes = view.read(address, Number(length));
        for (const byte of bytes ?? []) this.#events.onByte(byte);
        return bytes === undefined ? length : 0n;
    }

    #exit([reason = 0n, code = 0n]: readonly bigint[]): bigint {
        const value = Number(BigInt.asUintN(32, code));
        // picolibc gives the program's code with "unknown error", too.
        this.#events.onExit(reason === APPLICATION_EXIT || value !== 0 ? value : 1);
        return 0n;
    }
}

function open([name = 0n, mode = 0n, length = 0n]: readonly bigint[], view: GuestView): bigint {
    const bytes = length === BigInt(CONSOLE_NAME.length) ? view.read(name, CONSOLE_NAME.length) : undefined;
    const isConsole = bytes !== undefined && [...CONSOLE_NAME].every((letter, i) => letter.charCodeAt(0) === bytes[i]);
    if (!isConsole || mode > 11n) return FAILED;
    if (mode < 4n) return INPUT;
    return mode < 8n ? OUTPUT : ERROR;
}

function isHandle(handle: bigint | undefined): boolean {
    return handle === INPUT || handle === OUTPUT || handle === ERROR;
}

/** The words of a block; none where the hart may not read it. */
function words(view: GuestView, address: bigint, count: number): bigint[] {
    const bytes = view.read(address, count * WORD_BYTES);
    if (bytes === undefined) return [];
    const block = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return Array.from({ length: count }, (_, index) => block.getBigUint64(WORD_BYTES * index, true));
}
