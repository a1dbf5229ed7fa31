/**
 * Physical memory protection as the privileged ISA, 3.7.1, describes it, byte by byte and with BigInts: shares nothing with emu/core. An access
 * over two pages is two accesses, the others are one.
 */

export interface PmpEntry {
    readonly mode: "OFF" | "TOR" | "NA4" | "NAPOT";
    /** Of pmpaddr: bits 55:2 of an address. */
    readonly address: bigint;
    readonly rights: string;
    readonly locked: boolean;
}

export type PmpAccess = "read" | "write" | "fetch";
/** 3 = M, 1 = S, 0 = U. */
export type Mode = 0 | 1 | 3;

const MODES = ["OFF", "TOR", "NA4", "NAPOT"] as const;
const RIGHTS = "rwx";

/** The byte of pmpcfg. */
export function cfgOf({ mode, rights, locked }: PmpEntry): number {
    const bits = [...RIGHTS].reduce((sum, right, i) => sum + (rights.includes(right) ? 1 << i : 0), 0);
    return bits + 8 * MODES.indexOf(mode) + (locked ? 128 : 0);
}

function matches(entries: readonly PmpEntry[], index: number, byte: bigint): boolean {
    const { mode, address } = entries[index] as PmpEntry;
    const word = byte / 4n;
    if (mode === "OFF") return false;
    if (mode === "TOR") return word >= (entries[index - 1]?.address ?? 0n) && word < address;
    if (mode === "NA4") return word === address;
    // yyy...y011: the low ones and the zero above them say nothing of the address.
    const bits = address.toString(2).padStart(54, "0");
    const told = bits.replace(/0?1*$/, "");
    return word.toString(2).padStart(54, "0").startsWith(told);
}

function isAllowed(entries: readonly PmpEntry[], bytes: readonly bigint[], access: PmpAccess, mode: Mode): boolean {
    for (let i = 0; i < entries.length; i++) {
        const matched = bytes.filter((byte) => matches(entries, i, byte)).length;
        if (matched === 0) continue;
        if (matched < bytes.length) return false;
        const { rights, locked } = entries[i] as PmpEntry;
        return (mode === 3 && !locked) || rights.includes(access === "fetch" ? "x" : (access[0] as string));
    }
    return mode === 3;
}

/** The address of the first part of an access that is not allowed; undefined when all of it is. */
export function refusedAt(
    entries: readonly PmpEntry[],
    address: bigint,
    width: number,
    access: PmpAccess,
    mode: Mode,
): bigint | undefined {
    const bytes = Array.from({ length: width }, (_, i) => address + BigInt(i));
    const parts = new Map<bigint, bigint[]>();
    // Instructions come in halfwords, data in what of it lies in one page.
    const grain = access === "fetch" ? 2n : 4096n;
    for (const byte of bytes) parts.set(byte / grain, [...(parts.get(byte / grain) ?? []), byte]);
    for (const part of parts.values()) if (!isAllowed(entries, part, access, mode)) return part[0];
    return undefined;
}
