/**
 * A virtio slot over MMIO, version 2 (Virtual I/O Device specification 1.2, 4.2): the transport's registers, and behind them a device, or
 * none, which DeviceID 0 says. Requests are served within the guest's store to QueueNotify, so that a run does not depend on the host's time.
 */

import type { DeviceState, MmioAccess } from "./device.ts";
import type { DeviceRam } from "./ram.ts";
import { type Register, RegisterDevice } from "./registers.ts";
import { BrokenQueue, type Chain, littleEndian, MOST_DESCRIPTORS, VirtioQueue } from "./virtio-queue.ts";

const SLOT_BYTES = 4096;

/** What stands behind a slot. It has one queue. */
export interface VirtioDevice {
    /** Of chapter 5. */
    readonly deviceId: number;
    /** Feature bits 0 to 31. */
    readonly features: number;
    readonly config: Uint8Array;
    /** Serves a request. Returns the bytes written into its buffers. Throws BrokenQueue for one that cannot be answered. */
    serve(chain: Chain, ram: DeviceRam, hart: number): number;
    reset(): void;
    state(): DeviceState;
    /** As Device's. */
    restore(state: DeviceState): boolean;
}

export interface VirtioSlotOptions {
    /** 0 to 7. */
    readonly slot: number;
    readonly device: VirtioDevice | undefined;
    readonly ram: DeviceRam;
    onInterrupt(on: boolean): void;
}

const MAGIC = 0x7472_6976;
const VERSION = 2;
/** "ARCH". */
const VENDOR = 0x4843_5241;
/** Feature 32, VIRTIO_F_VERSION_1, in the second word of features. */
const VERSION_1 = 1;
const STATUS = { driverOk: 4, featuresOk: 8, needsReset: 64 } as const;
const INTERRUPT = { used: 1, config: 2 } as const;
const NONE = 0xffff_ffff;

const REG = {
    magic: 0x000,
    version: 0x004,
    deviceId: 0x008,
    vendorId: 0x00c,
    deviceFeatures: 0x010,
    deviceFeaturesSel: 0x014,
    driverFeatures: 0x020,
    driverFeaturesSel: 0x024,
    queueSel: 0x030,
    queueNumMax: 0x034,
    queueNum: 0x038,
    queueReady: 0x044,
    queueNotify: 0x050,
    interruptStatus: 0x060,
    interruptAck: 0x064,
    status: 0x070,
    descriptorsLow: 0x080,
    descriptorsHigh: 0x084,
    availableLow: 0x090,
    availableHigh: 0x094,
    usedLow: 0x0a0,
    usedHigh: 0x0a4,
    sharedMemoryLow: 0x0b0,
    sharedMemoryEnd: 0x0c0,
} as const;
const REGISTERS_BYTES = 0x100;

export class VirtioSlot extends RegisterDevice {
    readonly #device: VirtioDevice | undefined;
    readonly #ram: DeviceRam;
    readonly #onInterrupt: (on: boolean) => void;
    readonly #queue = new VirtioQueue();
    #status = 0;
    #deviceFeaturesSel = 0;
    #driverFeaturesSel = 0;
    readonly #driverFeatures = new Uint32Array(2);
    #queueSel = 0;
    #interrupts = 0;

    constructor(options: VirtioSlotOptions) {
        super("virtio", { index: options.slot, sizeBytes: SLOT_BYTES });
        this.#device = options.device;
        this.#ram = options.ram;
        this.#onInterrupt = options.onInterrupt;
    }

    protected registers(): readonly Register[] {
        return [
            {
                name: "registers",
                offset: 0,
                sizeBytes: 4,
                count: REGISTERS_BYTES / 4,
                widths: 4,
                read: (access, index) => {
                    access.lo = this.#read(4 * index);
                },
                write: (access, index) => this.#write(4 * index, access.lo, access.hart),
            },
            {
                name: "configuration",
                offset: REGISTERS_BYTES,
                sizeBytes: SLOT_BYTES - REGISTERS_BYTES,
                widths: 1 | 2 | 4 | 8,
                read: (access, _index, part) => this.#readConfig(access, part),
                // No device here has a field that drivers write.
                write: () => {},
            },
        ];
    }

