/**
 * Platform-level interrupt controller. Sources: RISC-V PLIC specification 1.0.0; context numbering and source count as in QEMU's virt
 * machine (context 2 * hart = M-mode, 2 * hart + 1 = S-mode; hw/riscv/virt.c). A source has a level and edges: the gateway forwards one
 * request, and the next only after completion, when the level is still up or an edge came meanwhile.
 */

import type { DeviceState } from "./device.ts";
import { type HartLines, MipBit } from "./hart-lines.ts";
import { bytesOf, type Register, RegisterDevice, restoreParts } from "./registers.ts";

/** The highest source number (QEMU: VIRT_IRQCHIP_NUM_SOURCES). Source 0 means "none". */
export const PLIC_SOURCES = 96;
export const UART_SOURCE = 10;
export const RTC_SOURCE = 11;
/** Of the virtio slots, in order. */
export const VIRTIO_SOURCES = [1, 2, 3, 4, 5, 6, 7, 8] as const;

const SPEC_SOURCES = 1024;
const WORDS = Math.ceil((PLIC_SOURCES + 1) / 32);
const SPEC_WORDS = SPEC_SOURCES / 32;
/** Three priority bits, as on QEMU's virt machine. */
const PRIORITY_MASK = 7;

const PRIORITY_OFFSET = 0;
const PENDING_OFFSET = 0x1000;
const ENABLE_OFFSET = 0x2000;
const CONTEXT_OFFSET = 0x20_0000;
const CONTEXT_STRIDE = 0x1000;

export class Plic extends RegisterDevice {
    readonly #lines: HartLines;
    readonly #contexts: number;
    readonly #priority = new Uint8Array(PLIC_SOURCES + 1);
    readonly #level = new Uint8Array(PLIC_SOURCES + 1);
    /** 1 for a source with an edge that was not forwarded yet. */
    readonly #edge = new Uint8Array(PLIC_SOURCES + 1);
    /** 1 for a source that any context has claimed and not yet completed. */
    readonly #inService = new Uint8Array(PLIC_SOURCES + 1);
    readonly #pending = new Uint32Array(WORDS);
    readonly #enable: Uint32Array;
    readonly #threshold: Uint8Array;
    /** The last state given to each context's interrupt line. */
    readonly #asserted: Uint8Array;

    constructor(hartCount: number, lines: HartLines) {
        super("plic");
        this.#lines = lines;
        this.#contexts = 2 * hartCount;
        this.#enable = new Uint32Array(this.#contexts * WORDS);
        this.#threshold = new Uint8Array(this.#contexts);
        this.#asserted = new Uint8Array(this.#contexts);
    }

