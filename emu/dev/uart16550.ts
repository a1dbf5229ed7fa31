/**
 * 16550 UART with QEMU's conventions (hw/char/serial.c, serial_mm with regshift 0): one byte-wide register per offset, and wider aligned
 * accesses act on the register at their offset. Source: National Semiconductor PC16550D data sheet, 8. The line is infinitely fast: the
 * transmitter is always empty. What the host sends waits outside, as at a line with flow control, and comes in as the guest takes it: while it
 * listens (received-data interrupts are on) up to the trigger level, else a byte when it looks and there is none. So a guest that clears
 * its receiver loses no more than the receiver holds. Loopback has no flow control: what does not fit is an overrun.
 */

import type { DeviceState } from "./device.ts";
import { type Register, RegisterDevice } from "./registers.ts";

/** Line control: divisor latch access. */
const LCR_DLAB = 0x80;
/** Interrupt enables: received data, transmitter empty, line status, modem status. */
const IER_RDI = 0x01;
const IER_THRI = 0x02;
const IER_RLSI = 0x04;
const IER_MASK = 0x0f;
/** Interrupt identification, and the two bits that say that FIFOs are on. */
const IIR_NONE = 0x01;
const IIR_THRI = 0x02;
const IIR_RDI = 0x04;
const IIR_RLSI = 0x06;
const IIR_TIMEOUT = 0x0c;
const IIR_FIFOS = 0xc0;
/** FIFO control: enable, clear the receiver, clear the transmitter; bits 7..6 select the trigger level. */
const FCR_ENABLE = 0x01;
const FCR_CLEAR_RECEIVER = 0x02;
const FCR_CLEAR_TRANSMITTER = 0x04;
const FIFO_BYTES = 16;
const FCR_KEPT = 0xc9;
const TRIGGER_LEVELS = [1, 4, 8, 14];
/** Line status: data ready, overrun, transmitter holding register and transmitter empty. */
const LSR_DATA_READY = 0x01;
const LSR_OVERRUN = 0x02;
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
    /** The interrupt of received data and of line status, while there is a cause. */
    onInterrupt(on: boolean): void;
    /**
     * The transmitter has become empty, and that interrupt is enabled; false: the guest knows it. The data sheet leaves open whether the line
     * stays up between; QEMU's virt interrupts once for each time, and so do we.
     */
    onTransmitterEmpty(on: boolean): void;
}

