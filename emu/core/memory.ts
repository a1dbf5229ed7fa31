// Loads and stores that missed L0: translation, page crossings, devices. Misaligned accesses work everywhere in RAM.

import { CELL_LOAD, CELL_STORE } from "../state/accounting-layout";
import {
    DATA_PRIVILEGE,
    DATA_REGIME,
    EXIT,
    EXIT_REDISPATCH,
    EXIT_STOP,
    FETCH_REGIME,
    HART_ID,
    L0_READ,
    L0_WRITE,
    MMIO_HI,
    MMIO_LO,
    PRIVILEGE,
    TRIGGER_EXECUTE,
    TRIGGER_LOAD,
    TRIGGER_STORE,
} from "../state/hart-layout";
import { BLOCK_BYTES, PROBE_ADDRESS, PROBE_PORTS, RAM_FRAME, STOP, STORE_DEPTH } from "../state/machine-layout";
import { LINE_SHIFT, TIMING } from "../state/timing-layout";
import { ACCESS_FETCH, ACCESS_READ, ACCESS_WRITE } from "./access";
import { accessed, accessedDevice, isProbe } from "./accounts";
import { extended, storeBytes } from "./bytes";
import { decodedOf, noteStore } from "./code";
import { noted } from "./conflicts";
import { frameOf, hostOf } from "./frames";
import { mmio_read, mmio_write } from "./host";
import { fillFetch, fillGuarded, fillRead, fillWrite, lookUp, lookUpFetch } from "./l0";
import { pmpAllows, pmpIsWhole } from "./pmp";
import { buffer_store, drainAll, seen } from "./store-buffer";
import { accessFault, CAUSE_YIELD, hasAtomics, translate } from "./sv39";
import { clockOf } from "./time";
import { mayAccessDevice, mayCache, SLOTS_DATA, SLOTS_DATA_NEXT, stallDevice, touchData } from "./timing/access";
import { FOR_READING, FOR_REPLACING, FOR_WRITING } from "./timing/purpose";
import { raise } from "./trap";
import { hasTrigger, triggered } from "./triggers";

/** resolve returns NOT_MEMORY for the address of a device (deviceAddress), and TRAPPED when the access trapped or has to wait. */
const NOT_MEMORY: i32 = -1;
const TRAPPED: i32 = -2;
let deviceAddress: u64 = 0;
/** Of a hart's port of the probe. */
const PORT_BYTES: u32 = 64;

/** Raises what a translation failed with, unless the hart has given way. */
function fail(h: usize, cause: u64, vaddr: u64): void {
    if (cause != CAUSE_YIELD) raise(h, cause, vaddr);
}

/**
 * Returns the frame of `width` bytes of data in one page, and fills L0. Otherwise returns NOT_MEMORY with a device's address in
 * deviceAddress, or TRAPPED. `slots` are those of the page, and `purpose` what the line is for (timing/purpose.ts): LR reads, but is to write.
 */
function resolve(h: usize, vaddr: u64, access: u32, width: u32, slots: u32, purpose: u32): i32 {
    const kind: u32 = access == ACCESS_WRITE ? TRIGGER_STORE : TRIGGER_LOAD;
    if (triggered(h, width == BLOCK_BYTES ? vaddr & ~(<u64>(BLOCK_BYTES - 1)) : vaddr, width, kind)) return TRAPPED;
    const found = translate(h, vaddr, access, load<i32>(h, DATA_PRIVILEGE), load<i32>(h, DATA_REGIME), slots);
    if (found.cause) {
        fail(h, found.cause, vaddr);
        return TRAPPED;
    }
    // A block is aligned, whatever its address.
    const offset = <u32>vaddr & (width == BLOCK_BYTES ? <u32>(4096 - BLOCK_BYTES) : 4095);
    const privilege = load<i32>(h, DATA_PRIVILEGE);
    const frame = frameOf(h, found.paddr, found.isPaged);
    const isRefused = access == ACCESS_WRITE && frame >= 0 && frame < RAM_FRAME;
    if (isRefused || !pmpAllows(h, (found.paddr & ~(<u64>4095)) | <u64>offset, width, access, privilege)) {
        raise(h, accessFault(access), vaddr);
        return TRAPPED;
    }
    if (frame < 0) {
        deviceAddress = found.paddr;
        return NOT_MEMORY;
    }
    const isWhole = pmpIsWhole(h, found.paddr, privilege) && !hasTrigger(h, vaddr, kind);
    const timed = load<u32>(TIMING) != 0;
    if (timed && !linesReady(h, frame, offset, width, slots, purpose)) return TRAPPED;
    if (!isWhole || (timed && !mayCache(h, frame, offset, access == ACCESS_WRITE))) return frame;
    if (access == ACCESS_READ) fillRead(h, vaddr, frame);
    else if (!decodedOf(frame)) fillWrite(h, vaddr, frame);
    return frame;
}

