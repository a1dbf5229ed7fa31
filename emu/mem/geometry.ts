/**
 * Where things lie: clusters in an x by y mesh, harts in clusters, banks in physical memory, and the global address
 * behind the local aliases (docs/machine.md, "Physical memory"). cxy = y * meshX + x; hart id = cxy * hartsPerCluster + lid.
 */

import { MAX_HARTS, mapRow } from "./map.ts";

/** A part of the banks, in whole pages. */
export interface BankRange {
    /** Bytes from the beginning of each bank. */
    readonly offset: number;
    readonly sizeBytes: number;
}

export interface GeometryOptions {
    readonly meshX: number;
    readonly meshY: number;
    readonly hartsPerCluster: number;
    /** Bytes of each bank: a power of two, at least 1 MiB; with one cluster any multiple of 4 KiB. */
    readonly bankSize: number;
    /** Whether the local window and the kentry alias exist. */
    readonly localWindow: boolean;
    /** Parts of the aliases that show bank 0 to every cluster; default none. */
    readonly sharedWindow?: readonly BankRange[];
}

const MIN_BANK_BYTES = 1024 * 1024;
const PAGE_BYTES = 4096;
const MAX_RAM_BYTES = 4 * 1024 * 1024 * 1024;
const MAX_CLUSTERS = 256;

const BANKS_BASE = mapRow("banks").base;
const WINDOW = mapRow("localWindow");
const KENTRY = mapRow("kentryAlias");

/** Reported by `normalise` for an address inside an alias that has no memory behind it: an access fault. */
export const NO_ADDRESS = -1;

export class Geometry {
    readonly meshX: number;
    readonly meshY: number;
    readonly hartsPerCluster: number;
    readonly bankSize: number;
    readonly localWindow: boolean;
    readonly sharedWindow: readonly BankRange[];
    readonly clusterCount: number;
    readonly hartCount: number;
    /** Bytes of all banks together. */
    readonly ramSize: number;
    /** One past the last byte of the last bank. */
    readonly ramEnd: number;

    constructor(options: GeometryOptions) {
        checkOptions(options);
        this.meshX = options.meshX;
        this.meshY = options.meshY;
        this.hartsPerCluster = options.hartsPerCluster;
        this.bankSize = options.bankSize;
        this.localWindow = options.localWindow;
        this.sharedWindow = options.sharedWindow ?? [];
        this.clusterCount = options.meshX * options.meshY;
        this.hartCount = this.clusterCount * options.hartsPerCluster;
        this.ramSize = this.clusterCount * options.bankSize;
        this.ramEnd = BANKS_BASE + this.ramSize;
    }

    cxyAt(x: number, y: number): number {
        return y * this.meshX + x;
    }

    xOf(cxy: number): number {
        return cxy % this.meshX;
    }

    yOf(cxy: number): number {
        return Math.floor(cxy / this.meshX);
    }

    hartId(cxy: number, lid: number): number {
        return cxy * this.hartsPerCluster + lid;
    }

    clusterOfHart(hart: number): number {
        return Math.floor(hart / this.hartsPerCluster);
    }

    lidOfHart(hart: number): number {
        return hart % this.hartsPerCluster;
    }

    bankBase(cxy: number): number {
        return BANKS_BASE + cxy * this.bankSize;
    }

    /** The cluster whose bank holds this global address, or -1 when it is not RAM. */
    homeOf(paddr: number): number {
        if (paddr < BANKS_BASE || paddr >= this.ramEnd) return -1;
        return Math.floor((paddr - BANKS_BASE) / this.bankSize);
    }

    /**
     * The global address of `paddr` as a hart of cluster `cxy` sees it: alias addresses become addresses in its own bank
     * (in bank 0 where the window is shared), all others stay. NO_ADDRESS for the part of the window beyond the bank.
     */
    normalise(paddr: number, cxy: number): number {
        if (!this.localWindow || paddr >= BANKS_BASE || paddr < KENTRY.base) return paddr;
        if (paddr >= WINDOW.base) return this.#inBank(paddr - WINDOW.base, cxy);
        if (paddr < KENTRY.base + KENTRY.sizeBytes) return this.#inBank(paddr - KENTRY.base, cxy);
        return paddr;
    }

    /** Hops from one cluster to another under XY routing. */
    distance(fromCxy: number, toCxy: number): number {
        return meshDistance(this.meshX, fromCxy, toCxy);
    }

    #inBank(offset: number, cxy: number): number {
        if (offset >= this.bankSize) return NO_ADDRESS;
        const shared = this.sharedWindow.some((part) => offset >= part.offset && offset < part.offset + part.sizeBytes);
        return this.bankBase(shared ? 0 : cxy) + offset;
    }
}

/** Hops from one cluster to another of a mesh `meshX` clusters wide, under XY routing. */
export function meshDistance(meshX: number, fromCxy: number, toCxy: number): number {
    const rows = Math.floor(fromCxy / meshX) - Math.floor(toCxy / meshX);
    return Math.abs((fromCxy % meshX) - (toCxy % meshX)) + Math.abs(rows);
}

/** Asserts; the config check says the same to people, with file and path (configs/). */
function checkOptions(options: GeometryOptions): void {
    const { meshX, meshY, hartsPerCluster, bankSize, localWindow } = options;
    for (const [name, value] of Object.entries({ meshX, meshY, hartsPerCluster })) {
        if (!Number.isInteger(value) || value < 1) throw new RangeError(`${name} is ${value}; must be an integer >= 1`);
    }
    const clusters = meshX * meshY;
    if (clusters > MAX_CLUSTERS) throw new RangeError(`${clusters} clusters; at most ${MAX_CLUSTERS}`);
    if (clusters * hartsPerCluster > MAX_HARTS) {
        throw new RangeError(`${clusters * hartsPerCluster} harts; at most ${MAX_HARTS}`);
    }
    const isPower = Number.isInteger(Math.log2(bankSize)) && bankSize >= MIN_BANK_BYTES;
    const isPages = clusters === 1 && bankSize > 0 && bankSize % PAGE_BYTES === 0;
    if (!isPower && !isPages) {
        throw new RangeError(`bankSize is ${bankSize}; must be a power of two of at least 1 MiB`);
    }
    if (localWindow && bankSize > WINDOW.sizeBytes) throw new RangeError(`bankSize is ${bankSize}; at most 1 GiB`);
    if (clusters * bankSize > MAX_RAM_BYTES) throw new RangeError(`${clusters} banks of ${bankSize} exceed 4 GiB`);
}
