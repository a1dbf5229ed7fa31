/** Places in the kernel's run: who did something, on which hart, when; and the source line that it is told by. */

import type { Watch } from "../../emu/watch.ts";
import type { Image } from "../link/image.ts";
import { Symbolizer } from "../link/symbolize.ts";
import { unwind } from "../link/unwind.ts";
import type { GuestMemory } from "./guest-memory.ts";

/** What a violation's place is (interface.md 4). */
export interface Place {
    readonly what: "freed" | "used" | "locked" | "waits" | "copied";
    readonly function: string | null;
    readonly file: string | null;
    readonly line: number | null;
    readonly hart: number;
    readonly cycle: number;
}

/** A moment of the run: the pc and the return addresses behind it, innermost first. */
export interface Site {
    readonly chain: readonly number[];
    readonly hart: number;
    readonly cycle: number;
}

/** What sites are read from. */
export interface SiteMachine {
    readonly watch: Watch;
    cycle(hart: number): number;
}

const [RA, SP] = [1, 2];
/** Return addresses kept: enough to see past allocators and the kernel's own helpers. */
const DEPTH = 7;

export class Sites {
    readonly #machine: SiteMachine;
    readonly #image: Image;
    readonly #memory: GuestMemory;
    readonly #symbolizer: Symbolizer;

    constructor(machine: SiteMachine, image: Image, memory: GuestMemory) {
        this.#machine = machine;
        this.#memory = memory;
        this.#image = image;
        this.#symbolizer = new Symbolizer(image);
    }

    /** Where the hart is, which is about to execute the instruction at `pc`. */
    capture(hart: number, pc: number): Site {
        const { watch } = this.#machine;
        const start = { pc, sp: watch.register(hart, SP), ra: watch.register(hart, RA) };
        const read = (address: number) => {
            const global = watch.globalAddress(hart, address);
            return global === undefined ? undefined : this.#memory.readGlobal(global, 8);
        };
        const chain = unwind(this.#image.frames, start, read, DEPTH);
        return { chain, hart, cycle: this.#machine.cycle(hart) };
    }

    /** Source files of the site's calls, innermost first. */
    files(site: Site): string[] {
        return site.chain.map((_, i) => this.#locate(site, i)?.file ?? "");
    }

    /** Told by the innermost call that is not in one of `helpers` (files, or folders that end in a slash). */
    place(what: Place["what"], site: Site, helpers: readonly string[]): Place {
        const index = this.#tellingIndex(site, helpers);
        const found = this.#locate(site, index);
        const { hart, cycle } = site;
        return {
            what,
            function: found?.function ?? null,
            file: found?.file ?? null,
            line: found?.line ?? null,
            hart,
            cycle,
        };
    }

    /** The telling call and those behind it, on one line. */
    describe(site: Site, helpers: readonly string[]): string {
        const from = this.#tellingIndex(site, helpers);
        const calls = site.chain.slice(from, from + 3).map((_, i) => {
            const found = this.#locate(site, from + i);
            return found === undefined ? "?" : `${shortName(found.function)} (${found.file ?? "?"}:${found.line ?? "?"})`;
        });
        return `${calls.join(" from ")}, hart ${site.hart}, cycle ${site.cycle}`;
    }

    #tellingIndex(site: Site, helpers: readonly string[]): number {
        const index = site.chain.findIndex((_, i) => {
            const file = this.#locate(site, i)?.file;
            return file !== undefined && !helpers.some((helper) => file === helper || (helper.endsWith("/") && file.startsWith(helper)));
        });
        return Math.max(0, index);
    }

    #locate(site: Site, index: number) {
        const pc = site.chain[index] ?? 0;
        return this.#symbolizer.locate(index === 0 ? pc : pc - 1);
    }
}

/** Of `kernel/mm/kcm/kcm_free`, `kcm_free`. */
export function shortName(name: string): string {
    return name.slice(name.lastIndexOf("/") + 1);
}