    reset(): void {
        this.#device?.reset();
        this.#resetTransport();
    }

    state(): DeviceState {
        const selectors = [this.#deviceFeaturesSel, this.#driverFeaturesSel, this.#queueSel];
        const words = [this.#status, ...selectors, ...this.#driverFeatures, this.#interrupts, ...this.#queue.words()];
        return { transport: littleEndian(words), ...this.#device?.state() };
    }

    restore(state: DeviceState): boolean {
        const { transport } = state;
        const [words, own] = [this.state().transport, wordsOf(transport)];
        const [status, deviceSel, driverSel, queueSel, low, high, interrupts, ...queue] = own;
        if (transport?.length !== words?.length || status === undefined || deviceSel === undefined) return false;
        if (driverSel === undefined || queueSel === undefined || interrupts === undefined) return false;
        [this.#status, this.#deviceFeaturesSel, this.#driverFeaturesSel] = [status, deviceSel, driverSel];
        [this.#queueSel, this.#interrupts] = [queueSel, interrupts];
        this.#driverFeatures.set([low ?? 0, high ?? 0]);
        this.#queue.setWords(queue);
        return this.#device?.restore(state) ?? true;
    }

    /** What the driver's reset does: a disk keeps its content, random numbers go on. */
    #resetTransport(): void {
        this.#status = 0;
        this.#deviceFeaturesSel = 0;
        this.#driverFeaturesSel = 0;
        this.#driverFeatures.fill(0);
        this.#queueSel = 0;
        this.#queue.reset();
        this.#setInterrupts(0);
    }

    #read(register: number): number {
        if (register === REG.magic) return MAGIC;
        if (register === REG.version) return VERSION;
        if (register === REG.vendorId) return VENDOR;
        const device = this.#device;
        if (device === undefined) return 0;
        switch (register) {
            case REG.deviceId:
                return device.deviceId;
            case REG.deviceFeatures:
                return this.#offered(this.#deviceFeaturesSel);
            case REG.queueNumMax:
                return this.#queueSel === 0 ? MOST_DESCRIPTORS : 0;
            case REG.queueReady:
                return this.#queueSel === 0 && this.#queue.ready ? 1 : 0;
            case REG.interruptStatus:
                return this.#interrupts;
            case REG.status:
                return this.#status;
            default:
                // There is no shared memory, which a length of -1 says (4.2.2).
                return register >= REG.sharedMemoryLow && register < REG.sharedMemoryEnd ? NONE : 0;
        }
    }

    #offered(word: number): number {
        if (word === 0) return (this.#device?.features ?? 0) >>> 0;
        return word === 1 ? VERSION_1 : 0;
    }

    #readConfig(access: MmioAccess, offset: number): void {
        const byte = (index: number) => this.#device?.config[offset + index] ?? 0;
        const word = (first: number) =>
            (byte(first) | (byte(first + 1) << 8) | (byte(first + 2) << 16) | (byte(first + 3) << 24)) >>> 0;
        const mask = access.width < 4 ? 2 ** (8 * access.width) - 1 : NONE;
        access.lo = (word(0) & mask) >>> 0;
        access.hi = access.width === 8 ? word(4) : 0;
    }

    #write(register: number, value: number, hart: number): void {
        if (this.#device === undefined) return;
        switch (register) {
            case REG.deviceFeaturesSel:
                this.#deviceFeaturesSel = value;
                return;
            case REG.driverFeaturesSel:
                this.#driverFeaturesSel = value;
                return;
            case REG.driverFeatures:
                if (this.#driverFeaturesSel < 2 && (this.#status & STATUS.featuresOk) === 0)
                    this.#driverFeatures[this.#driverFeaturesSel] = value;
                return;
            case REG.queueSel:
                this.#queueSel = value;
                return;
            case REG.queueNotify:
                if (value === 0) this.#notified(this.#device, hart);
                return;
            case REG.interruptAck:
                this.#setInterrupts(this.#interrupts & ~value);
                return;
            case REG.status:
                this.#setStatus(value);
                return;
            default:
                if (this.#queueSel === 0) this.#writeQueue(register, value);
        }
    }

    /** A queue that is ready keeps its place (4.2.2.2). */
    #writeQueue(register: number, value: number): void {
        const queue = this.#queue;
        if (register === REG.queueReady) this.#setReady(value === 1);
        else if (queue.ready) return;
        else if (register === REG.queueNum) queue.size = value;
        else if (register === REG.descriptorsLow) queue.descriptors = withLow(queue.descriptors, value);
        else if (register === REG.descriptorsHigh) queue.descriptors = withHigh(queue.descriptors, value);
        else if (register === REG.availableLow) queue.available = withLow(queue.available, value);
        else if (register === REG.availableHigh) queue.available = withHigh(queue.available, value);
        else if (register === REG.usedLow) queue.used = withLow(queue.used, value);
        else if (register === REG.usedHigh) queue.used = withHigh(queue.used, value);
    }

    #setReady(ready: boolean): void {
        this.#queue.ready = ready;
        if (ready) this.#guarded(() => this.#queue.check());
    }

    /** Features that were not offered, or a driver of before 1.0, are not accepted: FEATURES_OK stays clear (3.1.1). */
    #setStatus(value: number): void {
        if (value === 0) {
            this.#resetTransport();
            return;
        }
        const [low = 0, high = 0] = this.#driverFeatures;
        const accepted = (low & ~this.#offered(0)) === 0 && high === VERSION_1;
        const kept = this.#status & (STATUS.needsReset | STATUS.featuresOk);
        this.#status = (value & (accepted ? 0xff : 0xff & ~STATUS.featuresOk)) | kept;
    }

    /** Serves all that waits. A driver makes more only by stores, so this ends: a queue has no more chains than descriptors. */
    #notified(device: VirtioDevice, hart: number): void {
        const runs = this.#queue.ready && (this.#status & STATUS.driverOk) !== 0;
        if (!runs || (this.#status & STATUS.needsReset) !== 0) return;
        this.#guarded(() => {
            let served = false;
            for (let count = 0; count < this.#queue.size; count++) {
                const chain = this.#queue.take(this.#ram);
                if (chain === undefined) break;
                this.#queue.give(this.#ram, hart, chain, device.serve(chain, this.#ram, hart));
                served = true;
            }
            if (served && this.#queue.wantsInterrupt(this.#ram)) this.#setInterrupts(this.#interrupts | INTERRUPT.used);
        });
    }

    /** A broken queue is the driver's fault: the device stops, and says so (2.1.2). */
    #guarded(act: () => void): void {
        try {
            act();
        } catch (error) {
            if (!(error instanceof BrokenQueue)) throw error;
            this.#status |= STATUS.needsReset;
            if ((this.#status & STATUS.driverOk) !== 0) this.#setInterrupts(this.#interrupts | INTERRUPT.config);
        }
    }

    #setInterrupts(interrupts: number): void {
        this.#interrupts = interrupts;
        this.#onInterrupt(interrupts !== 0);
    }
}

/** The opposite of littleEndian. */
function wordsOf(bytes: Uint8Array = new Uint8Array()): number[] {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return Array.from({ length: Math.floor(bytes.length / 4) }, (_, i) => view.getUint32(4 * i, true));
}

function withLow(address: number, low: number): number {
    return address - (address % 2 ** 32) + low;
}

function withHigh(address: number, high: number): number {
    return (address % 2 ** 32) + high * 2 ** 32;
}
