/**
 * Compiles hot places of a machine's code to Wasm, a module of regions at a time (docs/performance.md). Compiled code is known by the heat
 * of its place in the decoded page (emu/state/code-layout.ts), and a page that changes loses all heat. So nothing is ever patched.
 */
import {
    DECODED_CONTENT,
    DECODED_GENERATION,
    DECODED_HEAT,
    DECODED_PRIVATE,
    HEAT_COMPILED,
    HEAT_NEVER,
    OP_UNDECODED,
    SLOT_SHIFT,
} from "../../state/code-layout.ts";
import { JIT_THRESHOLD, JIT_WAITING } from "../../state/machine-layout.ts";
import { PAGE_BYTES } from "../../state/plan.ts";
import type { SharedMemory } from "../../state/shared-memory.ts";
import { wasmModule } from "../../wasm/module.ts";
import type { Variant } from "../variant.ts";
import { dispatchModule } from "./dispatch.ts";
import { type Block, findRegion, type Page } from "./region.ts";
import { regionFunction } from "./region-emitter.ts";
import { DISPATCH, REGION, RegionImports } from "./region-type.ts";

export interface JitOptions {
    /** Arrivals before a place is compiled. Default 60; never: "never". */
    readonly threshold?: number | "never" | undefined;
    /** Instructions of a region, or a few more. Default 200. */
    readonly regionInstructions?: number | undefined;
}

/** What was compiled. */
export interface JitFigures {
    /** Regions made, and guest instructions in them. */
    readonly regions: number;
    readonly compiled: number;
}

interface Place {
    readonly page: number;
    readonly offset: number;
    readonly generation: number;
}

interface Region extends Place {
    /** In the table of functions. */
    readonly index: number;
}

const DEFAULT_THRESHOLD = 60;
const DEFAULT_INSTRUCTIONS = 200;
/** A place that lies in another region waits that many thresholds. */
const COVERED_PATIENCE = 8;
/** Places are compiled when so many wait, or have waited for so many turns. */
const BATCH = 16;
const BATCH_TURNS = 8;
/** More regions are not kept. */
const MOST_REGIONS = 8192;

export class Jit {
    readonly #memory: SharedMemory;
    readonly #table: WebAssembly.Table;
    readonly #variant: Variant;
    readonly #imports: Record<string, WebAssembly.ImportValue>;
    readonly #most: number;
    #waiting: Place[] = [];
    #turnsWaited = 0;
    /** Places inside regions, and how often they became hot, by page. */
    readonly #covered = new Map<number, { generation: number; heat: Map<number, number> }>();
    readonly #regions: Region[] = [];
    readonly #freeIndices: number[] = [];
    #made = 0;
    #compiled = 0;

    /** `core` has the exports of the core, and everything else that regions may import; `table` is the core's. */
    constructor(
        memory: SharedMemory,
        table: WebAssembly.Table,
        core: Record<string, WebAssembly.ImportValue>,
        variant: Variant,
        { threshold = DEFAULT_THRESHOLD, regionInstructions = DEFAULT_INSTRUCTIONS }: JitOptions,
    ) {
        this.#memory = memory;
        this.#table = table;
        this.#variant = variant;
        this.#most = regionInstructions;
        memory.setU32(JIT_THRESHOLD, threshold === "never" ? HEAT_NEVER : threshold);
        const dispatch = new WebAssembly.Instance(new WebAssembly.Module(dispatchModule() as BufferSource), {
            core: { memory: memory.memory, table },
        });
        this.#imports = { ...core, table, [DISPATCH.name]: dispatch.exports[DISPATCH.name] as WebAssembly.ImportValue };
    }

