/**
 * The code by which a region reaches memory. Without translation it needs no L0, for a range of physical addresses lies in the shared memory
 * as it is: loads have the banks and, before them where there is one, the local window; stores the part of the own bank that holds no
 * code. Elsewhere an access hits L0. One that does neither is left to the interpreter, or calls the slow path if it was left too often.
 */

import type { Width } from "../../isa/semantics.ts";
import { mapRow } from "../../mem/map.ts";
import { CELL_LOAD, CELL_STORE } from "../../state/accounting-layout.ts";
import {
    BANK_FRAME,
    L0_READ,
    L0_WRITE,
    LOADS as LOADS_EXECUTED,
    RANGES_ON,
    STORES as STORES_EXECUTED,
} from "../../state/hart-layout.ts";
import { L0_OFFSET } from "../../state/l0-layout.ts";
import { RAM_FRAME } from "../../state/machine-layout.ts";
import { PAGE_BYTES } from "../../state/plan.ts";
import { STORES_LOW, STORES_SPAN, STORES_STRIDE } from "../../state/stores-layout.ts";
import { type AccessOpcode, OP } from "../../wasm/opcodes.ts";
import { I32, I64 } from "../../wasm/types.ts";
import { LOADS, STORES } from "../access-opcodes.ts";
import { emitDataHit } from "../l0-lookup.ts";
import type { Emit } from "../value-generator.ts";
import type { Value } from "./float-code.ts";
import { type Guard, type Guards, planGuards } from "./guards.ts";
import type { Instruction } from "./instruction.ts";
import type { Ranges } from "./ranges.ts";
import type { Block } from "./region.ts";
import type { RegionCode } from "./region-code.ts";
import { LEFT_TO_INTERPRETER } from "./region-type.ts";

const PAGE_SHIFT = 12;

/** A test whether the address in local `address` is in reach; it leaves an i32. `found` then sets local `host`. */
interface Way {
    readonly test: (width: Width) => void;
    readonly found: () => void;
    /** The hit is one of L0, which is counted and timed. */
    readonly isHit?: true;
}

/** An address of the host, and what a load or store adds to it. */
interface HostPlace {
    readonly base: () => void;
    readonly offset: number;
}

/** The parts of an access. */
interface AccessCode {
    /** Counts and times a hit of L0. */
    readonly hit: () => void;
    readonly access: (place: HostPlace) => void;
    /** Behind the hart's and the access's address: leaves the rest of the arguments, and calls the core. */
    readonly slow: () => void;
    readonly total: number;
}

/** No immediate of a load or store is less than minus this. */
const LOWEST_IMMEDIATE = 2048;
const BANKS = mapRow("banks").base;
const WINDOW = mapRow("localWindow").base;

export class MemoryAccess {
    readonly #region: RegionCode;
    readonly #ranges: Ranges | undefined;
    readonly #host: number;
    /** i32: the tables of L0. */
    readonly #readTable: number;
    readonly #writeTable: number;
    /** i32: what is added to an address in the window. i64: the first address of the range of stores, and how many it has. */
    readonly #windowOffset: number;
    readonly #storeBase: number;
    readonly #storeSpan: number;
    readonly #found: HostPlace;
    readonly #loads: readonly Way[];
    readonly #stores: readonly Way[];
    readonly #readL0: Way;
    readonly #writeL0: Way;
    readonly #guards: Guards;

    /** `isSlow` says which accesses are not to be left to the interpreter. */
    constructor(
        region: RegionCode,
        blocks: readonly Block[],
        ranges: Ranges | undefined,
        isSlow: (instruction: Instruction) => boolean,
    ) {
        const { f } = region;
        this.#region = region;
        this.#ranges = ranges;
        this.#host = f.local(I32);
        this.#found = { base: () => f.get(this.#host), offset: 0 };
        this.#windowOffset = ranges?.window ? f.local(I32) : -1;
        this.#storeBase = ranges ? f.local(I64) : -1;
        this.#storeSpan = ranges ? f.local(I64) : -1;
        this.#readTable = f.local(I32);
        this.#writeTable = f.local(I32);
        this.#readL0 = this.#l0(this.#readTable);
        this.#writeL0 = this.#l0(this.#writeTable);
        this.#guards = ranges !== undefined && ranges.window === 0 ? planGuards(blocks, isSlow) : new Map();
        this.#loads = ranges === undefined ? [this.#readL0] : this.#loadRanges(ranges);
        this.#stores = ranges === undefined ? [this.#writeL0] : [this.#storeRange(ranges)];
    }

    /** False for an access that is covered by the test of another. */
    mayLeave(instruction: Instruction): boolean {
        return this.#guards.get(instruction) !== null;
    }

