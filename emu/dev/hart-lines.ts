/** The signals of the harts that interrupt controllers and the timer need. The machine provides them. */

import { INTERRUPT } from "../isa/cause.ts";

/** Interrupt numbers, which are their bits in mip, by the names of those bits. */
export const MipBit = {
    ssip: INTERRUPT.SUPERVISOR_SOFTWARE,
    msip: INTERRUPT.MACHINE_SOFTWARE,
    seip: INTERRUPT.SUPERVISOR_EXTERNAL,
    meip: INTERRUPT.MACHINE_EXTERNAL,
} as const;

/** A 64-bit value as two unsigned halves. The functions that return instances reuse them. */
export interface Word64 {
    lo: number;
    hi: number;
}

/** All values are per hart because each has its own clock within a round (docs/spec/turns.md 1.3). */
export interface HartLines {
    /**
     * Drives one interrupt line, by its bit number in mip. ssip is an edge that the hart itself clears. The others are levels of their
     * devices.
     */
    setPending(hart: number, mipBit: number, on: boolean): void;
    /** mtime as that hart sees it now. The result is valid until the next call. */
    readTime(hart: number): Word64;
    /** Sets mtime, which all harts see, as of that hart's present time. */
    writeTime(hart: number, lo: number, hi: number): void;
    /** The devices hear (Device.alarm) when mtime comes to `time`, in the first round that begins then or later; all ones: not. */
    setAlarm(time: bigint): void;
    /** The result is valid until the next call. */
    readTimeCompare(hart: number): Word64;
    /** Sets mtimecmp. The machine drives mtip from it (mtime >= mtimecmp). */
    writeTimeCompare(hart: number, lo: number, hi: number): void;
}
