/** Connects the parts of a machine: its options and the shared memory, the harts' lines and the devices, the core and the bus. */

import type { Bus } from "../dev/bus.ts";
import type { MmioAccess } from "../dev/device.ts";
import type { HartLines, Word64 } from "../dev/hart-lines.ts";
import type { JitOptions } from "../engine/jit/jit.ts";
import type { Variant } from "../engine/variant.ts";
import { INTERRUPT } from "../isa/cause.ts";
import type { Core, DeviceAccess } from "../state/core-contract.ts";
import * as hartLayout from "../state/hart-layout.ts";
import * as layout from "../state/machine-layout.ts";
import type { SharedMemory } from "../state/shared-memory.ts";
import { STORES_LOW, STORES_STRIDE, STORES_TOP } from "../state/stores-layout.ts";
import {
    engineOf,
    hasJit,
    hasRanges,
    isStepping,
    type MachineOptions,
    seesConflicts,
    storeDepth,
} from "./machine-options.ts";
import { lineSizeOf } from "./timing-parameters.ts";

const DEFAULT_QUANTUM = 1000;
const DEFAULT_DIVIDER = 100;
const PAGE_BYTES = 4096;
const U64_MAX = 0xffff_ffff_ffff_ffffn;

/** Writes the options that the core reads. */
export function writeOptions(shared: SharedMemory, options: MachineOptions): void {
    const set = (address: number, value: number) => shared.setU32(address, value);
    const bankFrames = options.bankSize / PAGE_BYTES;
    set(layout.HARTS_PER_CLUSTER, options.hartsPerCluster);
    set(layout.BANK_FRAMES, bankFrames);
    set(layout.LOCAL_WINDOW, options.localWindow === false ? 0 : 1);
    const stepping = isStepping(options);
    set(layout.STEPPING, stepping ? 1 : 0);
    set(layout.CONFLICTS, seesConflicts(options) ? 1 : 0);
    set(layout.STORE_DEPTH, storeDepth(options));
    set(layout.STORE_REORDERS, options.memoryModel === "pso" ? 1 : 0);
    set(layout.PREEMPTION, !stepping && options.preemption !== false ? 1 : 0);
    set(layout.DIVIDER, options.timebaseDivider ?? DEFAULT_DIVIDER);
    set(layout.QUANTUM, options.quantum ?? DEFAULT_QUANTUM);
    for (const [i, { offset, sizeBytes }] of (options.sharedWindow ?? []).entries()) {
        set(layout.SHARED_WINDOW + 8 * i, offset / PAGE_BYTES);
        set(layout.SHARED_WINDOW + 8 * i + 4, sizeBytes / PAGE_BYTES);
    }
    for (const cxy of options.clustersWithoutMemory ?? []) {
        const word = layout.MISSING_BANKS + 4 * (cxy >>> 5);
        set(layout.BANKS_MISSING, 1);
        set(word, shared.u32(word) | (1 << (cxy & 31)));
    }
    set(layout.PMP_ENTRIES, options.pmpEntries ?? 0);
    set(layout.UPDATES_MARKS, options.adue === false ? 0 : 1);
    set(layout.SEMIHOSTING, options.semihosting ? 1 : 0);
    set(layout.RANGES, hasRanges(options) ? 1 : 0);
    for (let bank = 0; bank < options.meshX * options.meshY; bank++) {
        const low = shared.plan.frames + (layout.RAM_FRAME + bank * bankFrames) * PAGE_BYTES;
        set(shared.plan.stores + bank * STORES_STRIDE + STORES_LOW, low);
        set(shared.plan.stores + bank * STORES_STRIDE + STORES_TOP, low);
    }
    shared.setU64(layout.SEED, BigInt(Math.trunc(options.seed ?? 0)));
    shared.setU64(layout.NEXT_EVENT, U64_MAX);
    shared.setU64(layout.ALARM, U64_MAX);
    for (let h = 0; h < options.meshX * options.meshY * options.hartsPerCluster; h++) {
        const base = shared.plan.harts + h * hartLayout.HART_STRIDE;
        const cluster = Math.floor(h / options.hartsPerCluster);
        set(base + hartLayout.HART_ID, h);
        set(base + hartLayout.BANK_FRAME, layout.RAM_FRAME + cluster * bankFrames);
    }
}