export class Uart16550 extends RegisterDevice {
    readonly #events: UartEvents;
    /** What the host has sent and the receiver has not. */
    #waiting: number[] = [];
    /** The receiver's FIFO, or its one holding register. */
    #received: number[] = [];
    #overrun = false;
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
        this.#waiting = [];
        this.#received = [];
        this.#overrun = false;
        this.#ier = 0;
        this.#fcr = 0;
        this.#lcr = 0;
        this.#mcr = 0;
        this.#scr = 0;
        this.#divisor = DEFAULT_DIVISOR;
        this.#transmitterInterrupt = false;
        this.#update();
    }

    /** Takes bytes from the host's side. */
    pushInput(bytes: Uint8Array | readonly number[]): void {
        for (const byte of bytes) this.#waiting.push(byte & 0xff);
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
            waiting: Uint8Array.from(this.#waiting),
            received: Uint8Array.from(this.#received),
            overrun: Uint8Array.of(this.#overrun ? 1 : 0),
        };
    }

    restore(state: DeviceState): boolean {
        const byte = (name: string) => (state[name]?.length === 1 ? state[name]?.[0] : undefined);
        const [ier, fcr, lcr, mcr] = [byte("ier"), byte("fcr"), byte("lcr"), byte("mcr")];
        const [scr, due, overrun] = [byte("scr"), byte("transmitterInterrupt"), byte("overrun")];
        const [low, high] = state.divisor ?? [];
        const { waiting, received } = state;
        if (ier === undefined || fcr === undefined || lcr === undefined || mcr === undefined) return false;
        if (scr === undefined || due === undefined || overrun === undefined) return false;
        if (low === undefined || high === undefined || !waiting || !received) return false;
        [this.#ier, this.#fcr, this.#lcr, this.#mcr, this.#scr] = [ier, fcr, lcr, mcr, scr];
        this.#divisor = low | (high << 8);
        [this.#transmitterInterrupt, this.#overrun] = [due !== 0, overrun !== 0];
        [this.#waiting, this.#received] = [[...waiting], [...received]];
        this.#asserted = this.#receiverCause() !== IIR_NONE;
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
                return this.#lineStatus();
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
        else if (register === 4) this.#setModemControl(value & MCR_MASK);
        else if (register === 7) this.#scr = value;
    }

    #setModemControl(value: number): void {
        this.#mcr = value;
        this.#update();
    }

    #receive(): number {
        this.#look();
        const byte = this.#received.shift() ?? 0;
        this.#update();
        return byte;
    }

    /** Reading it forgets the overrun (PC16550D, 8.6.3). */
    #lineStatus(): number {
        this.#look();
        const ready = this.#received.length > 0 ? LSR_DATA_READY : 0;
        const overrun = this.#overrun ? LSR_OVERRUN : 0;
        this.#overrun = false;
        this.#update();
        return LSR_TRANSMITTER_EMPTY | overrun | ready;
    }

    #transmit(byte: number): void {
        if (this.#loops) this.#arrive(byte);
        else this.#events.onByte(byte);
        this.#transmitterEmptied();
        this.#update();
    }

    /** Enabling the transmitter interrupt while the transmitter is empty raises it (PC16550D, 8.6.1). */
    #setInterruptEnable(value: number): void {
        const [risen, fallen] = [value & ~this.#ier & IER_THRI, this.#ier & ~value & IER_THRI];
        this.#ier = value;
        if (risen !== 0) this.#transmitterEmptied();
        if (fallen !== 0) this.#transmitterKnown();
        this.#update();
    }

    #setFifoControl(value: number): void {
        const switched = ((value ^ this.#fcr) & FCR_ENABLE) !== 0;
        if (switched || (value & FCR_CLEAR_RECEIVER) !== 0) this.#received = [];
        this.#fcr = value & FCR_KEPT;
        if (switched || (value & FCR_CLEAR_TRANSMITTER) !== 0) this.#transmitterEmptied();
        this.#update();
    }

    #transmitterEmptied(): void {
        this.#transmitterInterrupt = true;
        if ((this.#ier & IER_THRI) !== 0) this.#events.onTransmitterEmpty(true);
    }

    #transmitterKnown(): void {
        this.#transmitterInterrupt = false;
        this.#events.onTransmitterEmpty(false);
    }

    /** Reading IIR acknowledges a transmitter interrupt that it shows. */
    #identify(): number {
        const cause = this.#cause();
        if (cause === IIR_THRI) this.#transmitterKnown();
        return cause | (this.#hasFifos ? IIR_FIFOS : 0);
    }

    #cause(): number {
        const received = this.#receiverCause();
        if (received !== IIR_NONE) return received;
        return (this.#ier & IER_THRI) !== 0 && this.#transmitterInterrupt ? IIR_THRI : IIR_NONE;
    }

    /** Below the trigger level the character timeout is due at once, because the line takes no time here. */
    #receiverCause(): number {
        if ((this.#ier & IER_RLSI) !== 0 && this.#overrun) return IIR_RLSI;
        if ((this.#ier & IER_RDI) === 0 || this.#received.length === 0) return IIR_NONE;
        return this.#received.length >= this.#trigger ? IIR_RDI : IIR_TIMEOUT;
    }

    get #hasFifos(): boolean {
        return (this.#fcr & FCR_ENABLE) !== 0;
    }

    get #trigger(): number {
        return this.#hasFifos ? (TRIGGER_LEVELS[this.#fcr >>> 6] ?? 1) : 1;
    }

    get #loops(): boolean {
        return (this.#mcr & MCR_LOOPBACK) !== 0;
    }

    /** A byte from the line. One that does not fit is lost in a FIFO, and replaces that of the holding register (PC16550D, 8.6.3). */
    #arrive(byte: number): void {
        if (this.#received.length < (this.#hasFifos ? FIFO_BYTES : 1)) {
            this.#received.push(byte);
            return;
        }
        this.#overrun = true;
        if (!this.#hasFifos) this.#received = [byte];
    }

    /** The guest looks whether there is something. */
    #look(): void {
        if (this.#received.length === 0) this.#take(1);
    }

    /** Takes what waits until the receiver holds `most` bytes. */
    #take(most: number): void {
        if (this.#loops) return;
        while (this.#received.length < most && this.#waiting.length > 0) this.#arrive(this.#waiting.shift() ?? 0);
    }

    /** In loopback the modem inputs are the modem outputs: OUT2, OUT1, RTS, DTR become DCD, RI, CTS, DSR. */
    #modemStatus(): number {
        if (!this.#loops) return MSR_CONNECTED;
        return ((this.#mcr & 0x0c) << 4) | ((this.#mcr & 0x02) << 3) | ((this.#mcr & 0x01) << 5);
    }

    #update(): void {
        if ((this.#ier & IER_RDI) !== 0) this.#take(this.#trigger);
        const on = this.#receiverCause() !== IIR_NONE;
        if (on === this.#asserted) return;
        this.#asserted = on;
        this.#events.onInterrupt(on);
    }
}