    reset(): void {
        for (const bytes of [this.#priority, this.#edge, this.#inService, this.#threshold]) bytes.fill(0);
        this.#pending.fill(0);
        this.#enable.fill(0);
        for (let source = 1; source <= PLIC_SOURCES; source++) this.#forward(source);
        this.#updateAll();
    }

    state(): DeviceState {
        return Object.fromEntries(Object.entries(this.#parts()).map(([name, part]) => [name, bytesOf(part)]));
    }

    restore(state: DeviceState): boolean {
        if (!restoreParts(state, this.#parts())) return false;
        for (let context = 0; context < this.#contexts; context++) this.#asserted[context] = this.#isDue(context);
        return true;
    }

    #parts() {
        return {
            priority: this.#priority,
            level: this.#level,
            edge: this.#edge,
            inService: this.#inService,
            threshold: this.#threshold,
            pending: this.#pending,
            enable: this.#enable,
        };
    }

    /** Sets a device's interrupt line. A request once forwarded stays pending even when the level drops (PLIC 1.0.0, 6). */
    setLevel(source: number, on: boolean): void {
        if (source < 1 || source > PLIC_SOURCES) throw new RangeError(`plic: no source ${source}`);
        const level = on ? 1 : 0;
        if (this.#level[source] === level) return;
        this.#level[source] = level;
        if (this.#forward(source)) this.#updateAll();
    }

    /**
     * An edge of a device's line: one request, whatever the level. Edges that come while the source is being served are one request more,
     * unless the device takes them back before they are forwarded (PLIC 1.0.0, 6).
     */
    setEdge(source: number, on: boolean): void {
        this.#edge[source] = on ? 1 : 0;
        if (on && this.#forward(source)) this.#updateAll();
    }

    /** Unimplemented sources are hardwired to zero (PLIC 1.0.0, 4-5). Contexts that do not exist fault. */
    protected registers(): readonly Register[] {
        const context = { strideBytes: CONTEXT_STRIDE, count: this.#contexts, sizeBytes: 8, widths: 4 };
        return [
            {
                name: "priority",
                offset: PRIORITY_OFFSET,
                sizeBytes: 4,
                count: SPEC_SOURCES,
                widths: 4,
                read: (access, source) => {
                    access.lo = this.#priority[source] ?? 0;
                },
                write: (access, source) => this.#setPriority(source, access.lo),
            },
            {
                name: "pending",
                offset: PENDING_OFFSET,
                sizeBytes: 4,
                count: SPEC_WORDS,
                widths: 4,
                read: (access, word) => {
                    access.lo = this.#pending[word] ?? 0;
                },
                write: () => {},
            },
            {
                name: "enable",
                offset: ENABLE_OFFSET,
                sizeBytes: 4,
                count: this.#contexts * SPEC_WORDS,
                widths: 4,
                read: (access, index) => {
                    const word = index % SPEC_WORDS;
                    access.lo = word < WORDS ? (this.#enable[Math.floor(index / SPEC_WORDS) * WORDS + word] ?? 0) : 0;
                },
                write: (access, index) => {
                    this.#setEnable(Math.floor(index / SPEC_WORDS), index % SPEC_WORDS, access.lo);
                },
            },
            {
                name: "threshold and claim/complete",
                offset: CONTEXT_OFFSET,
                ...context,
                read: (access, index, part) => {
                    access.lo = part === 0 ? (this.#threshold[index] ?? 0) : this.#claim(index);
                },
                write: (access, index, part) => {
                    if (part === 0) this.#setThreshold(index, access.lo);
                    else this.#complete(index, access.lo);
                },
            },
        ];
    }

    #setPriority(source: number, value: number): void {
        if (source === 0 || source > PLIC_SOURCES) return;
        this.#priority[source] = value & PRIORITY_MASK;
        this.#updateAll();
    }

    #setEnable(context: number, word: number, value: number): void {
        if (word >= WORDS) return;
        this.#enable[context * WORDS + word] = value & implementedMask(word);
        this.#update(context);
    }

    #setThreshold(context: number, value: number): void {
        this.#threshold[context] = value & PRIORITY_MASK;
        this.#update(context);
    }

    /** Takes the best pending source, whatever the threshold (PLIC 1.0.0, 9). 0 when there is none. */
    #claim(context: number): number {
        const source = this.#best(context);
        if (source === 0) return 0;
        this.#clearPending(source);
        this.#inService[source] = 1;
        this.#updateAll();
        return source;
    }

    /** Ignored unless the source is enabled for the context (PLIC 1.0.0, 10). */
    #complete(context: number, source: number): void {
        if (source < 1 || source > PLIC_SOURCES || !this.#enabled(context, source)) return;
        this.#inService[source] = 0;
        if (this.#forward(source)) this.#updateAll();
    }

    /** The gateway: makes an active source pending unless it is being served. True when it did. */
    #forward(source: number): boolean {
        const asks = this.#level[source] !== 0 || this.#edge[source] !== 0;
        if (!asks || this.#inService[source] !== 0) return false;
        this.#edge[source] = 0;
        const word = source >>> 5;
        this.#pending[word] = (this.#pending[word] ?? 0) | (1 << (source & 31));
        return true;
    }

    #clearPending(source: number): void {
        const word = source >>> 5;
        this.#pending[word] = (this.#pending[word] ?? 0) & ~(1 << (source & 31));
    }

    #enabled(context: number, source: number): boolean {
        return (((this.#enable[context * WORDS + (source >>> 5)] ?? 0) >>> (source & 31)) & 1) !== 0;
    }

    /** The pending and enabled source of the highest priority above 0, lowest number first; 0 when there is none. */
    #best(context: number): number {
        let best = 0;
        let bestPriority = 0;
        for (let word = 0; word < WORDS; word++) {
            let bits = (this.#pending[word] ?? 0) & (this.#enable[context * WORDS + word] ?? 0);
            while (bits !== 0) {
                const bit = 31 - Math.clz32(bits & -bits);
                bits &= bits - 1;
                const source = 32 * word + bit;
                const priority = this.#priority[source] ?? 0;
                if (priority > bestPriority) {
                    best = source;
                    bestPriority = priority;
                }
            }
        }
        return best;
    }

    #updateAll(): void {
        for (let context = 0; context < this.#contexts; context++) this.#update(context);
    }

    /** 1 when the context's line must be asserted. */
    #isDue(context: number): number {
        const best = this.#best(context);
        return best !== 0 && (this.#priority[best] ?? 0) > (this.#threshold[context] ?? 0) ? 1 : 0;
    }

    #update(context: number): void {
        const on = this.#isDue(context);
        if (this.#asserted[context] === on) return;
        this.#asserted[context] = on;
        this.#lines.setPending(context >>> 1, (context & 1) === 0 ? MipBit.meip : MipBit.seip, on !== 0);
    }
}

/** The bits of an enable word that have a source. */
function implementedMask(word: number): number {
    let mask = 0;
    for (let bit = 0; bit < 32; bit++) {
        const source = 32 * word + bit;
        if (source >= 1 && source <= PLIC_SOURCES) mask |= 1 << bit;
    }
    return mask;
}
