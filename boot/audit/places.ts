/** Places in the kernel's run: an event, its hart and its time, and the source line that a report names. */

import type { Watch } from "../../emu/host/watch.ts";
import type { Image } from "../../toolchain/link/image.ts";
import { type Location, Symbolizer } from "../../toolchain/link/symbolize.ts";
import { unwind } from "../../toolchain/link/unwind.ts";
import type { GuestMemory } from "../observe/guest-memory.ts";
import type { Place } from "../report/violation.ts";

/** A moment of the run: the pc and the return addresses behind it, innermost first. */
export interface Site {
    readonly chain: readonly number[];
    readonly hart: number;
    readonly cycle: number;
}

/** The state that sites are read from. */
export interface SiteMachine {
    readonly watch: Watch;
    cycle(hart: number): number;
}

const [RA, SP] = [1, 2];
/** The number of return addresses kept: enough to see past allocators and the kernel's own helpers. */
const DEPTH = 7;
/** The number of calls reported. */
const TOLD = 3;

/** Files of helpers that all of the kernel waits and locks with. The report names their caller. */
export const WAIT_HELPERS = [
    "kernel/hal/",
    "kernel/rpc/rpc.ts",
    "kernel/rpc/serve.ts",
    "kernel/mm/vmm.ts",
    "kernel/panic.ts",
];

export class Sites {
    readonly #machine: SiteMachine;
    readonly #image: Image;
    readonly #memory: GuestMemory;
    readonly #symbolizer: Symbolizer;
    /** The symbolizer's answer by pc. It stays valid, because the kernel's code stays. */
    readonly #located = new Map<number, Location | undefined>();

    constructor(machine: SiteMachine, image: Image, memory: GuestMemory) {
        this.#machine = machine;
        this.#memory = memory;
        this.#image = image;
        this.#symbolizer = new Symbolizer(image);
    }

    /** The site of a hart that is about to execute the instruction at `pc`. */
    capture(hart: number, pc: number): Site {
        const { watch } = this.#machine;
        const start = { pc, sp: watch.register(hart, SP), ra: watch.register(hart, RA) };
        const chain = unwind(this.#image.frames, start, (address) => this.#readWord(hart, address), DEPTH);
        return { chain, hart, cycle: this.#machine.cycle(hart) };
    }

    /** Reads 8 bytes at an address of the hart's kernel. */
    #readWord(hart: number, address: number): number | undefined {
        const global = this.#machine.watch.globalAddress(hart, address);
        return global === undefined ? undefined : this.#memory.readGlobal(global, 8);
    }

    /** The source files of the site's calls, innermost first. */
    files(site: Site): string[] {
        return site.chain.map((_, i) => this.#locate(site, i)?.file ?? "");
    }

    /** The place is named by the innermost call of a function that is not in `helpers` (files, or folders that end in a slash). */
    place(what: Place["what"], site: Site, helpers: readonly string[]): Place {
        const told = this.#locate(site, this.#tellingIndex(site, helpers), helpers);
        const { hart, cycle } = site;
        return {
            what,
            function: told?.function ?? null,
            file: told?.file ?? null,
            line: told?.line ?? null,
            hart,
            cycle,
        };
    }

    /** The naming call and those behind it, on one line. */
    describe(site: Site, helpers: readonly string[]): string {
        const from = this.#tellingIndex(site, helpers);
        const calls = site.chain.slice(from, from + TOLD).map((_, i) => {
            const found = this.#locate(site, from + i, helpers);
            return found === undefined
                ? "?"
                : `${shortName(found.function)} (${found.file ?? "?"}:${found.line ?? "?"})`;
        });
        return `${calls.join(" from ")}, hart ${site.hart}, cycle ${site.cycle}`;
    }

    /** The naming call, the same for all events there. */
    key(site: Site, helpers: readonly string[]): string {
        const found = this.#locate(site, this.#tellingIndex(site, helpers), helpers);
        return found === undefined ? "?" : `${shortName(found.function)} (${found.file ?? "?"}:${found.line ?? "?"})`;
    }

    #tellingIndex(site: Site, helpers: readonly string[]): number {
        const index = site.chain.findIndex((_, i) => {
            const found = this.#locate(site, i);
            return found?.file !== undefined && !isHelper(fileOf(found.function), helpers);
        });
        return Math.max(0, index);
    }

    /** Where helpers are inlined, it is the line that calls them. */
    #locate(site: Site, index: number, helpers: readonly string[] = []): Location | undefined {
        const call = site.chain[index] ?? 0;
        const pc = index === 0 ? call : call - 1;
        const found = this.#functionAt(pc);
        if (found?.file === undefined || !isHelper(found.file, helpers)) return found;
        const start = pc - found.offset;
        const outer = this.#image.lines.findLast(
            ({ address, file }) => start <= address && address <= pc && !isHelper(file, helpers),
        );
        return outer === undefined ? found : { ...found, file: outer.file, line: outer.line };
    }

    #functionAt(pc: number): Location | undefined {
        if (!this.#located.has(pc)) this.#located.set(pc, this.#symbolizer.locate(pc));
        return this.#located.get(pc);
    }
}

function isHelper(file: string, helpers: readonly string[]): boolean {
    return helpers.some((helper) => file === helper || (helper.endsWith("/") && file.startsWith(helper)));
}

/** The file of a kernel function. Symbols begin with the path of their source. */
function fileOf(name: string): string {
    return `${name.slice(0, Math.max(0, name.lastIndexOf("/")))}.ts`;
}

/** The name `kcm_free` of `kernel/mm/kcm/kcm_free`. */
export function shortName(name: string): string {
    return name.slice(name.lastIndexOf("/") + 1);
}
