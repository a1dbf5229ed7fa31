/**
 * 16550 UART with QEMU's conventions (hw/char/serial.c, serial_mm with regshift 0): one byte-wide register per offset, and wider aligned
 * accesses act on the register at their offset. Source: National Semiconductor PC16550D data sheet, 8. The line is infinitely fast: the
 * transmitter is always empty, and received bytes wait in a queue that the host fills.
 */

import type { DeviceState } from "./device.ts";
import { type Register, RegisterDevice } from "./registers.ts";

/** Line control: divisor latch access. */
const LCR_DLAB = 0x80;
/** Interrupt enables: received data, transmitter empty, line status, modem status. */
const IER_RDI = 0x01;
const IER_THRI = 0x02;
const IER_MASK = 0x0f;
/** Interrupt identification, and the two bits that say that FIFOs are on. */
const IIR_NONE = 0x01;
const IIR_THRI = 0x02;
const IIR_RDI = 0x04;
const IIR_TIMEOUT = 0x0c;
const IIR_FIFOS = 0xc0;
/** FIFO control: enable, clear the receiver; bits 7..6 select the trigger level. */
const FCR_ENABLE = 0x01;
const FCR_CLEAR_RECEIVER = 0x02;
const FCR_KEPT = 0xc9;
const TRIGGER_LEVELS = [1, 4, 8, 14];
/** Line status: data ready, transmitter holding register and transmitter empty. */
const LSR_DATA_READY = 0x01;
const LSR_TRANSMITTER_EMPTY = 0x60;
/** Modem status: carrier detect, data set ready, clear to send. */
const MSR_CONNECTED = 0xb0;
const MCR_LOOPBACK = 0x10;
const MCR_MASK = 0x1f;
/** 9600 baud at QEMU's base. It is only ever read back. */
const DEFAULT_DIVISOR = 0x0c;

/** Any width up to the 8-byte register file. */
const ANY_WIDTH = 1 | 2 | 4 | 8;
const REGISTER_FILE_BYTES = 8;

export interface UartEvents {
    onByte(byte: number): void;
    onInterrupt(on: boolean): void;
}

export class Uart16550 extends RegisterDevice {
    readonly #events: UartEvents;
    #input: number[] = [];
    #ier = 0;
    #fcr = 0;
    #lcr = 0;
    #mcr = 0;
    #scr = 0;
    #divisor = DEFAULT_DIVISOR;
    /** A transmitter-empty interrupt is due until IIR shows it or THR is written. */
    #transmitterInterrupt = false;
    #asserted = false;

    constructor(events: UartEvents) {
        super("uart");
        this.#events = events;
    }

    protected registers(): readonly Register[] {
        return [
            {
                name: "RBR/THR/DLL, IER/DLM, IIR/FCR, LCR, MCR, LSR, MSR, SCR",
                offset: 0,
                sizeBytes: REGISTER_FILE_BYTES,
                widths: ANY_WIDTH,
                read: (access, _index, register) => {
                    access.lo = this.#readRegister(register);
                },
                write: (access, _index, register) => this.#writeRegister(register, access.lo & 0xff),
            },
        ];
    }

    reset(): void {
        this.#input = [];
        this.#ier = 0;
        this.#fcr = 0;
        this.#lcr = 0;
        this.#mcr = 0;
        this.#scr = 0;
        this.#divisor = DEFAULT_DIVISOR;
        this.#transmitterInterrupt = false;
        this.#update();
    }

    /** Takes bytes from the host's side. They are received at once. */
    pushInput(bytes: Uint8Array | readonly number[]): void {
        for (const byte of bytes) this.#input.push(byte & 0xff);
        this.#update();
    }

