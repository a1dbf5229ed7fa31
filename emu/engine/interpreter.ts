/**
 * The interpreter as a Wasm module. `interpret(hart)` runs a hart until its turn ends (docs/machine.md, "One table, any engine";
 * turns.md 2).
 *
 *     outer: look up everything     after a slow path changed PC, translation or code
 *       fetch: find pc's page       after a jump out of the page
 *         arrive: count, or enter   behind jumps, where hot places are compiled
 *           next: one micro-op      br_table over its op
 */

import { INSTRUCTIONS } from "../isa/table.ts";
import {
    OP_CROSSING,
    OP_ILLEGAL,
    OP_LINE_HEAD,
    OP_PAGE_END,
    OP_UNDECODED,
    SLOT_SHIFT,
    UOP_OP,
} from "../state/code-layout.ts";
import {
    BUDGET,
    EXIT,
    EXIT_ENDS,
    EXIT_MAY_END,
    EXIT_STOP,
    L0_FETCH,
    L0_READ,
    L0_WRITE,
    PC,
} from "../state/hart-layout.ts";
import { type Label, WasmFunction } from "../wasm/function.ts";
import { wasmModule } from "../wasm/module.ts";
import { OP } from "../wasm/opcodes.ts";
import { I32, I64 } from "../wasm/types.ts";
import { AccessEmitter } from "./access-emitter.ts";
import { ARMS, type Arm } from "./arms.ts";
import { BufferEmitter } from "./buffer-emitter.ts";
import { ConflictEmitter } from "./conflict-emitter.ts";
import {
    BUFFER_IMPORTS,
    CONFLICT_IMPORTS,
    CORE_IMPORTS,
    coreFunction,
    JIT_IMPORTS,
    LINE_IMPORTS,
} from "./core-imports.ts";
import { emitPc, emitSync, type Frame } from "./frame.ts";
import { InterpreterGenerator } from "./interpreter-generator.ts";
import { emitArrival } from "./jit/arrival.ts";
import { REGION } from "./jit/region-type.ts";
import { emitDecodedPage, emitFetchIndex } from "./l0-lookup.ts";
import { LineEmitter } from "./line-emitter.ts";
import { LookEmitter } from "./look-emitter.ts";
import type { Variant } from "./variant.ts";
import { WatchEmitter } from "./watch-emitter.ts";

/** The bytes of the module. */
export function interpreterModule(variant: Variant): Uint8Array {
    const hasLines = variant.lineShift > 0;
    const { buffered } = variant;
    const imports = [
        ...CORE_IMPORTS,
        ...(variant.jit || variant.conflicts || hasLines || buffered ? JIT_IMPORTS : []),
        ...(variant.conflicts || hasLines || buffered ? CONFLICT_IMPORTS : []),
        ...(hasLines || buffered ? LINE_IMPORTS : []),
        ...(buffered ? BUFFER_IMPORTS : []),
    ];
    const body = interpreterBody(variant);
    return wasmModule(
        imports,
        [{ name: "interpret", parameters: [I32], results: [], body }],
        variant.jit ? [REGION] : [],
    );
}