/** Makes the lines of an access ready, one or two, the lower first (docs/spec/timing.md 3.4). */
function linesReady(h: usize, frame: i32, offset: u32, width: u32, slots: u32, purpose: u32): bool {
    if (!touchData(h, slots, frame, offset, purpose)) return false;
    const last = offset + width - 1;
    if ((last ^ offset) >> load<u32>(LINE_SHIFT) == 0) return true;
    return touchData(h, SLOTS_DATA_NEXT, frame, last, purpose);
}

/** Resolves an access, or a part of one over two pages, which must be memory. The result is negative after a trap. */
function resolveMemory(h: usize, vaddr: u64, access: u32, width: u32, slots: u32): i32 {
    const frame = resolve(h, vaddr, access, width, slots, access == ACCESS_WRITE ? FOR_WRITING : FOR_READING);
    if (frame == NOT_MEMORY) raise(h, accessFault(access), vaddr);
    return frame;
}

/** Returns the frame of a block of BLOCK_BYTES that is about to be written whole, wherever in it vaddr lies. Negative after a trap. */
export function resolveBlock(h: usize, vaddr: u64): i32 {
    const whole = load<u32>(TIMING) != 0 && (<u32>1) << load<u32>(LINE_SHIFT) <= <u32>BLOCK_BYTES;
    const frame = resolve(h, vaddr, ACCESS_WRITE, BLOCK_BYTES, SLOTS_DATA, whole ? FOR_REPLACING : FOR_WRITING);
    if (frame == NOT_MEMORY) raise(h, accessFault(ACCESS_WRITE), vaddr);
    return frame;
}

/** Instructions are fetched in halfwords, each of which lies in one grain of PMP. */
const PARCEL_BYTES: u32 = 2;

/** Returns the frame of the page fetched from at vaddr, or -1 after a trap with that tval, or when the hart has to wait. */
export function fetchFrame(h: usize, vaddr: u64, slots: u32): i32 {
    const known = lookUpFetch(h, vaddr);
    if (known >= 0) return known;
    const privilege = load<i32>(h, PRIVILEGE);
    const found = translate(h, vaddr, ACCESS_FETCH, privilege, load<i32>(h, FETCH_REGIME), slots);
    const mayFetch = !found.cause && pmpAllows(h, found.paddr, PARCEL_BYTES, ACCESS_FETCH, privilege);
    const frame = mayFetch ? frameOf(h, found.paddr, found.isPaged) : -1;
    if (frame < 0) fail(h, found.cause ? found.cause : accessFault(ACCESS_FETCH), vaddr);
    else if (pmpIsWhole(h, found.paddr, privilege) && !hasTrigger(h, vaddr, TRIGGER_EXECUTE))
        fillFetch(h, vaddr, frame);
    else fillGuarded(h, vaddr, frame);
    return frame;
}

/** Returns the host address for an atomic access of memory, or 0 after a trap: devices, and pages of a type, have no atomics. */
export function atomicHost(h: usize, vaddr: u64, access: u32, width: u32): usize {
    // With fidelity "timing" LR needs the line as a store does.
    const reads = access == ACCESS_READ && !load<u32>(TIMING);
    const known = lookUp(<usize>(reads ? load<u32>(h, L0_READ) : load<u32>(h, L0_WRITE)), vaddr);
    const frame = known ? 0 : resolve(h, vaddr, access, width, SLOTS_DATA, FOR_WRITING);
    if (frame == TRAPPED) return 0;
    if (frame == NOT_MEMORY || !hasAtomics(h, vaddr, access)) {
        raise(h, accessFault(access), vaddr);
        return 0;
    }
    return known ? known : hostOf(frame) + (<usize>vaddr & 4095);
}

/** Returns the value of rd, which is unused after a trap. Engines call this function. */
export function load_slow(h: usize, vaddr: u64, width: u32, signed: u32): u64 {
    const offset = <u32>vaddr & 4095;
    let value: u64;
    if (offset + width > 4096) {
        value = loadAcross(h, vaddr, width);
    } else {
        const frame = resolve(h, vaddr, ACCESS_READ, width, SLOTS_DATA, FOR_READING);
        if (frame == TRAPPED) return 0;
        if (frame == NOT_MEMORY) {
            value = loadDevice(h, vaddr, width);
        } else {
            accessed(h, frame, CELL_LOAD);
            noted(h, hostOf(frame) + offset, false);
            value = seen(h, hostOf(frame) + offset, width);
        }
    }
    return extended(value, width, signed);
}

function loadAcross(h: usize, vaddr: u64, width: u32): u64 {
    const inFirst: u32 = 4096 - (<u32>vaddr & 4095);
    const first = resolveMemory(h, vaddr, ACCESS_READ, inFirst, SLOTS_DATA);
    if (first < 0) return 0;
    const second = resolveMemory(h, vaddr + <u64>inFirst, ACCESS_READ, width - inFirst, SLOTS_DATA_NEXT);
    if (second < 0) return 0;
    accessed(h, first, CELL_LOAD);
    noted(h, hostOf(first) + 4096 - inFirst, false);
    let value: u64 = 0;
    for (let i: u32 = 0; i < width; i++) {
        const host = i < inFirst ? hostOf(first) + 4096 - inFirst + i : hostOf(second) + i - inFirst;
        value |= seen(h, host, 1) << (i << 3);
    }
    return value;
}

