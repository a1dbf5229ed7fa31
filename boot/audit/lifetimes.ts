/**
 * `--audit memory` follows every frame and object of the kernel from its allocation to its release. Marks on memory (emu/host/watch.ts)
 * report an access to memory that is free, lies beyond an object's end, or was never written. The rest of the kernel's memory is not
 * watched.
 *
 * A pointer dangles when it still stands in an object after its target is given back. A load of it ends the run too, because by then the
 * memory may belong to another owner. Only pointers in objects of slabs are found, not those on stacks and in static data.
 *
 * The kernel's PROBE_FRAME records report frames; calls of kcm_alloc and kcm_free report objects of slabs. Between the allocator's record
 * and its caller's first store a frame is `unwritten`. An object is open from the start, because kcm_alloc zeroes it.
 */

import type { Watch, WatchedAccess } from "../../emu/host/watch.ts";
import { PAGE_SIZE } from "../../kernel/abi/memory-map.ts";
import { FRAME_THREAD } from "../../kernel/abi/vseg-type.ts";
import { frameWords, type GuestMemory } from "../observe/guest-memory.ts";
import { Broken, type Finding, hex, nowhere } from "../report/violation.ts";
import { type Excuses, excused } from "./excuses.ts";
import { kindName, SMALLEST_OBJECT } from "./kernel-facts.ts";
import type { Site, Sites } from "./places.ts";

/** Files that hand memory out. The report names the caller of a place in them. */
const ALLOCATORS = [
    "kernel/mm/kcm.ts",
    "kernel/mm/ppm.ts",
    "kernel/mm/frame.ts",
    "kernel/probe.ts",
    "kernel/hal/",
    "kernel/panic.ts",
];
const HELPERS = ["kernel/hal/", "kernel/panic.ts"];

interface Life {
    /** Undefined when it was never handed out. */
    allocated: Site | undefined;
    /** Undefined while it is in use. */
    freed: Site | undefined;
    free: boolean;
}

interface FrameLife extends Life {
    readonly first: number;
    readonly frames: number;
    readonly kind: number;
    /** A slab's object size in bytes, and its objects by address. */
    slab: Slab | undefined;
    /** The slab that the frame was until it was given back. */
    former: Slab | undefined;
}

interface Slab {
    readonly size: number;
    readonly objects: Map<number, ObjectLife>;
    /** A live window on the words. */
    readonly words: Uint32Array;
}

interface ObjectLife extends Life {
    readonly bytes: number;
}

export class Lifetimes {
    readonly #watch: Watch | undefined;
    readonly #sites: Sites;
    readonly #excuses: Excuses;
    /** The lives by frame number. Frames of a block share one. */
    readonly #frames = new Map<number, FrameLife>();
    /** The call of kcm_alloc that a hart is in, by hart. */
    readonly #asked = new Map<number, { readonly bytes: number; readonly site: Site }>();
    /** Frames that are slabs, by number. */
    readonly #slabs = new Map<number, Slab>();
    /** The former target of a dangling pointer, by the pointer's address. */
    readonly #dangling = new Map<number, { readonly address: number; readonly life: Life }>();
    readonly #memory: GuestMemory;

    /** Without `marks` it only tracks what each address belongs to. */
    constructor(watch: Watch, memory: GuestMemory, sites: Sites, excuses: Excuses, marks: boolean) {
        this.#watch = marks ? watch : undefined;
        this.#memory = memory;
        this.#sites = sites;
        this.#excuses = excuses;
    }