function interpreterBody(variant: Variant): WasmFunction {
    const f = new WasmFunction(1);
    const [uop, budget, base, readTable, writeTable, fetchTable, entry] = locals(f, I32, 7);
    const [page, pc, address, value] = locals(f, I64, 4);
    const hart = 0;
    const { stepping } = variant;
    const accesses = new AccessEmitter(f, variant, hart, budget);
    const watch = new WatchEmitter(f, variant.watched, hart);
    const conflicts = new ConflictEmitter(f, variant.conflicts, hart);
    const buffers = new BufferEmitter(f, variant.buffered, hart);
    const lines = new LineEmitter(f, variant.lineShift);
    const looks = new LookEmitter(f, variant.looked, hart);
    const emitters = { stepping, accesses, watch, conflicts, buffers, lines, looks };
    const outer = f.loop();
    emitEntry(f, { hart, budget, readTable, writeTable, fetchTable, entry, pc }, stepping);
    looks.enter(pc);
    accesses.enter();
    watch.enter();
    conflicts.enter();
    const fetch = f.loop();
    const partial = { f, hart, uop, budget, base, readTable, writeTable, entry, page, pc, address, value };
    const looking = { ...partial, next: 0, arrive: 0, fetch, outer, ...emitters };
    emitFetch(looking, fetchTable);
    const arrive = variant.jit || lines.enabled ? f.loop() : undefined;
    if (variant.jit) emitArrival(looking, f.local(I32));
    if (lines.enabled) lines.arrive(looking);
    const next = f.loop();
    emitDispatch({ ...partial, next, arrive: arrive ?? next, fetch, outer, ...emitters });
    f.end();
    if (arrive !== undefined) f.end();
    f.end();
    f.end();
    return f;
}

/** `count` new locals, as a tuple long enough for every caller. */
function locals(
    f: WasmFunction,
    type: number,
    count: number,
): [number, number, number, number, number, number, number] {
    const indices = Array.from({ length: count }, () => f.local(type));
    return indices as [number, number, number, number, number, number, number];
}

interface EntryLocals {
    hart: number;
    budget: number;
    readTable: number;
    writeTable: number;
    fetchTable: number;
    entry: number;
    pc: number;
}

/**
 * Ends the turn if a slow path asked for it, or with the budget used up: after a trap, and when stepping after whatever led here (the
 * turn's start, with a budget, is no end). Else it loads the hart's state.
 */
function emitEntry(f: WasmFunction, to: EntryLocals, stepping: boolean): void {
    const field = (offset: number, local: number) => {
        f.get(to.hart);
        f.memory(OP.i32Load, offset);
        f.set(local);
    };
    field(EXIT, to.entry);
    field(BUDGET, to.budget);
    f.get(to.hart);
    f.i32(0);
    f.memory(OP.i32Store, EXIT);
    f.get(to.entry);
    f.i32(EXIT_ENDS | EXIT_STOP);
    f.op(OP.i32And);
    f.get(to.entry);
    if (stepping) {
        f.i32(EXIT_MAY_END);
        f.op(OP.i32Or);
    }
    f.i32(EXIT_MAY_END);
    f.op(OP.i32And);
    f.get(to.budget);
    f.i32(0);
    f.op(OP.i32LeS);
    f.i32(2);
    f.op(OP.i32Shl);
    f.op(OP.i32And);
    f.op(OP.i32Or);
    f.if();
    f.op(OP.return);
    f.end();
    field(L0_READ, to.readTable);
    field(L0_WRITE, to.writeTable);
    field(L0_FETCH, to.fetchTable);
    f.get(to.hart);
    f.memory(OP.i64Load, PC);
    f.set(to.pc);
}

/** Sets base and uop of pc, by the L0 fetch table, else by the slow path. */
function emitFetch(frame: Frame, fetchTable: number): void {
    const { f, hart, pc, page, base, entry, uop, accesses } = frame;
    accesses.note();
    f.get(pc);
    f.i64(-4096);
    f.op(OP.i64And);
    f.set(page);
    const found = f.block();
    emitFetchIndex(f, pc);
    f.get(fetchTable);
    f.op(OP.i32Add);
    f.tee(entry);
    f.memory(OP.i64Load, 0);
    f.get(page);
    f.op(OP.i64Eq);
    f.if();
    emitDecodedPage(f, entry);
    f.tee(base);
    f.brIf(found);
    f.end();
    emitSlowFetch(frame);
    f.end();
    accesses.enterPage(entry);
    frame.lines.enterPage(hart, entry);
    f.get(base);
    f.get(pc);
    f.op(OP.i32WrapI64);
    f.i32(4094);
    f.op(OP.i32And);
    f.i32(SLOT_SHIFT);
    f.op(OP.i32Shl);
    f.op(OP.i32Add);
    f.set(uop);
}