/** The interrupt lines and clocks of harts, as devices see them. `core` is called when it is needed, because devices are made before it. */
export function hartLines(shared: SharedMemory, core: () => Core): HartLines {
    const word: Word64 = { lo: 0, hi: 0 };
    const base = (hart: number) => shared.plan.harts + hart * hartLayout.HART_STRIDE;
    const split = (value: bigint): Word64 => {
        word.lo = Number(value & 0xffff_ffffn);
        word.hi = Number((value >> 32n) & 0xffff_ffffn);
        return word;
    };
    const join = (lo: number, hi: number) => (BigInt(hi) << 32n) | BigInt(lo);
    return {
        setPending: (hart, interrupt, on) => {
            const edge = interrupt === INTERRUPT.SUPERVISOR_SOFTWARE;
            const field = edge ? hartLayout.MIP_SOFTWARE : hartLayout.MIP_LINES;
            const old = shared.u32(base(hart) + field);
            shared.setU32(base(hart) + field, on ? old | (1 << interrupt) : old & ~(1 << interrupt));
            if (on) core().wake(hart);
        },
        readTime: (hart) => split(core().time_now(base(hart))),
        writeTime: (hart, lo, hi) => core().set_time(base(hart), join(lo, hi)),
        readTimeCompare: (hart) => split(shared.u64(base(hart) + hartLayout.MTIMECMP)),
        writeTimeCompare: (hart, lo, hi) => core().set_time_compare(hart, join(lo, hi)),
        setAlarm: (time) => core().set_alarm(time),
    };
}

/** Accesses to devices, whose value travels through the hart's MMIO words, and what harts tell the host. */
export function deviceAccess(
    shared: SharedMemory,
    bus: Bus,
    told: Pick<DeviceAccess, "semihost" | "mark">,
): DeviceAccess {
    const access: MmioAccess = { offset: 0, width: 0, hart: 0, lo: 0, hi: 0 };
    const exchange = (hart: number) => shared.plan.harts + hart * hartLayout.HART_STRIDE + hartLayout.MMIO_LO;
    return {
        ...told,
        alarm: () => bus.alarm(),
        read: (hart: number, paddr: number, width: number): boolean => {
            access.width = width;
            access.hart = hart;
            if (!bus.read(paddr, access)) return false;
            shared.setU32(exchange(hart), access.lo);
            shared.setU32(exchange(hart) + 4, access.hi);
            return true;
        },
        write: (hart: number, paddr: number, width: number): boolean => {
            access.width = width;
            access.hart = hart;
            access.lo = shared.u32(exchange(hart));
            access.hi = shared.u32(exchange(hart) + 4);
            return bus.write(paddr, access);
        },
    };
}

const JIT_AT_ONCE = 1;

export function jitOptions(options: MachineOptions): JitOptions {
    const { engine, jitThreshold, jitRegion } = engineOf(options);
    const threshold = jitThreshold ?? (engine === "jit" ? JIT_AT_ONCE : undefined);
    const ranges = hasRanges(options) ? { window: options.localWindow !== false } : undefined;
    return { threshold, regionInstructions: jitRegion, ranges };
}

/** The variant that the machine's engines are made for. */
export function variantOf(options: MachineOptions): Variant {
    return {
        stepping: isStepping(options),
        accounting: options.accounting === "accesses",
        latency: options.fidelity === "latency",
        watched: options.watched !== undefined,
        conflicts: seesConflicts(options),
        buffered: storeDepth(options) > 0,
        lineShift: options.fidelity === "timing" ? Math.log2(lineSizeOf(options)) : 0,
        looked: false,
        jit: hasJit(options),
    };
}