    /** The allocator has the bank's frames [first, end): those that are not in use are free. */
    bank(first: number, end: number): void {
        for (let ppn = first; ppn < end; ppn++) {
            if (!this.#frames.has(ppn)) this.#watch?.mark(ppn * PAGE_SIZE, PAGE_SIZE, "closed");
        }
    }

    /** A block of 2^order frames is handed out, or given back. */
    frame(hart: number, pc: number, ppn: number, record: { kind: number; order: number }, allocated: boolean): void {
        const site = this.#sites.capture(hart, pc);
        const frames = 2 ** record.order;
        const life: FrameLife = {
            first: ppn,
            frames,
            kind: record.kind,
            allocated: allocated ? site : this.#frames.get(ppn)?.allocated,
            freed: allocated ? undefined : site,
            free: !allocated,
            slab: undefined,
            former: allocated ? undefined : this.#slabs.get(ppn),
        };
        for (let i = 0; i < frames; i++) this.#frames.set(ppn + i, life);
        this.#slabs.delete(ppn);
        this.#watch?.mark(ppn * PAGE_SIZE, frames * PAGE_SIZE, allocated ? "unwritten" : "closed");
        if (!allocated && record.kind === FRAME_THREAD) this.#dangles(ppn * PAGE_SIZE, life);
    }

    /** kcm_alloc is called for so many bytes. */
    asksForObject(hart: number, pc: number, bytes: number): void {
        this.#asked.set(hart, { bytes, site: this.#sites.capture(hart, pc) });
    }

    /** kcm_alloc returns the object at a global address; undefined when there was no memory. */
    getsObject(hart: number, address: number | undefined): void {
        const asked = this.#asked.get(hart);
        this.#asked.delete(hart);
        if (asked === undefined || address === undefined) return;
        const { bytes, site } = asked;
        const slab = this.#slabOf(address, bytes);
        if (slab === undefined) return;
        slab.objects.set(address, { bytes, allocated: site, freed: undefined, free: false });
        this.#watch?.mark(address, bytes, "open");
        this.#watch?.mark(address + bytes, slab.size - bytes, "closed");
    }

    /** kcm_free is called for the object at a global address. */
    freesObject(hart: number, pc: number, address: number): void {
        const site = this.#sites.capture(hart, pc);
        const frame = this.#frames.get(Math.floor(address / PAGE_SIZE));
        const slab = frame?.slab ?? frame?.former;
        const object = slab?.objects.get(address);
        if (this.#watch === undefined && object === undefined) return;
        if (slab === undefined || object === undefined || object.free) {
            const text = `what is freed ${object === undefined ? "is no object" : "was already free"}`;
            this.#break(`${text}: ${this.#story(address, object)}`, object?.freed, site);
        }
        object.free = true;
        object.freed = site;
        this.#watch?.mark(address, slab.size, "closed");
        this.#dangles(address, object);
    }

    /** Handles an access that the marks object to. */
    access({ hart, pc, address, width, kind, at, mark }: WatchedAccess): void {
        const site = this.#sites.capture(hart, pc);
        const frame = this.#frames.get(Math.floor(at / PAGE_SIZE));
        if (excused(this.#excuses, this.#sites.files(site), { kind, inSlab: frame?.slab !== undefined })) return;
        const slab = frame?.slab ?? frame?.former;
        const object = slab && objectAt(slab, at);
        const does = `${kind === "store" ? "stores" : kind === "load" ? "loads" : "changes"} ${width} bytes at ${hex(address)}`;
        const life: Life | undefined = object?.life ?? frame;
        const named = mark === "unwritten" ? this.#dangling.get(address) : undefined;
        if (named !== undefined) {
            const text = `hart ${hart} loads at ${hex(address)} a pointer to ${hex(named.address)}, which is free`;
            this.#break(`${text}${this.#history(named.life)}`, named.life.freed, site);
        }
        if (mark === "unwritten") {
            const whose = life?.allocated === undefined ? "" : `, allocated by ${this.#tell(life.allocated)}`;
            this.#break(`hart ${hart} ${does}, which nobody has written${whose}`, undefined, site);
        }
        if (object !== undefined && !object.life.free) {
            const beyond = `beyond the end of the ${object.life.bytes} bytes at ${hex(object.address)}`;
            this.#break(
                `hart ${hart} ${does}, ${beyond}: ${this.#story(object.address, object.life)}`,
                undefined,
                site,
            );
        }
        this.#break(`hart ${hart} ${does}, which is free: ${this.#what(frame, object)}`, life?.freed, site);
    }

    /** The owner of an address. It is the same for all objects that are allocated at one place. */
    kindOf(address: number): string {
        const frame = this.#frames.get(Math.floor(address / PAGE_SIZE));
        const object = frame?.slab && objectAt(frame.slab, address);
        const life: Life | undefined = object?.life ?? frame;
        if (life === undefined || life.free || life.allocated === undefined || frame === undefined) {
            return `static ${hex(this.#memory.placeOf(address).local)}`;
        }
        const start = object?.address ?? frame.first * PAGE_SIZE;
        return `${this.#sites.key(life.allocated, ALLOCATORS)} + ${address - start}`;
    }

    /** The owner of an address, distinct from all other owners that exist and existed. */
    nameOf(address: number): string {
        const frame = this.#frames.get(Math.floor(address / PAGE_SIZE));
        const object = frame?.slab && objectAt(frame.slab, address);
        const life: Life | undefined = object?.life ?? frame;
        return `${hex(address)} since ${life?.allocated?.cycle ?? 0}`;
    }

    #what(frame: FrameLife | undefined, object: { address: number; life: ObjectLife } | undefined): string {
        if (object !== undefined) return this.#story(object.address, object.life);
        if (frame === undefined) return "a frame that was never handed out";
        if (frame.slab !== undefined && !frame.free) return "a slab's memory that is no object's";
        const name = `frame ${hex(frame.first)} (${kindName(frame.kind)})`;
        return `${name}${this.#history(frame)}`;
    }

    #story(address: number, object: ObjectLife | undefined): string {
        if (object === undefined) return `nothing was handed out at ${hex(address)}`;
        return `an object of ${object.bytes} bytes${this.#history(object)}`;
    }

    #history({ allocated, freed }: Life): string {
        const by = allocated === undefined ? "" : `, allocated by ${this.#tell(allocated)}`;
        return freed === undefined ? by : `${by}; freed by ${this.#tell(freed)}`;
    }