    get figures(): JitFigures {
        return { regions: this.#made, compiled: this.#compiled };
    }

    /** The slot of the decoded page at host address `page` was reached as often as the threshold says. */
    becameHot(page: number, slot: number): void {
        const offset = (slot - page) >> SLOT_SHIFT;
        const generation = this.#memory.u32(page + DECODED_GENERATION);
        const covered = this.#covered.get(page);
        const heat = covered?.generation === generation ? covered.heat.get(offset) : undefined;
        if (heat !== undefined && heat < COVERED_PATIENCE) {
            covered?.heat.set(offset, heat + 1);
            this.#setHeat({ page, offset }, 0);
            return;
        }
        this.#waiting.push({ page, offset, generation });
        this.#memory.setU32(JIT_WAITING, 1);
    }

    /** Called between turns while places wait. */
    betweenTurns(): void {
        this.#turnsWaited++;
        if (this.#waiting.length < BATCH && this.#turnsWaited < BATCH_TURNS) return;
        const places = this.#waiting;
        this.#waiting = [];
        this.#turnsWaited = 0;
        this.#memory.setU32(JIT_WAITING, 0);
        this.#compile(places);
    }

    #compile(places: readonly Place[]): void {
        const imports = new RegionImports();
        const found: { place: Place; blocks: Block[] }[] = [];
        for (const place of places) {
            if (!this.#isCurrent(place)) continue;
            const blocks = this.#mayCompile(place) ? findRegion(this.#pageOf(place), place.offset, this.#most) : [];
            if (blocks.length === 0) this.#setHeat(place, HEAT_NEVER);
            else found.push({ place, blocks });
        }
        if (found.length === 0) return;
        const functions = found.map(({ blocks }, i) => ({
            ...REGION,
            name: `r${i}`,
            body: regionFunction(blocks, this.#variant, imports),
        }));
        const module = new WebAssembly.Module(wasmModule(imports.list, functions, [REGION]) as BufferSource);
        const { exports } = new WebAssembly.Instance(module, { core: this.#imports });
        found.forEach(({ place, blocks }, i) => {
            this.#install(place, exports[`r${i}`] as () => void);
            this.#cover(place, blocks);
            this.#made++;
            this.#compiled += blocks.reduce((sum, { instructions }) => sum + instructions.length, 0);
        });
    }

    /** The page has the content that it had when the place became hot. */
    #isCurrent({ page, generation }: Place): boolean {
        return this.#memory.u32(page + DECODED_GENERATION) === generation;
    }

    /** Code that is stored to is left to the interpreter. */
    #mayCompile({ page }: Place): boolean {
        return this.#memory.u32(page + DECODED_PRIVATE) === 0;
    }

    #pageOf({ page }: Place): Page {
        const { view, memory } = this.#memory;
        return {
            content: new DataView(memory.buffer, page + DECODED_CONTENT, PAGE_BYTES),
            isKnown: (offset) => view.getUint16(page + (offset << SLOT_SHIFT), true) !== OP_UNDECODED,
        };
    }

    #install(place: Place, code: () => void): void {
        if (this.#regions.length >= MOST_REGIONS) this.#drop(this.#regions.shift() as Region);
        const index = this.#freeIndices.pop() ?? this.#table.grow(1);
        this.#table.set(index, code);
        this.#regions.push({ ...place, index });
        this.#setHeat(place, HEAT_COMPILED + index);
    }

    #drop(region: Region): void {
        if (this.#isCurrent(region)) this.#setHeat(region, 0);
        this.#table.set(region.index, null);
        this.#freeIndices.push(region.index);
    }

    #cover({ page, generation }: Place, blocks: readonly Block[]): void {
        let covered = this.#covered.get(page);
        if (covered?.generation !== generation) {
            covered = { generation, heat: new Map() };
            this.#covered.set(page, covered);
        }
        for (const { offset } of blocks.slice(1)) if (!covered.heat.has(offset)) covered.heat.set(offset, 0);
    }

    #setHeat({ page, offset }: { page: number; offset: number }, heat: number): void {
        this.#memory.setU32(page + DECODED_HEAT + 2 * offset, heat);
    }
}
