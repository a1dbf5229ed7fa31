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
import { RANGES_ON } from "../../state/hart-layout.ts";
import { BANK_FRAMES, JIT_THRESHOLD, JIT_WAITING } from "../../state/machine-layout.ts";
import { PAGE_BYTES } from "../../state/plan.ts";
import type { SharedMemory } from "../../state/shared-memory.ts";
import { wasmModule } from "../../wasm/module.ts";
import type { Variant } from "../variant.ts";
import { dispatchModule } from "./dispatch.ts";
import { type Instruction, instructionAt } from "./instruction.ts";
import { type Ranges, rangesOf } from "./ranges.ts";
import { type Block, findRegion, type Page } from "./region.ts";
import { regionFunction } from "./region-emitter.ts";
import { DISPATCH, ENTER, REGION, RegionImports } from "./region-type.ts";

export interface JitOptions {
    /** Arrivals before a place is compiled. Default 8000. */
    readonly threshold?: number | "never" | undefined;
    /** Instructions of a region, or a few more. Default 200. */
    readonly regionInstructions?: number | undefined;
    /** Set where compiled code may reach memory by physical addresses; `window`: also through the local window. */
    readonly ranges?: { readonly window: boolean } | undefined;
    /** Guest instructions of the regions that are kept. Default 300,000: some 100 MB of Wasm and machine code at most. */
    readonly mostKept?: number | undefined;
}

/** What was compiled. */
export interface JitFigures {
    /** Regions made, and guest instructions in them. */
    readonly regions: number;
    readonly compiled: number;
}

interface Region {
    readonly page: PageRecord;
    readonly offset: number;
    /** In the table of functions. */
    readonly index: number;
    /** Offsets of its loads and stores. */
    readonly accesses: ReadonlySet<number>;
    /** How many instructions it has. */
    readonly size: number;
}

/** What is known of the code in a decoded page, at one content. */
interface PageRecord {
    /** Host address of the decoded page. */
    readonly base: number;
    readonly generation: number;
    /** Places inside regions, and how often they became hot. */
    readonly covered: Map<number, number>;
    /** Accesses that failed in compiled code, and how often. */
    readonly left: Map<number, number>;
    /** The code runs with translation, too. */
    isTranslated: boolean;
    readonly regions: Set<Region>;
    /** By offset; null where there is none. */
    readonly instructions: Map<number, Instruction | null>;
}

interface Place {
    readonly page: PageRecord;
    readonly offset: number;
    readonly hasRanges: boolean;
}

const DEFAULT_THRESHOLD = 8000;
const DEFAULT_INSTRUCTIONS = 200;
/** A place that lies in another region waits that many thresholds. */
const COVERED_PATIENCE = 2;
/** Places are compiled when so many wait, or have waited for so many turns. */
const BATCH = 16;
const BATCH_TURNS = 8;
const DEFAULT_KEPT = 300_000;
/** An access that fails so often in compiled code gets a slow path there. */
const MOST_LEFT = 16;

export class Jit {
    readonly #memory: SharedMemory;
    readonly #table: WebAssembly.Table;
    readonly #variant: Variant;
    readonly #imports: Record<string, WebAssembly.ImportValue>;
    readonly #most: number;
    readonly #threshold: number;
    readonly #batchTurns: number;
    readonly #mostKept: number;
    readonly #ranges: Ranges | undefined;
    readonly #pages = new Map<number, PageRecord>();
    /** In the order in which they were made. */
    readonly #regions = new Set<Region>();
    readonly #freeIndices: number[] = [];
    /** Indices of regions that are dropped, but may still run in the present turn. */
    #retired: number[] = [];
    #waiting: Place[] = [];
    #turnsWaited = 0;
    #kept = 0;
    #made = 0;
    #compiled = 0;

    /** `core` has everything that regions may import of the core; `table` is the core's. */
    constructor(
        memory: SharedMemory,
        table: WebAssembly.Table,
        core: Record<string, WebAssembly.ImportValue>,
        variant: Variant,
        options: JitOptions,
    ) {
        const { threshold = DEFAULT_THRESHOLD, regionInstructions = DEFAULT_INSTRUCTIONS, ranges } = options;
        this.#memory = memory;
        this.#table = table;
        this.#variant = variant;
        this.#most = regionInstructions;
        // No count is as high as HEAT_COMPILED.
        this.#threshold = threshold === "never" ? HEAT_COMPILED : Math.min(threshold, HEAT_COMPILED);
        this.#batchTurns = Math.min(BATCH_TURNS, this.#threshold);
        this.#mostKept = options.mostKept ?? DEFAULT_KEPT;
        this.#ranges = ranges && rangesOf(memory, memory.u32(BANK_FRAMES), ranges.window);
        memory.setU32(JIT_THRESHOLD, this.#threshold);
        const dispatch = new WebAssembly.Instance(dispatchModule(), { core: { memory: memory.memory, table } });
        this.#imports = {
            ...core,
            [DISPATCH.name]: dispatch.exports[DISPATCH.name] as WebAssembly.ImportValue,
            [ENTER.name]: dispatch.exports[ENTER.name] as WebAssembly.ImportValue,
            left_by_mode: (base: number, offset: number) => this.#leftByMode(base >>> 0, offset),
            left_by_access: (base: number, offset: number) => this.#leftByAccess(base >>> 0, offset),
        };
    }

