/**
 * The code that the interpreter emits to count and to time accesses (docs/machine.md, "Accesses, counted and timed"). Machines that do
 * neither have none of it.
 *
 * Data accesses that hit L0 are counted and charged one by one. Instructions are counted by differences: `mark` is the budget when they
 * were last noted, and every way out of a page, a turn or into a slow path notes them for the page they ran in. With latency the budget
 * also pays for stalls. So instructions have a count of their own, and the budget lost beyond it is taken off INSTRET_BIAS.
 */
import { CELL_IFETCH } from "../state/accounting-layout.ts";
import { BUDGET, CELLS, INSTRET_BIAS } from "../state/hart-layout.ts";
import { L0_OFFSET, L0_STALL } from "../state/l0-layout.ts";
import { CELL_OF_FRAME, FRAMES_BASE } from "../state/machine-layout.ts";
import type { WasmFunction } from "../wasm/function.ts";
import { OP } from "../wasm/opcodes.ts";
import { I32 } from "../wasm/types.ts";
import type { Variant } from "./variant.ts";

const PAGE_SHIFT = 12;
const CELL_OFFSET_SHIFT = 2;

export class AccessEmitter {
    readonly #f: WasmFunction;
    readonly #variant: Variant;
    readonly #hart: number;
    readonly #budget: number;
    /** i32: the cells of the cluster, the place where the frame at host address 0 would have its cell's offset, and scratch. */
    readonly #cells: number;
    readonly #table: number;
    readonly #scratch: number;
    /** i32: for the page that runs, the place where its frame has its cell's offset, and the cycles of an instruction. */
    readonly #page: number;
    readonly #cost: number;
    readonly #mark: number;
    readonly #executed: number;

    constructor(f: WasmFunction, variant: Variant, hart: number, budget: number) {
        this.#f = f;
        this.#variant = variant;
        this.#hart = hart;
        this.#budget = budget;
        const { accounting, latency } = variant;
        const local = (used: boolean) => (used ? f.local(I32) : -1);
        this.#cells = local(accounting);
        this.#table = local(accounting);
        this.#scratch = local(accounting);
        this.#page = local(accounting);
        this.#mark = local(accounting || latency);
        this.#cost = local(latency);
        this.#executed = local(latency);
    }

