/** What every memory-mapped device is: read, write, reset, and its part of the state hash. */

/** One access, reused by the bus: the device reads lo/hi on a write and fills them on a read. No BigInt on this path. */
export interface MmioAccess {
    /** Byte offset from the device's base. */
    offset: number;
    /** Bytes: 1, 2, 4 or 8. */
    width: number;
    /** The hart that makes the access. */
    hart: number;
    /** Bits 31..0 of the value, as an unsigned number. */
    lo: number;
    /** Bits 63..32 of the value, as an unsigned number; 0 for narrower accesses. */
    hi: number;
}

export type DeviceState = Readonly<Record<string, Uint8Array>>;

export interface Device {
    readonly name: string;
    readonly base: number;
    readonly size: number;
    reset(): void;
    /** Fills access.lo/hi. False: access fault (no register there, or a width it does not take). */
    read(access: MmioAccess): boolean;
    /** False: access fault. */
    write(access: MmioAccess): boolean;
    /**
     * Its architectural state by name, the same names in the same order each time, for the state hash (turns.md 7.2). May be
     * windows on it.
     */
    state(): DeviceState;
}
