/** The interface of every memory-mapped device: read, write, reset, and its part of the state hash and of snapshots. */

/** One access, reused by the bus. The device reads lo/hi on a write and fills them on a read. There is no BigInt on this path. */
export interface MmioAccess {
    /** The byte offset from the device's base. */
    offset: number;
    /** 1, 2, 4 or 8 bytes. */
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
    /** Fills access.lo/hi. False is an access fault (no register there, or a width that it does not take). */
    read(access: MmioAccess): boolean;
    /** False is an access fault. */
    write(access: MmioAccess): boolean;
    /** The time has come that HartLines.setAlarm was given. It is between two rounds. */
    alarm?(): void;
    /**
     * The device's architectural state by name, the same names in the same order each time, for the state hash (turns.md 7.2). The values
     * may be windows on it.
     */
    state(): DeviceState;
    /**
     * Puts the device into a state that `state` has given, without telling anyone: harts and other devices are put back by themselves.
     * False, when no such device can be in that state.
     */
    restore(state: DeviceState): boolean;
}