    /** Emitted once the budget is loaded at the start of a turn, or after a slow path that changed everything. */
    enter(): void {
        this.reload();
        if (!this.#variant.accounting) return;
        const f = this.#f;
        f.get(this.#hart);
        f.memory(OP.i32Load, CELLS);
        f.set(this.#cells);
        f.i32(0);
        f.memory(OP.i32Load, CELL_OF_FRAME);
        f.i32(0);
        f.memory(OP.i32Load, FRAMES_BASE);
        this.#tableOffset();
        f.op(OP.i32Sub);
        f.set(this.#table);
    }

    /** The budget local was loaded from BUDGET, and everything before was noted. */
    reload(): void {
        const { accounting, latency } = this.#variant;
        if (!accounting && !latency) return;
        this.#f.get(this.#budget);
        this.#f.set(this.#mark);
    }

    /** Follows a slow path of the fetch that may have stalled. BUDGET has the cycle that `charged` says is already paid. */
    reloadAfterFetch(charged: 0 | 1): void {
        if (!this.#variant.latency && !this.#variant.lineShift) return;
        const f = this.#f;
        f.get(this.#hart);
        f.memory(OP.i32Load, BUDGET);
        f.i32(charged);
        f.op(OP.i32Add);
        f.set(this.#budget);
        this.reload();
    }

    /** The page whose L0 fetch entry is in local `entry` runs from here on. `find` sets that local first, where it must be set. */
    enterPage(entry: number, find?: () => void): void {
        const f = this.#f;
        if (this.#variant.accounting || this.#variant.latency) find?.();
        if (this.#variant.accounting) {
            f.get(entry);
            f.memory(OP.i32Load, L0_OFFSET);
            f.i32(CELL_OFFSET_SHIFT);
            f.op(OP.i32Shl);
            f.i32(0);
            f.memory(OP.i32Load, CELL_OF_FRAME);
            f.op(OP.i32Add);
            f.set(this.#page);
        }
        if (this.#variant.latency) {
            f.get(entry);
            f.memory(OP.i32Load16U, L0_STALL);
            f.i32(1);
            f.op(OP.i32Add);
            f.set(this.#cost);
        }
    }

    /** Charges instructions; with a negative number takes that back for micro-ops that were none. */
    charge(times: number): void {
        if (times === 0) return;
        const f = this.#f;
        f.get(this.#budget);
        f.i32(Math.abs(times));
        if (this.#variant.latency) {
            f.get(this.#cost);
            f.op(OP.i32Mul);
        }
        f.op(times > 0 ? OP.i32Sub : OP.i32Add);
        f.set(this.#budget);
        if (!this.#variant.latency) return;
        f.get(this.#executed);
        f.i32(times);
        f.op(OP.i32Add);
        f.set(this.#executed);
    }

    /** Notes the instructions since the last time, and their stalls. */
    note(): void {
        const { accounting, latency } = this.#variant;
        if (accounting) this.#countInstructions();
        if (latency) this.#noteStalls();
        this.reload();
    }

    /**
     * A data access has hit the L0 entry in local `entry`. `hostAddress` emits its address. `cell` is a CELL_*, `total` a field of the
     * hart.
     */
    hit(entry: number, hostAddress: () => void, cell: number, total: number): void {
        const f = this.#f;
        if (this.#variant.latency) {
            f.get(this.#budget);
            f.get(entry);
            f.memory(OP.i32Load16U, L0_STALL);
            f.op(OP.i32Sub);
            f.set(this.#budget);
        }
        if (!this.#variant.accounting) return;
        f.get(this.#table);
        hostAddress();
        this.#tableOffset();
        f.op(OP.i32Add);
        this.#findCell();
        this.#increase(this.#scratch, cell, () => f.i64(1));
        this.executed(total);
    }

    /** A load, store or atomic was executed. `total` is the field of the hart that counts it. */
    executed(total: number | undefined): void {
        if (this.#variant.accounting && total !== undefined) this.#increase(this.#hart, total, () => this.#f.i64(1));
    }

    #countInstructions(): void {
        const f = this.#f;
        f.get(this.#page);
        this.#findCell();
        this.#increase(this.#scratch, CELL_IFETCH, () => {
            if (this.#variant.latency) {
                f.get(this.#executed);
            } else {
                f.get(this.#mark);
                f.get(this.#budget);
                f.op(OP.i32Sub);
            }
            f.op(OP.i64ExtendI32S);
        });
    }

    #noteStalls(): void {
        const f = this.#f;
        this.#increase(this.#hart, INSTRET_BIAS, () => {
            f.get(this.#budget);
            f.get(this.#mark);
            f.op(OP.i32Sub);
            f.get(this.#executed);
            f.op(OP.i32Add);
            f.op(OP.i64ExtendI32S);
        });
        f.i32(0);
        f.set(this.#executed);
    }

    /** Turns a host address into the distance in the table of cells. */
    #tableOffset(): void {
        const f = this.#f;
        f.i32(PAGE_SHIFT);
        f.op(OP.i32ShrU);
        f.i32(CELL_OFFSET_SHIFT);
        f.op(OP.i32Shl);
    }

    /** Sets scratch to the cell whose offset is at the address on the stack. */
    #findCell(): void {
        const f = this.#f;
        f.memory(OP.i32Load, 0);
        f.get(this.#cells);
        f.op(OP.i32Add);
        f.set(this.#scratch);
    }

    #increase(base: number, offset: number, by: () => void): void {
        const f = this.#f;
        f.get(base);
        f.get(base);
        f.memory(OP.i64Load, offset);
        by();
        f.op(OP.i64Add);
        f.memory(OP.i64Store, offset);
    }
}