    #tell(site: Site): string {
        return this.#sites.describe(site, ALLOCATORS);
    }

    /** The slab that the object lies in. Its first object shows that the frame is a slab. */
    #slabOf(address: number, bytes: number): Slab | undefined {
        const frame = this.#frames.get(Math.floor(address / PAGE_SIZE));
        if (frame === undefined) return undefined;
        if (frame.slab === undefined) {
            let size = SMALLEST_OBJECT;
            while (size < bytes) size *= 2;
            const content = this.#memory.frame(frame.first);
            if (content === undefined) return undefined;
            const words = frameWords(content);
            frame.slab = { size, objects: new Map(), words };
            this.#slabs.set(frame.first, frame.slab);
            this.#watch?.mark(frame.first * PAGE_SIZE, PAGE_SIZE, "closed");
        }
        return frame.slab;
    }

    /** The memory at `address` has been given back. Pointers to it that stand in objects must be written before they are read. */
    #dangles(address: number, life: Life): void {
        if (this.#watch === undefined) return;
        const { cxy, local } = this.#memory.placeOf(address);
        for (const [ppn, slab] of this.#slabs) {
            this.#findPointers(ppn, slab, address % 2 ** 32, 8, { address, life });
            if (this.#memory.clusterOf(ppn) === cxy) this.#findPointers(ppn, slab, local, 4, { address, life });
        }
    }

    /** Extended pointers have 8 bytes. Their upper half is that of the address. */
    #findPointers(ppn: number, slab: Slab, low: number, bytes: 4 | 8, target: { address: number; life: Life }): void {
        const { words } = slab;
        const high = Math.floor(target.address / 2 ** 32);
        for (let i = words.indexOf(low); i >= 0; i = words.indexOf(low, i + 1)) {
            const at = ppn * PAGE_SIZE + 4 * i;
            if (bytes === 8 && (i % 2 !== 0 || words[i + 1] !== high)) continue;
            if (objectAt(slab, at)?.life.free !== false) continue;
            this.#dangling.set(at, target);
            this.#watch?.mark(at, bytes, "unwritten");
        }
    }

    #break(text: string, freed: Site | undefined, used: Site): never {
        const places = [
            ...(freed === undefined ? [] : [this.#sites.place("freed", freed, ALLOCATORS)]),
            this.#sites.place("used", used, HELPERS),
        ];
        const finding: Finding = {
            ...nowhere("memory"),
            places,
            text: `${text}; used by ${this.#sites.describe(used, HELPERS)}`,
        };
        throw new Broken(finding);
    }
}

function objectAt(slab: Slab, address: number): { address: number; life: ObjectLife } | undefined {
    const start = address - (address % slab.size);
    const life = slab.objects.get(start);
    return life === undefined ? undefined : { address: start, life };
}
