/**
 * The physical memory map as one table (docs/machine.md, "Physical memory"): QEMU's `virt` machine without PCIe, and what Archipel adds to it
 * (`localWindow` rows, absent from bare-metal machines). Source of the QEMU rows: hw/riscv/virt.c, virt_memmap.
 */

export interface MapRow {
    readonly name: string;
    readonly base: number;
    /** Bytes; the banks' row gives their highest possible extent (all RAM is at most 4 GiB). */
    readonly sizeBytes: number;
    /** device: dispatched by the bus; rom: read-only memory, fetchable; alias: another name for a bank; ram: the banks. */
    readonly kind: "device" | "rom" | "alias" | "ram";
    /** Exists only in machines with a local window: kernel machines, not bare-metal ones. */
    readonly localWindow: boolean;
}

const KIB = 1024;
const MIB = 1024 * KIB;
const GIB = 1024 * MIB;

/** Ascending by base, no overlaps. */
export const PHYSICAL_MAP = [
    { name: "resetRom", base: 0x0000_1000, sizeBytes: 4 * KIB, kind: "rom", localWindow: false },
    { name: "kentryAlias", base: 0x0000_2000, sizeBytes: 8 * KIB, kind: "alias", localWindow: true },
    { name: "finisher", base: 0x0010_0000, sizeBytes: 4 * KIB, kind: "device", localWindow: false },
    { name: "rtc", base: 0x0010_1000, sizeBytes: 4 * KIB, kind: "device", localWindow: false },
    { name: "clint", base: 0x0200_0000, sizeBytes: 64 * KIB, kind: "device", localWindow: false },
    { name: "sswi", base: 0x02f0_0000, sizeBytes: 16 * KIB, kind: "device", localWindow: false },
    { name: "plic", base: 0x0c00_0000, sizeBytes: 10 * MIB, kind: "device", localWindow: false },
    { name: "uart", base: 0x1000_0000, sizeBytes: 256, kind: "device", localWindow: false },
    { name: "virtio", base: 0x1000_1000, sizeBytes: 32 * KIB, kind: "device", localWindow: false },
    { name: "probe", base: 0x1020_0000, sizeBytes: 4 * KIB, kind: "device", localWindow: true },
    { name: "firmwareRom", base: 0x2000_0000, sizeBytes: MIB, kind: "rom", localWindow: true },
    { name: "localWindow", base: 0x4000_0000, sizeBytes: GIB, kind: "alias", localWindow: true },
    { name: "banks", base: 0x8000_0000, sizeBytes: 4 * GIB, kind: "ram", localWindow: false },
] as const satisfies readonly MapRow[];

export type MapName = (typeof PHYSICAL_MAP)[number]["name"];

const ROWS: ReadonlyMap<string, MapRow> = new Map(PHYSICAL_MAP.map((row) => [row.name, row]));

/** The row with that name. */
export function mapRow(name: MapName): MapRow {
    const row = ROWS.get(name);
    if (row === undefined) throw new Error(`physical map: no row named ${name}`);
    return row;
}

/** The most harts the devices' registers are laid out for: 1 to 256 clusters, up to 1,024 harts. */
export const MAX_HARTS = 1024;
