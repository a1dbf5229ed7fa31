/** What each frame of the banks is used for, and for which process, from the kernel's event `frame`. */

import { EVENTS, fieldNumber, placesOf, taggedFrame } from "../../boot/abi/events.ts";
import { KIND_FREED, kindOfFrame, segmentOf, tagImage } from "../../boot/observe/frame-kinds.ts";
import type { Segment } from "../../boot/report/report.ts";
import type { Artifacts } from "../../boot/system/artifacts.ts";
import { makeBootMedium } from "../../boot/system/boot-medium.ts";
import type { Config } from "../../configs/schema/config.ts";
import { BANK_BASE, PAGE_SIZE } from "../../kernel/abi/memory-map.ts";

const [, PPN, TAG, PID, ALLOCATED] = placesOf(EVENTS.frame.fields) as [Place, Place, Place, Place, Place];
const [BOOT_CXY, BOOT_FREE] = placesOf(EVENTS.boot.fields) as [Place, Place];
type Place = ReturnType<typeof placesOf>[number];

/** A frame in use. */
export interface Used {
    /** As segmentOf takes it (boot/observe/frame-kinds.ts). */
    readonly kind: number;
    /** 0 for a frame of the kernel's own. */
    readonly pid: number;
}

export class Frames {
    /** Frames in use, by ppn. */
    #used = new Map<number, Used>();
    /** Frames whose use has changed since `takeChanged`; undefined: all may have. */
    #changed: Set<number> | undefined;
    readonly #framesPerBank: number;
    readonly #image: ReadonlyMap<number, number>;
    readonly #medium: number;

    constructor(config: Config, artifacts: Artifacts, clusters: number) {
        const { bankSize } = config.machine;
        this.#framesPerBank = bankSize / PAGE_SIZE;
        const image = new Map<number, number>();
        const { address } = makeBootMedium(config, artifacts);
        const tags = {
            clusterCount: clusters,
            options: { bankSize },
            tagFrame: (ppn: number, kind: number) => void image.set(ppn, kind),
        };
        tagImage(tags, address);
        this.#image = image;
        this.#medium = Math.floor(address / PAGE_SIZE);
    }

    /** Takes an event `boot`: the frames that the instance has not given out are free. */
    boot(halves: Uint32Array): void {
        const cxy = fieldNumber(BOOT_CXY, halves);
        const first = BANK_BASE / PAGE_SIZE + cxy * this.#framesPerBank;
        const end = first + this.#framesPerBank;
        const medium = this.#medium >= first && this.#medium < end ? this.#medium : end;
        for (let ppn = medium; ppn < end; ppn++) this.#set(ppn, { kind: KIND_FREED, pid: 0 });
        // What else the instance does not manage is its image and its tables, which lie first.
        let own = this.#framesPerBank - fieldNumber(BOOT_FREE, halves) - this.#usedIn(first, end);
        for (let ppn = first; own > 0; ppn++) {
            if (this.#used.has(ppn)) continue;
            this.#set(ppn, { kind: this.#image.get(ppn) ?? KIND_FREED, pid: 0 });
            own--;
        }
    }

    #usedIn(first: number, end: number): number {
        let count = 0;
        for (const ppn of this.#used.keys()) if (ppn >= first && ppn < end) count++;
        return count;
    }

    /** Takes an event `frame`. */
    frame(halves: Uint32Array): void {
        const { kind, order } = taggedFrame(fieldNumber(TAG, halves));
        const first = fieldNumber(PPN, halves);
        const used =
            fieldNumber(ALLOCATED, halves) === 1
                ? { kind: kindOfFrame(kind), pid: fieldNumber(PID, halves) }
                : undefined;
        for (let ppn = first; ppn < first + 2 ** order; ppn++) this.#set(ppn, used);
    }

    /** Undefined for a free frame. */
    use(ppn: number): { readonly segment: Segment; readonly pid: number } | undefined {
        const used = this.#used.get(ppn);
        return used && { segment: segmentOf(used.kind), pid: used.pid };
    }

    /** [ppn, kind + 1 (0: free), pid] of each frame that changed; `all`: of each in use, and those before are forgotten. */
    takeChanged(): { readonly all: boolean; readonly rows: Uint32Array } {
        const changed = this.#changed;
        this.#changed = new Set();
        const ppns = changed === undefined ? [...this.#used.keys()] : [...changed];
        const rows = new Uint32Array(3 * ppns.length);
        for (const [i, ppn] of ppns.entries()) {
            const used = this.#used.get(ppn);
            rows.set([ppn, used === undefined ? 0 : used.kind + 1, used?.pid ?? 0], 3 * i);
        }
        return { all: changed === undefined, rows };
    }

    /** For `restore`. */
    copy(): ReadonlyMap<number, Used> {
        return new Map(this.#used);
    }

    restore(copy: ReadonlyMap<number, Used>): void {
        this.#used = new Map(copy);
        this.showAll();
    }

    /** The next `takeChanged` gives all. */
    showAll(): void {
        this.#changed = undefined;
    }

    #set(ppn: number, used: Used | undefined): void {
        if (used === undefined) this.#used.delete(ppn);
        else this.#used.set(ppn, used);
        this.#changed?.add(ppn);
    }
}
