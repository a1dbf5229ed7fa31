/** Register tables (docs/style.md, "Errors"): the offsets and widths that a device takes, and the effect of an access to each. */

import { mapRow } from "../mem/map.ts";
import type { Device, DeviceState, MmioAccess } from "./device.ts";

/** One register, or an array of equal ones. */
export interface Register {
    readonly name: string;
    /** The byte offset of the first register. */
    readonly offset: number;
    readonly sizeBytes: number;
    /** The number of registers, `strideBytes` apart. 1 when absent. */
    readonly count?: number;
    /** `sizeBytes` when absent. */
    readonly strideBytes?: number;
    /** The access widths taken, or-ed. They are powers of two. */
    readonly widths: number;
    /** Fills access.lo/hi (both 0 before). `part` is the byte offset within the register. Reads fault when absent. */
    readonly read?: (access: MmioAccess, index: number, part: number) => void;
    /** Writes fault when absent. */
    readonly write?: (access: MmioAccess, index: number, part: number) => void;
}

export class RegisterTable {
    readonly rows: readonly Register[];

    constructor(rows: readonly Register[]) {
        this.rows = rows;
    }

    /** Performs a read; false when there is no such register or width. */
    read(access: MmioAccess): boolean {
        const row = this.#find(access);
        if (row?.read === undefined) return false;
        const relative = access.offset - row.offset;
        const stride = row.strideBytes ?? row.sizeBytes;
        row.read(access, Math.floor(relative / stride), relative % stride);
        return true;
    }

    /** Performs a write; false when there is no such register or width. */
    write(access: MmioAccess): boolean {
        const row = this.#find(access);
        if (row?.write === undefined) return false;
        const relative = access.offset - row.offset;
        const stride = row.strideBytes ?? row.sizeBytes;
        row.write(access, Math.floor(relative / stride), relative % stride);
        return true;
    }

    /** Only naturally aligned accesses find a register, as with QEMU's default MemoryRegionOps. */
    #find(access: MmioAccess): Register | undefined {
        const { offset, width } = access;
        if (offset % width !== 0) return undefined;
        for (const row of this.rows) {
            const relative = offset - row.offset;
            const stride = row.strideBytes ?? row.sizeBytes;
            if (relative < 0 || relative >= stride * (row.count ?? 1)) continue;
            const fits = (relative % stride) + width <= row.sizeBytes && (row.widths & width) !== 0;
            return fits ? row : undefined;
        }
        return undefined;
    }
}

/** A device that consists of its registers: a row of the physical map, a table of registers, and the effect of reset on their state. */
export abstract class RegisterDevice implements Device {
    readonly name: string;
    readonly base: number;
    readonly size: number;
    #registers: RegisterTable | undefined;

    /** `name` is that of the device's row in the physical map; `part` is for one of several equal devices that share the row. */
    constructor(name: Parameters<typeof mapRow>[0], part?: { readonly index: number; readonly sizeBytes: number }) {
        const { base, sizeBytes } = mapRow(name);
        this.name = part === undefined ? name : `${name}${part.index}`;
        this.base = base + (part === undefined ? 0 : part.index * part.sizeBytes);
        this.size = part?.sizeBytes ?? sizeBytes;
    }

    /** Called once, at the first access. */
    protected abstract registers(): readonly Register[];

    reset(): void {}

    /** A device without a state of its own has none of both. */
    abstract state(): DeviceState;

    abstract restore(state: DeviceState): boolean;

    read(access: MmioAccess): boolean {
        return this.#table().read(access);
    }

    write(access: MmioAccess): boolean {
        return this.#table().write(access);
    }

    #table(): RegisterTable {
        this.#registers ??= new RegisterTable(this.registers());
        return this.#registers;
    }
}

/** Fills each part from the state. False when one is missing or has another length. */
export function restoreParts(
    state: DeviceState,
    parts: Readonly<Record<string, Uint8Array | Uint16Array | Uint32Array>>,
): boolean {
    const rows = Object.entries(parts).map(([name, part]) => [bytesOf(part), state[name]] as const);
    if (!rows.every(([part, saved]) => saved?.length === part.length)) return false;
    for (const [part, saved] of rows) part.set(saved as Uint8Array);
    return true;
}

/** Little-endian bytes of typed state, for the state hash. Hosts of WebAssembly are little-endian in memory. */
export function bytesOf(state: Uint8Array | Uint16Array | Uint32Array): Uint8Array {
    return new Uint8Array(state.buffer, state.byteOffset, state.byteLength);
}