    state(): DeviceState {
        return {
            ier: Uint8Array.of(this.#ier),
            fcr: Uint8Array.of(this.#fcr),
            lcr: Uint8Array.of(this.#lcr),
            mcr: Uint8Array.of(this.#mcr),
            scr: Uint8Array.of(this.#scr),
            divisor: Uint8Array.of(this.#divisor & 0xff, this.#divisor >>> 8),
            transmitterInterrupt: Uint8Array.of(this.#transmitterInterrupt ? 1 : 0),
            input: Uint8Array.from(this.#input),
        };
    }

    restore(state: DeviceState): boolean {
        const byte = (name: string) => (state[name]?.length === 1 ? state[name]?.[0] : undefined);
        const [ier, fcr, lcr] = [byte("ier"), byte("fcr"), byte("lcr")];
        const [mcr, scr, due] = [byte("mcr"), byte("scr"), byte("transmitterInterrupt")];
        const [low, high] = state.divisor ?? [];
        const { input } = state;
        if (ier === undefined || fcr === undefined || lcr === undefined || mcr === undefined) return false;
        if (scr === undefined || due === undefined || low === undefined || high === undefined || !input) return false;
        [this.#ier, this.#fcr, this.#lcr, this.#mcr, this.#scr] = [ier, fcr, lcr, mcr, scr];
        this.#divisor = low | (high << 8);
        this.#transmitterInterrupt = due !== 0;
        this.#input = [...input];
        this.#asserted = this.#cause() !== IIR_NONE;
        return true;
    }

    #readRegister(register: number): number {
        const latch = (this.#lcr & LCR_DLAB) !== 0;
        switch (register) {
            case 0:
                return latch ? this.#divisor & 0xff : this.#receive();
            case 1:
                return latch ? this.#divisor >>> 8 : this.#ier;
            case 2:
                return this.#identify();
            case 3:
                return this.#lcr;
            case 4:
                return this.#mcr;
            case 5:
                return LSR_TRANSMITTER_EMPTY | (this.#input.length > 0 ? LSR_DATA_READY : 0);
            case 6:
                return this.#modemStatus();
            default:
                return this.#scr;
        }
    }

    /** LSR and MSR are read-only. Writes are ignored, as in QEMU. */
    #writeRegister(register: number, value: number): void {
        const latch = (this.#lcr & LCR_DLAB) !== 0;
        if (register === 0 && latch) this.#divisor = (this.#divisor & 0xff00) | value;
        else if (register === 0) this.#transmit(value);
        else if (register === 1 && latch) this.#divisor = (this.#divisor & 0x00ff) | (value << 8);
        else if (register === 1) this.#setInterruptEnable(value & IER_MASK);
        else if (register === 2) this.#setFifoControl(value);
        else if (register === 3) this.#lcr = value;
        else if (register === 4) this.#mcr = value & MCR_MASK;
        else if (register === 7) this.#scr = value;
    }

    #receive(): number {
        const byte = this.#input.shift() ?? 0;
        this.#update();
        return byte;
    }

    #transmit(byte: number): void {
        if ((this.#mcr & MCR_LOOPBACK) !== 0) this.#input.push(byte);
        else this.#events.onByte(byte);
        this.#transmitterInterrupt = true;
        this.#update();
    }

    /** Enabling the transmitter interrupt while the transmitter is empty raises it (PC16550D, 8.6.1). */
    #setInterruptEnable(value: number): void {
        if ((value & ~this.#ier & IER_THRI) !== 0) this.#transmitterInterrupt = true;
        this.#ier = value;
        this.#update();
    }

    #setFifoControl(value: number): void {
        const switched = ((value ^ this.#fcr) & FCR_ENABLE) !== 0;
        if (switched || (value & FCR_CLEAR_RECEIVER) !== 0) this.#input = [];
        this.#fcr = value & FCR_KEPT;
        this.#update();
    }

    /** Reading IIR acknowledges a transmitter interrupt that it shows. */
    #identify(): number {
        const cause = this.#cause();
        if (cause === IIR_THRI) {
            this.#transmitterInterrupt = false;
            this.#update();
        }
        return cause | ((this.#fcr & FCR_ENABLE) !== 0 ? IIR_FIFOS : 0);
    }

    /** Below the trigger level the character timeout is due at once, because the line takes no time here. */
    #cause(): number {
        if ((this.#ier & IER_RDI) !== 0 && this.#input.length > 0) {
            const fifos = (this.#fcr & FCR_ENABLE) !== 0;
            const trigger = fifos ? (TRIGGER_LEVELS[this.#fcr >>> 6] ?? 1) : 1;
            return this.#input.length >= trigger ? IIR_RDI : IIR_TIMEOUT;
        }
        if ((this.#ier & IER_THRI) !== 0 && this.#transmitterInterrupt) return IIR_THRI;
        return IIR_NONE;
    }

    /** In loopback the modem inputs are the modem outputs: OUT2, OUT1, RTS, DTR become DCD, RI, CTS, DSR. */
    #modemStatus(): number {
        if ((this.#mcr & MCR_LOOPBACK) === 0) return MSR_CONNECTED;
        return ((this.#mcr & 0x0c) << 4) | ((this.#mcr & 0x02) << 3) | ((this.#mcr & 0x01) << 5);
    }

    #update(): void {
        const on = this.#cause() !== IIR_NONE;
        if (on === this.#asserted) return;
        this.#asserted = on;
        this.#events.onInterrupt(on);
    }
}