    /** Emitted at the start of the region at `offset`: makes ready what its accesses use. */
    enter(offset: number, accesses: readonly Instruction[]): void {
        const stores = accesses.filter(({ isStore }) => isStore);
        const loads = accesses.filter(({ isStore }) => !isStore);
        if (this.#ranges !== undefined) this.#enterRanges(this.#ranges, offset, accesses.length > 0, stores.length > 0);
        const usesL0 = (each: Instruction) => this.#ranges === undefined || this.#region.isSlow(each);
        if (loads.some(usesL0)) this.#enterTable(L0_READ, this.#readTable);
        if (stores.some(usesL0)) this.#enterTable(L0_WRITE, this.#writeTable);
    }

    #enterTable(field: number, table: number): void {
        const { f, hart } = this.#region;
        f.get(hart);
        f.memory(OP.i32Load, field);
        f.set(table);
    }

    /** A region with ranges runs only where they hold. */
    #enterRanges(ranges: Ranges, offset: number, accesses: boolean, stores: boolean): void {
        const { f, hart, base, imports } = this.#region;
        f.get(hart);
        f.memory(OP.i32Load, RANGES_ON);
        f.op(OP.i32Eqz);
        f.if();
        f.get(base);
        f.i32(offset);
        f.call(imports.indexOf("left_by_mode"));
        f.i32(LEFT_TO_INTERPRETER);
        f.op(OP.return);
        f.end();
        if (ranges.window && accesses) {
            f.get(hart);
            f.memory(OP.i32Load, BANK_FRAME);
            f.i32(PAGE_SHIFT);
            f.op(OP.i32Shl);
            f.i32((ranges.frames - WINDOW) >>> 0);
            f.op(OP.i32Add);
            f.set(this.#windowOffset);
        }
        if (stores) this.#enterStores(ranges);
    }

    /** rd becomes what `convert` makes of memory[address]. */
    load(
        instruction: Instruction,
        width: Width,
        signed: boolean,
        address: Emit,
        convert: (loaded: Value) => Value,
    ): void {
        const region = this.#region;
        const { f } = region;
        const loadedAt = ({ base, offset }: HostPlace): Value => {
            const from = (opcode: AccessOpcode) => () => {
                base();
                f.memory(opcode, offset);
            };
            return Object.assign(from(LOADS[width][signed ? 1 : 0]), width === 8 && { double: from(OP.f64Load) });
        };
        this.#reach(instruction, this.#loads, this.#readL0, width, address, {
            hit: () => {
                region.accesses.hit(region.entry, () => f.get(this.#host), CELL_LOAD, LOADS_EXECUTED);
            },
            access: (place) => region.setRegister(instruction, convert(loadedAt(place))),
            slow: () => {
                f.i32(width);
                f.i32(signed ? 1 : 0);
                convert(() => f.call(region.imports.indexOf("load_slow")))();
                f.set(region.value);
            },
            total: LOADS_EXECUTED,
        });
    }

    store(instruction: Instruction, width: Width, address: Emit, value: Value): void {
        const region = this.#region;
        const { f } = region;
        const isDouble = width === 8 && value.double !== undefined;
        this.#reach(instruction, this.#stores, this.#writeL0, width, address, {
            hit: () => {
                region.accesses.hit(region.entry, () => f.get(this.#host), CELL_STORE, STORES_EXECUTED);
            },
            access: ({ base, offset }) => {
                base();
                if (isDouble) value.double?.();
                else value();
                f.memory(isDouble ? OP.f64Store : STORES[width], offset);
            },
            slow: () => {
                f.i32(width);
                value();
                f.call(region.imports.indexOf("store_slow"));
            },
            total: STORES_EXECUTED,
        });
    }