function loadDevice(h: usize, vaddr: u64, width: u32): u64 {
    if (!mayAccess(h)) return 0;
    const ok = deviceAddress >> 32 == 0 && mmio_read(load<u32>(h, HART_ID), <u32>deviceAddress, width);
    if (!ok) {
        raise(h, accessFault(ACCESS_READ), vaddr);
        return 0;
    }
    deviceAccessed(h, CELL_LOAD);
    stopIfAsked(h);
    const low = <u64>load<u32>(h, MMIO_LO);
    return width == 8 ? low | ((<u64>load<u32>(h, MMIO_HI)) << 32) : low;
}

/** With fidelity "timing" accesses of devices come in the order of the harts' clocks, but for the probe, which costs nothing. */
function mayAccess(h: usize): bool {
    return !load<u32>(TIMING) || isProbe(deviceAddress) || mayAccessDevice(h);
}

function deviceAccessed(h: usize, operation: usize): void {
    accessedDevice(h, deviceAddress, operation);
    if (load<u32>(TIMING) && !isProbe(deviceAddress)) stallDevice(h);
}

/** Engines call this function. */
export function store_slow(h: usize, vaddr: u64, width: u32, value: u64): void {
    const offset = <u32>vaddr & 4095;
    if (offset + width > 4096) {
        storeAcross(h, vaddr, width, value);
        return;
    }
    const frame = resolve(h, vaddr, ACCESS_WRITE, width, SLOTS_DATA, FOR_WRITING);
    if (frame == NOT_MEMORY) storeDevice(h, vaddr, width, value);
    if (frame < 0) return;
    accessed(h, frame, CELL_STORE);
    noted(h, hostOf(frame) + offset, true);
    storePart(h, frame, offset, width, value);
}

/** Stores to one frame: at once, or into the hart's buffer. */
function storePart(h: usize, frame: i32, offset: u32, width: u32, value: u64): void {
    const host = hostOf(frame) + offset;
    if (load<u32>(STORE_DEPTH)) {
        buffer_store(h, host, width, value);
        return;
    }
    storeBytes(host, width, value);
    stored(h, frame, offset, width);
}

/** Keeps decoded code in step with a store that did not go through L0. */
export function stored(h: usize, frame: i32, offset: u32, width: u32): void {
    if (noteStore(frame, offset, width)) store<u32>(h, load<u32>(h, EXIT) | EXIT_REDISPATCH, EXIT);
}

/** Checks both pages before a byte is written, so that a trap is precise. */
function storeAcross(h: usize, vaddr: u64, width: u32, value: u64): void {
    const inFirst: u32 = 4096 - (<u32>vaddr & 4095);
    const first = resolveMemory(h, vaddr, ACCESS_WRITE, inFirst, SLOTS_DATA);
    if (first < 0) return;
    const second = resolveMemory(h, vaddr + <u64>inFirst, ACCESS_WRITE, width - inFirst, SLOTS_DATA_NEXT);
    if (second < 0) return;
    accessed(h, first, CELL_STORE);
    noted(h, hostOf(first) + 4096 - inFirst, true);
    storePart(h, first, 4096 - inFirst, inFirst, value);
    storePart(h, second, 0, width - inFirst, value >> (inFirst << 3));
}

/**
 * Latches a word of a record in the hart's port of the probe, unless it is the one that commits the record. Of the last word, which begins a
 * record, the clock is kept. False: the device is not that.
 */
function latched(h: usize, value: u64, width: u32): bool {
    const ports = <usize>load<u32>(PROBE_PORTS);
    const offset = deviceAddress - PROBE_ADDRESS;
    if (!ports || width != 8 || offset >= PORT_BYTES || offset & 7 || !offset) return false;
    const port = ports + <usize>load<u32>(h, HART_ID) * PORT_BYTES;
    store<u64>(port + <usize>offset, offset == PORT_BYTES - 8 ? clockOf(h) : value);
    accessedDevice(h, deviceAddress, CELL_STORE);
    return true;
}

function storeDevice(h: usize, vaddr: u64, width: u32, value: u64): void {
    if (latched(h, value, width) || !mayAccess(h)) return;
    // Whoever hears of the record reads memory.
    if (isProbe(deviceAddress)) drainAll(h);
    const mask: u64 = width == 8 ? ~(<u64>0) : ((<u64>1) << (width << 3)) - 1;
    store<u32>(h, <u32>(value & mask), MMIO_LO);
    store<u32>(h, width == 8 ? <u32>(value >> 32) : 0, MMIO_HI);
    const ok = deviceAddress >> 32 == 0 && mmio_write(load<u32>(h, HART_ID), <u32>deviceAddress, width);
    if (!ok) {
        raise(h, accessFault(ACCESS_WRITE), vaddr);
        return;
    }
    deviceAccessed(h, CELL_STORE);
    stopIfAsked(h);
}

function stopIfAsked(h: usize): void {
    if (load<u32>(STOP)) store<u32>(h, load<u32>(h, EXIT) | EXIT_STOP, EXIT);
}
