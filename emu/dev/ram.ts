/** RAM as devices reach it by themselves: global addresses only, no aliases, no other devices. */
export interface DeviceRam {
    /** A copy; undefined where some of it is no RAM. */
    read(paddr: number, length: number): Uint8Array | undefined;
    /** `hart` is the one whose access made the device write. False, with nothing written, where some of it is no RAM. */
    write(paddr: number, bytes: Uint8Array, hart: number): boolean;
}