    get figures(): JitFigures {
        return { regions: this.#made, compiled: this.#compiled };
    }

    /** The slot of the decoded page at `base` was reached by `hart` as often as the threshold says. All are host addresses. */
    becameHot(hart: number, base: number, slot: number): void {
        const offset = (slot - base) >> SLOT_SHIFT;
        const page = this.#pageAt(base);
        const heat = page.covered.get(offset) ?? COVERED_PATIENCE;
        if (heat < COVERED_PATIENCE) {
            page.covered.set(offset, heat + 1);
            this.#setHeat(page, offset, 0);
            return;
        }
        this.#waiting.push({ page, offset, hasRanges: this.#memory.u32(hart + RANGES_ON) !== 0 });
        this.#memory.setU32(JIT_WAITING, 1);
    }

    /** Called between turns while places wait. */
    betweenTurns(): void {
        for (const index of this.#retired) {
            this.#table.set(index, null);
            this.#freeIndices.push(index);
        }
        this.#retired = [];
        this.#turnsWaited++;
        if (this.#waiting.length < BATCH && this.#turnsWaited < this.#batchTurns) return;
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
            if (!this.#isCurrent(place.page)) continue;
            const { page, offset } = place;
            const blocks = this.#mayCompile(page) ? findRegion(this.#codeOf(page), offset, this.#most) : [];
            if (blocks.length === 0) this.#setHeat(page, offset, HEAT_NEVER);
            else found.push({ place, blocks });
        }
        if (found.length === 0) return;
        const functions = found.map(({ place: { page, hasRanges }, blocks }, i) => ({
            ...REGION,
            name: `r${i}`,
            body: regionFunction(blocks, {
                variant: this.#variant,
                imports,
                ranges: hasRanges && !page.isTranslated ? this.#ranges : undefined,
                isSlow: (offset) => (page.left.get(offset) ?? 0) >= MOST_LEFT,
            }),
        }));
        const module = new WebAssembly.Module(wasmModule(imports.list, functions) as BufferSource);
        const { exports } = new WebAssembly.Instance(module, { core: this.#imports });
        found.forEach(({ place, blocks }, i) => {
            this.#install(place, blocks, exports[`r${i}`] as () => void);
        });
    }

    /** The page has the content that the record is of. */
    #isCurrent({ base, generation }: PageRecord): boolean {
        return this.#memory.u32(base + DECODED_GENERATION) === generation;
    }

    #pageAt(base: number): PageRecord {
        const known = this.#pages.get(base);
        if (known !== undefined && this.#isCurrent(known)) return known;
        for (const region of known?.regions ?? []) this.#drop(region, 0);
        const page: PageRecord = {
            base,
            generation: this.#memory.u32(base + DECODED_GENERATION),
            covered: new Map(),
            left: new Map(),
            isTranslated: false,
            regions: new Set(),
            instructions: new Map(),
        };
        this.#pages.set(base, page);
        return page;
    }

    /** Code that is stored to is left to the interpreter. */
    #mayCompile({ base }: PageRecord): boolean {
        return this.#memory.u32(base + DECODED_PRIVATE) === 0;
    }

    #codeOf({ base, instructions }: PageRecord): Page {
        const { view, memory } = this.#memory;
        const content = new DataView(memory.buffer, base + DECODED_CONTENT, PAGE_BYTES);
        return {
            at: (offset) => {
                let instruction = instructions.get(offset);
                if (instruction === undefined) {
                    instruction = instructionAt(content, offset) ?? null;
                    instructions.set(offset, instruction);
                }
                return instruction ?? undefined;
            },
            isKnown: (offset) => view.getUint16(base + (offset << SLOT_SHIFT), true) !== OP_UNDECODED,
        };
    }

    #install({ page, offset }: Place, blocks: readonly Block[], code: () => void): void {
        const index = this.#freeIndices.pop() ?? this.#table.grow(1);
        this.#table.set(index, code);
        const instructions = blocks.flatMap((block) => block.instructions);
        const accesses = new Set(instructions.filter(({ kind }) => kind === "access").map((each) => each.offset));
        const size = instructions.length;
        const region = { page, offset, index, accesses, size };
        this.#keep(region);
        page.regions.add(region);
        for (const block of blocks.slice(1)) if (!page.covered.has(block.offset)) page.covered.set(block.offset, 0);
        this.#setHeat(page, offset, HEAT_COMPILED + index);
        this.#made++;
        this.#compiled += size;
    }

    #keep(region: Region): void {
        this.#kept += region.size;
        for (const oldest of this.#regions) {
            if (this.#kept <= this.#mostKept) break;
            this.#drop(oldest, 0);
            // They take more memory than the compiled code.
            if (oldest.page.regions.size === 0) oldest.page.instructions.clear();
        }
        this.#regions.add(region);
    }

    #drop(region: Region, heat: number): void {
        const { page, offset, index } = region;
        if (this.#isCurrent(page)) this.#setHeat(page, offset, heat);
        page.regions.delete(region);
        this.#regions.delete(region);
        this.#kept -= region.size;
        this.#retired.push(index);
        this.#memory.setU32(JIT_WAITING, 1);
    }

    /** Code that was compiled for no translation runs with it. */
    #leftByMode(base: number, offset: number): void {
        const page = this.#pageAt(base);
        page.isTranslated = true;
        for (const region of page.regions) if (region.offset === offset) this.#dropSoon(region);
    }

    #leftByAccess(base: number, offset: number): void {
        const page = this.#pageAt(base);
        const count = (page.left.get(offset) ?? 0) + 1;
        page.left.set(offset, count);
        if (count !== MOST_LEFT) return;
        for (const region of page.regions) if (region.accesses.has(offset)) this.#dropSoon(region);
    }

    /** The next arrival compiles the place anew. */
    #dropSoon(region: Region): void {
        region.page.covered.delete(region.offset);
        this.#drop(region, this.#threshold - 1);
    }

    #setHeat({ base }: PageRecord, offset: number, heat: number): void {
        this.#memory.setU32(base + DECODED_HEAT + 2 * offset, heat);
    }
}