/** If the instruction cannot be fetched, its cycle is charged here, because no micro-op charges it. */
function emitSlowFetch(frame: Frame): void {
    const { f, hart, pc, base, budget, outer, accesses } = frame;
    f.get(hart);
    f.get(pc);
    f.memory(OP.i64Store, PC);
    f.get(hart);
    f.get(budget);
    f.i32(1);
    f.op(OP.i32Sub);
    f.memory(OP.i32Store, BUDGET);
    f.get(hart);
    f.get(pc);
    f.call(coreFunction("fetch"));
    f.tee(base);
    f.op(OP.i32Eqz);
    f.brIf(outer);
    accesses.reloadAfterFetch(1);
}

function emitDispatch(frame: Frame): void {
    const { f, uop } = frame;
    frame.accesses.charge(1);
    const special: readonly [op: number, emit: (frame: Frame) => void][] = [
        [OP_UNDECODED, emitUndecoded],
        [OP_PAGE_END, emitPageEnd],
        [OP_CROSSING, emitCrossing],
        [OP_ILLEGAL, emitIllegal],
    ];
    const count = special.length + ARMS.length;
    const labels: Label[] = [];
    const loadOp = () => {
        f.get(uop);
        f.memory(OP.i32Load16U, UOP_OP);
    };
    const op = frame.lines.enabled ? f.local(I32) : -1;
    if (frame.lines.enabled) {
        loadOp();
        f.set(op);
    }
    const again = frame.lines.enabled ? f.loop() : undefined;
    const lineHead = frame.lines.enabled ? f.block() : undefined;
    for (let i = 0; i < count; i++) labels.unshift(f.block());
    if (lineHead !== undefined) {
        // The host hears of the instruction when its lines are there.
        f.get(op);
        f.i32(OP_LINE_HEAD);
        f.op(OP.i32And);
        f.brIf(lineHead);
        f.get(op);
    } else {
        loadOp();
    }
    frame.watch.dispatch(frame);
    f.brTable(labels, labels[OP_ILLEGAL] as Label);
    for (const [, emit] of special) {
        f.end();
        emit(frame);
    }
    for (const arm of ARMS) {
        f.end();
        arm.row.semantics(new InterpreterGenerator(frame, arm));
    }
    if (again === undefined) return;
    f.end();
    frame.lines.head(frame);
    f.get(op);
    f.i32(~OP_LINE_HEAD);
    f.op(OP.i32And);
    f.set(op);
    f.br(again);
    f.end();
}

/** The first three of these micro-ops are no instructions, so they take back the charge. */
function emitUndecoded(frame: Frame): void {
    const { f, base, uop, next } = frame;
    frame.accesses.charge(-1);
    f.get(base);
    f.get(uop);
    f.call(coreFunction("decode_run"));
    f.br(next);
}

function emitPageEnd(frame: Frame): void {
    frame.accesses.charge(-1);
    emitPc(frame);
    frame.f.set(frame.pc);
    frame.f.br(frame.fetch);
}

/** Goes on in the stand-in page of the hart. A trap there is charged like any instruction. */
function emitCrossing(frame: Frame): void {
    const { f, hart, base, uop, entry, outer, next } = frame;
    emitSync(frame);
    f.get(hart);
    emitPc(frame);
    f.get(base);
    f.call(coreFunction("fetch_crossing"));
    f.tee(entry);
    f.op(OP.i32Eqz);
    f.brIf(outer);
    frame.accesses.reloadAfterFetch(0);
    f.get(uop);
    f.get(base);
    f.op(OP.i32Sub);
    f.get(entry);
    f.tee(base);
    f.op(OP.i32Add);
    f.set(uop);
    frame.accesses.charge(-1);
    f.br(next);
}

function emitIllegal(frame: Frame): void {
    const arm: Arm = { row: INSTRUCTIONS[0] as Arm["row"], length: 4, reach: "none" };
    new InterpreterGenerator(frame, arm).system("illegal");
}