    #reach(
        instruction: Instruction,
        ways: readonly Way[],
        l0: Way,
        width: Width,
        address: Emit,
        code: AccessCode,
    ): void {
        const region = this.#region;
        const { f } = region;
        const guard = this.#guards.get(instruction);
        if (guard !== undefined) {
            this.#reachGuarded(instruction, guard, code);
            return;
        }
        address();
        f.set(region.address);
        if (region.isSlow(instruction)) {
            this.#reachSlowly(instruction, ways.includes(l0) ? ways : [...ways, l0], width, code);
            return;
        }
        const [last, ...others] = ways.toReversed() as [Way, ...Way[]];
        for (const { test, found } of others.reverse()) {
            test(width);
            f.if();
            found();
            f.else();
        }
        last.test(width);
        f.op(OP.i32Eqz);
        region.leaveIf(instruction);
        last.found();
        for (const _ of others) f.end();
        if (last.isHit) code.hit();
        code.access(this.#found);
    }

    /** The test is of the base register, so that the address itself is never made. */
    #reachGuarded(instruction: Instruction, guard: Guard | null, { access }: AccessCode): void {
        const { f } = this.#region;
        const { banks, bytes } = this.#ranges as Ranges;
        const register = this.#region.local(instruction.rs1, false);
        if (guard !== null) {
            const { low, high, stores } = guard;
            f.get(register);
            if (stores) {
                f.i64(low);
                f.op(OP.i64Add);
                f.get(this.#storeBase);
                f.op(OP.i64Sub);
                f.get(this.#storeSpan);
                f.op(OP.i64GeU);
            } else {
                f.i64(low - BANKS);
                f.op(OP.i64Add);
                f.i64(bytes - (high - low));
                f.op(OP.i64GtU);
            }
            this.#region.leaveIf(instruction);
        }
        const base = () => {
            f.get(register);
            f.op(OP.i32WrapI64);
            f.i32((banks - BANKS - LOWEST_IMMEDIATE) >>> 0);
            f.op(OP.i32Add);
        };
        access({ base, offset: instruction.imm + LOWEST_IMMEDIATE });
    }

    /** Where all ways fail the slow path does the access, and the region goes on if it can. */
    #reachSlowly(
        instruction: Instruction,
        ways: readonly Way[],
        width: Width,
        { hit, access, slow, total }: AccessCode,
    ): void {
        const region = this.#region;
        const { f } = region;
        const done = f.block();
        for (const way of ways) {
            way.test(width);
            f.if();
            way.found();
            if (way.isHit) hit();
            access(this.#found);
            f.br(done);
            f.end();
        }
        region.callSlowPath(instruction, total, () => {
            f.get(region.hart);
            f.get(region.address);
            slow();
        });
        f.end();
    }

    #l0(table: number): Way {
        const { f, address, entry } = this.#region;
        const test = (width: Width) => emitDataHit(f, { address, table, entry }, width, 0);
        const found = () =>
            this.#setHost(() => {
                f.get(entry);
                f.memory(OP.i32Load, L0_OFFSET);
            });
        return { test, found, isHit: true };
    }

    #loadRanges({ window, bytes, banks }: Ranges): Way[] {
        const { f } = this.#region;
        const all = this.#range(BANKS, bytes, () => f.i32((banks - BANKS) >>> 0));
        return window === 0 ? [all] : [this.#range(WINDOW, window, () => f.get(this.#windowOffset)), all];
    }

    #range(base: number, bytes: number, offset: () => void): Way {
        const { f, address } = this.#region;
        const test = (width: Width) => {
            f.get(address);
            f.i64(base);
            f.op(OP.i64Sub);
            f.i64(bytes - width);
            f.op(OP.i64LeU);
        };
        return { test, found: () => this.#setHost(offset) };
    }

    #storeRange({ window, banks }: Ranges): Way {
        const { f, address } = this.#region;
        const test = () => {
            f.get(address);
            f.get(this.#storeBase);
            f.op(OP.i64Sub);
            f.get(this.#storeSpan);
            f.op(OP.i64LtU);
        };
        const offset = () => (window ? f.get(this.#windowOffset) : f.i32((banks - BANKS) >>> 0));
        return { test, found: () => this.#setHost(offset) };
    }

    /** Makes guest addresses of the own bank's record, as the window or the banks have them. */
    #enterStores({ window, banks, bankBytes, stores }: Ranges): void {
        const { f, hart, result } = this.#region;
        const bankFrames = bankBytes / PAGE_BYTES;
        const first = window ? WINDOW : BANKS;
        f.get(hart);
        f.memory(OP.i32Load, BANK_FRAME);
        f.i32(RAM_FRAME);
        f.op(OP.i32Sub);
        f.i32(bankFrames);
        f.op(OP.i32DivU);
        f.i32(STORES_STRIDE);
        f.op(OP.i32Mul);
        f.tee(result);
        f.memory(OP.i32Load, stores + STORES_LOW);
        if (window) f.get(this.#windowOffset);
        else f.i32((banks - BANKS) >>> 0);
        f.op(OP.i32Sub);
        f.i32(first | 0);
        f.op(OP.i32Sub);
        f.op(OP.i64ExtendI32U);
        f.i64(first);
        f.op(OP.i64Add);
        f.set(this.#storeBase);
        f.get(result);
        f.memory(OP.i32Load, stores + STORES_SPAN);
        f.op(OP.i64ExtendI32U);
        f.set(this.#storeSpan);
    }

    #setHost(offset: () => void): void {
        const { f, address } = this.#region;
        f.get(address);
        f.op(OP.i32WrapI64);
        offset();
        f.op(OP.i32Add);
        f.set(this.#host);
    }
}
