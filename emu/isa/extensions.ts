/**
 * The extensions that the machine has, told once: from here derive misa (emu/core/csr/masks.ts), riscv_hwprobe and /proc/cpuinfo of the
 * kernel (kernel/hal/isa.ts), what C programs are compiled for (boot/cli/cc), and a device tree's riscv,isa and riscv,isa-extensions.
 * Each has its rows in the instruction table, or state in the CSR table.
 */

export interface ExtensionRow {
    /** In lower case; of one letter: a letter of misa. */
    readonly name: string;
    /** Its bit in riscv_hwprobe's IMA_EXT_0 (Linux asm/hwprobe.h), where it has one. F and D share theirs. */
    readonly hwprobe?: number;
    /** Only of machines whose option `adue` is false. */
    readonly withoutAdue?: true;
}

/** Options of a machine that change what it has. */
export interface IsaOptions {
    /** The option of that name: whether menvcfg.ADUE resets to 1. Default true. */
    readonly adue?: boolean;
}

/** In canonical order (unprivileged ISA, "Subset Naming Convention"): single letters, Z by category, then S. */
const EXTENSIONS: readonly ExtensionRow[] = [
    { name: "i" },
    { name: "m" },
    { name: "a" },
    { name: "f", hwprobe: 0 },
    { name: "d", hwprobe: 0 },
    { name: "c", hwprobe: 1 },
    { name: "zicboz", hwprobe: 6 },
    { name: "zicntr", hwprobe: 50 },
    { name: "zicond", hwprobe: 35 },
    { name: "zicsr" },
    { name: "zifencei" },
    { name: "zihintpause", hwprobe: 36 },
    { name: "zihpm", hwprobe: 51 },
    { name: "zba", hwprobe: 3 },
    { name: "zbb", hwprobe: 4 },
    { name: "zbs", hwprobe: 5 },
    { name: "sdtrig" },
    { name: "sstc" },
    // A device tree with svadu alone promises that A and D are always updated; with both, that software may choose (Linux's riscv binding).
    { name: "svade", withoutAdue: true },
    { name: "svadu" },
    { name: "svinval" },
    { name: "svpbmt" },
];

/** Names in canonical order: "i", "m", ..., "zicboz", ...: riscv,isa-extensions. */
export function isaExtensions(options: IsaOptions = {}): readonly string[] {
    return rowsOf(options).map(({ name }) => name);
}

/** "rv64imafdc_zicboz_...": riscv,isa. */
export function isaString(options: IsaOptions = {}): string {
    const names = isaExtensions(options);
    const letters = names.filter((name) => name.length === 1).join("");
    return [`rv64${letters}`, ...names.filter((name) => name.length > 1)].join("_");
}

/**
 * -march of what we compile C programs for: the letters alone. Compilers' C libraries come for no more than these, and with Z extensions GCC
 * takes a library of another ABI.
 */
export function userMarch(): string {
    const names = isaExtensions();
    const general = ["i", "m", "a", "f", "d", "zicsr", "zifencei"].every((name) => names.includes(name));
    const letters = names.filter((name) => name.length === 1).join("");
    return `rv64${general ? letters.replace("imafd", "g") : letters}`;
}

/** MXL is 64; S and U are modes, B stands for Zba, Zbb and Zbs together (privileged ISA, 3.1.1). */
export function misa(): bigint {
    const has = (...names: string[]) => names.every((name) => EXTENSIONS.some((row) => row.name === name));
    const letters = [...isaExtensions().filter((name) => name.length === 1), "s", "u"];
    if (has("zba", "zbb", "zbs")) letters.push("b");
    return letters.reduce((bits, letter) => bits | letterBit(letter), 2n << 62n);
}

/** The letters that user code may know of: AT_HWCAP. */
export function hwcap(): bigint {
    return isaExtensions().reduce((bits, name) => (name.length === 1 ? bits | letterBit(name) : bits), 0n);
}

/** riscv_hwprobe's IMA_EXT_0. */
export function hwprobeBits(): bigint {
    return EXTENSIONS.reduce(
        (bits, { hwprobe }) => (hwprobe === undefined ? bits : bits | (1n << BigInt(hwprobe))),
        0n,
    );
}

function rowsOf({ adue = true }: IsaOptions): readonly ExtensionRow[] {
    return EXTENSIONS.filter(({ withoutAdue }) => !(withoutAdue && adue));
}

function letterBit(letter: string): bigint {
    return 1n << BigInt(letter.charCodeAt(0) - "a".charCodeAt(0));
}
