/** The machine: harts, banks and devices put together, and run (docs/machine.md). Knows nothing of files, clocks and consoles. */

import { Clint, Sswi } from "./dev/aclint.ts";
import { Bus } from "./dev/bus.ts";
import type { Device } from "./dev/device.ts";
import { Finisher } from "./dev/finisher.ts";
import { GoldfishRtc } from "./dev/goldfish-rtc.ts";
import type { HartLines } from "./dev/hart-lines.ts";
import { Htif } from "./dev/htif.ts";
import { Plic, RTC_SOURCE, UART_SOURCE } from "./dev/plic.ts";
import type { DeviceRam } from "./dev/ram.ts";
import { Semihosting } from "./dev/semihosting.ts";
import { Uart16550 } from "./dev/uart16550.ts";
import { createEngine } from "./engine/engine.ts";
import type { Jit, JitFigures } from "./engine/jit/jit.ts";
import { type AccountDifference, Accounts, modelOf, type Traffic } from "./host/accounts.ts";
import { type CachedTranslation, userTranslations } from "./host/cached-translations.ts";
import { type Counters, sumOfCounters } from "./host/counters.ts";
import { deviceRam } from "./host/device-ram.ts";
import { describeDeadlock, Hart } from "./host/hart.ts";
import { Looks } from "./host/looks.ts";
import {
    checkOptions,
    extrasOf,
    type MachineOptions,
    type RunOptions,
    type StopReason,
} from "./host/machine-options.ts";
import { bytesOfWords, makeProbe, makeWatch, readVirtual, stateParts } from "./host/machine-parts.ts";
import { PhysicalMemory } from "./host/physical-memory.ts";
import { putBack, type Snapshot, type SnapshotMachine, takeSnapshot } from "./host/snapshot.ts";
import { decodeSnapshot, encodeSnapshot, identityOf } from "./host/snapshot-file.ts";
import { type StreamingHash, stateHash } from "./host/state-hash.ts";
import { type ResourceUses, resourceUses, type TimingFigures, timingFigures } from "./host/timing-figures.ts";
import { virtioSlots } from "./host/virtio.ts";
import type { Watch } from "./host/watch.ts";
import { deviceAccess, hartLines, jitOptions, variantOf, writeOptions } from "./host/wiring.ts";
import { Geometry } from "./mem/geometry.ts";
import { mapRow } from "./mem/map.ts";
import type { Core, DeviceAccess } from "./state/core-contract.ts";
import * as hartLayout from "./state/hart-layout.ts";
import * as layout from "./state/machine-layout.ts";
import { SharedMemory } from "./state/shared-memory.ts";

const RESET_PC = BigInt(mapRow("resetRom").base);
const U64_MAX = 0xffff_ffff_ffff_ffffn;
const PAGE_BYTES = 4096;
/** translate_for_host's access numbers. */
const ACCESS = { read: 0, write: 1, fetch: 2 } as const;

/** What was compiled, and the instructions that compiled code has retired. */
export interface MachineJit extends JitFigures {
    readonly instructions: number;
}

export class Machine {
    readonly options: MachineOptions;
    readonly hartCount: number;
    readonly clusterCount: number;
    readonly ramBytes: number;
    readonly memory: PhysicalMemory;
    /**
     * The host hears the UART's bytes, slti x0, x0, n (emu/isa/hints.ts), and the kernel's probe records (words as lo, hi pairs; a reused buffer). Within onProbe the
     * hart's clock is that of the store that committed the record; `enteredUser` is forgotten after it.
     */
    onConsole: ((byte: number) => void) | undefined;
    onProbe: ((hart: number, words: Uint32Array) => void) | undefined;
    onMark: ((hart: number, n: number) => void) | undefined;
    /** Of a machine with the option `watched`. */
    readonly watch: Watch | undefined;
    /** Traces, breakpoints, debuggers. */
    readonly looks: Looks;
    readonly #shared: SharedMemory;
    readonly #core: Core;
    readonly #jit: Jit | undefined;
    readonly #harts: readonly Hart[];
    readonly #ram: DeviceRam;
    readonly #bus: Bus;
    readonly #uart: Uart16550;
    readonly accounts: Accounts | undefined;
    /** What every hart is after reset. */
    readonly #resetHart: ReadonlyMap<string, Uint8Array>;
    #htif: Htif | undefined;
    #stop: StopReason | undefined;

    /** Throws a RangeError for options that make no machine, or one that does not fit into memory. */
    constructor(options: MachineOptions) {
        checkOptions(options);
        this.options = options;
        this.clusterCount = options.meshX * options.meshY;
        this.hartCount = this.clusterCount * options.hartsPerCluster;
        this.ramBytes = this.clusterCount * options.bankSize;
        const model = modelOf(options, this.clusterCount);
        const size = { harts: this.hartCount, ramBytes: this.ramBytes, model };
        this.#shared = new SharedMemory({ ...size, ...extrasOf(options) });
        this.watch = options.watched && makeWatch(this.#shared, options.watched, options);
        writeOptions(this.#shared, options);
        const geometry = new Geometry({ ...options, localWindow: options.localWindow !== false });
        this.accounts = model && new Accounts(this.#shared, model, geometry);
        this.#ram = deviceRam(this.#shared, this.ramBytes, () => this.#core);
        const lines = hartLines(this.#shared, () => this.#core);
        const plic = new Plic(this.hartCount, lines);
        this.#uart = new Uart16550({
            onByte: (byte) => this.onConsole?.(byte),
            onInterrupt: (on) => plic.setLevel(UART_SOURCE, on),
            onTransmitterEmpty: (on) => plic.setEdge(UART_SOURCE, on),
        });
        this.#bus = new Bus(this.#devices(lines, plic));
        const variant = variantOf(options);
        const engine = createEngine(this.#shared, this.#deviceAccess(), {
            core: options.core,
            variant,
            watcher: this.watch,
            looker: {
                looking: (hart) => this.looks.looking(hart),
                touching: (...touch) => this.looks.touching(...touch),
            },
            jit: jitOptions(options),
        });
        this.#core = engine.core;
        this.looks = new Looks(this.#shared, (looked) => engine.look(looked));
        this.#jit = engine.jit;
        this.#harts = Array.from({ length: this.hartCount }, (_, i) => new Hart(i, this.#shared, this.#core));
        this.memory = new PhysicalMemory(this.#shared, this.#core);
        this.#resetHarts();
        this.#resetHart = new Map(
            this.hart(0)
                .stateParts()
                .map(([name, words]) => [name, bytesOfWords(words)]),
        );
        this.#bus.reset();
        if (options.fidelity === "timing") this.#core.start_timing();
    }

    /** By ascending address. */
    get devices(): readonly Device[] {
        return this.#bus.devices;
    }

    hart(index: number): Hart {
        const hart = this.#harts[index];
        if (hart === undefined) throw new RangeError(`no hart ${index}`);
        return hart;
    }

    /** Writes RAM or ROM; throws a RangeError where there is none. Aliases are those of `hart`'s cluster. */
    writePhysical(paddr: number, bytes: Uint8Array, hart = 0): void {
        this.memory.write(this.hart(hart), paddr, bytes);
    }

    /** A copy of RAM or ROM; throws a RangeError where there is none. */
    readPhysical(paddr: number, length: number, hart = 0): Uint8Array {
        return this.memory.read(this.hart(hart), paddr, length);
    }

    /** Global physical address behind vaddr in the hart's present state; undefined when an access would fault. */
    translate(vaddr: bigint, hart: number, access: keyof typeof ACCESS = "read"): number | undefined {
        const host = this.#core.translate_for_host(this.hart(hart).base, vaddr, ACCESS[access]);
        return BigInt.asUintN(64, host) === U64_MAX ? undefined : this.memory.globalAddress(Number(host));
    }

    /** All RAM, bank after bank: a window on the machine's memory, only to be read. */
    ram(): Uint8Array {
        return this.#shared.bytes(this.#shared.plan.frames + layout.RAM_FRAME * PAGE_BYTES, this.ramBytes);
    }

    /**
     * What the hart would use for user-mode accesses without a walk, and the satp it is for; none when it has not been in
     * user mode. With `vaddr`: only that page's.
     */
    userTranslations(hart: number, vaddr?: number): { satp: bigint; entries: CachedTranslation[] } {
        return userTranslations(this.#shared, this.memory, this.hart(hart), vaddr);
    }

    /** Ends run() at the end of the present turn: from onProbe or onConsole, right behind the guest's store. */
    stop(): void {
        this.#stopWith({ kind: "host" });
    }

    /** Bytes typed at the console. */
    pushInput(bytes: Uint8Array): void {
        this.#uart.pushInput(bytes);
    }

    /** Watches an ELF's tohost and fromhost words (emu/dev/htif.ts). */
    watchHtif(tohost: number, fromhost?: number): void {
        this.#shared.setU32(layout.HTIF_WORD, this.memory.hostAddress(this.hart(0), tohost));
        this.#htif = new Htif(tohost, fromhost, {
            onByte: (byte) => this.onConsole?.(byte),
            onExit: (code) => this.#stopWith({ kind: "htif", code }),
            onUnknown: (request) => this.#stopWith({ kind: "refused", message: `HTIF: ${request}` }),
        });
    }

    /**
     * Runs until a limit, a stop or a deadlock, always ending between turns, or until a look halts it ("debug"), maybe inside a turn. It
     * may be called again to go on; how a run is cut into calls cannot be seen by the guest.
     */
    run(limits: RunOptions = {}): StopReason {
        const { maxInstructions = Infinity, maxRounds = Infinity } = limits;
        this.#shared.setU64(layout.LIMIT, after(this.#shared.u64(layout.WORK), maxInstructions));
        this.#shared.setU64(layout.ROUND_LIMIT, after(this.#shared.u64(layout.ROUND), maxRounds));
        for (;;) {
            const result = this.#runTurns();
            if (result === layout.RUN_HTIF) this.#pollHtif();
            if (result === layout.RUN_HALT && this.looks.halts()) return { kind: "debug" };
            const stop = this.#stop;
            if (stop !== undefined) {
                this.#stop = undefined;
                this.#shared.setU32(layout.STOP, 0);
                return stop;
            }
            if (result === layout.RUN_LIMIT) return { kind: "instructions" };
            if (result === layout.RUN_ROUNDS) return { kind: "rounds" };
            if (result === layout.RUN_DEADLOCK) return { kind: "deadlock", message: describeDeadlock(this.#harts) };
        }
    }

    /** At which the present round began. */
    get clock(): number {
        return Number(this.#shared.u64(layout.ROUND)) * this.#shared.u32(layout.QUANTUM);
    }

    /** Rounds until the first that begins at `cycle` or later; 0 when the present one does. */
    roundsTo(cycle: number): number {
        return Math.max(0, Math.ceil((cycle - this.clock) / this.quantum));
    }

    /** Cycles of a round. */
    get quantum(): number {
        return this.#shared.u32(layout.QUANTUM);
    }

    /** Instructions of all harts, trapped ones included: what RunOptions.maxInstructions counts. */
    get executed(): number {
        return Number(this.#shared.u64(layout.WORK));
    }

    /** Per hart, in order. */
    counters(): Counters[] {
        return this.#harts.map(({ instructions, cycles, idleCycles }) => ({ instructions, cycles, idleCycles }));
    }

    /** Per cluster, in order. */
    clusterCounters(): Counters[] {
        const all = this.counters();
        const size = this.options.hartsPerCluster;
        return Array.from({ length: this.clusterCount }, (_, cxy) =>
            sumOfCounters(all.slice(cxy * size, (cxy + 1) * size)),
        );
    }

    /** What was compiled, and the instructions of all harts that compiled code has retired; all 0 where nothing is compiled. */
    jitFigures(): MachineJit {
        const figures = this.#jit?.figures ?? { regions: 0, compiled: 0 };
        const instructions = this.#harts.reduce((sum, { compiledInstructions }) => sum + compiledInstructions, 0);
        return { ...figures, instructions };
    }

    /** Accesses of the frame count as `kind` (emu/host/accounts.ts) from now on; nothing in machines that do not count. */
    tagFrame(ppn: number, kind: number): void {
        this.accounts?.tagFrame(ppn, kind);
    }

    /** What the machine counted, of one source cluster or of all; nothing when `accounting` is off. */
    traffic(source?: number): Traffic[] {
        return [...(this.accounts?.traffic(source) ?? [])];
    }

    /** Where the cycles went (emu/host/timing-figures.ts); null unless the fidelity is "timing". */
    timing(): TimingFigures | null {
        return timingFigures(this.#shared, this.#harts, this.options.hartsPerCluster);
    }

    /** Of that how busy banks and links are alone: for samples while the machine runs. */
    resourceUse(): ResourceUses | null {
        return resourceUses(this.#shared);
    }

    /** Where the counts differ from what the harts executed: nowhere, or a bug of ours. */
    checkAccounts(): AccountDifference[] {
        return this.accounts?.check() ?? [];
    }

    /**
     * The present moment, between two turns, as bytes for `restore`; `host` is what the host wants to find there again. It has no marks
     * of a watched machine.
     */
    snapshot(host: Uint8Array = new Uint8Array()): Uint8Array {
        return encodeSnapshot(this.takeSnapshot(), identityOf(this.options), host);
    }

    /**
     * Puts a machine with the same options, engine and core apart, into that moment, and returns what the host added. Throws a SnapshotError;
     * the machine must not run on then.
     */
    restore(bytes: Uint8Array): Uint8Array {
        const { snapshot, host } = decodeSnapshot(bytes, identityOf(this.options));
        this.putBack(snapshot);
        return host;
    }

    /** As snapshot and restore, in memory: what is the same as in `previous`, of this machine, is shared with it. */
    takeSnapshot(previous?: Snapshot): Snapshot {
        return takeSnapshot(this.#snapshotParts(), previous);
    }

    putBack(snapshot: Snapshot): void {
        putBack(this.#snapshotParts(), snapshot);
        this.#stop = undefined;
        this.#shared.setU32(layout.STOP, 0);
    }

    #snapshotParts(): SnapshotMachine {
        return { shared: this.#shared, core: this.#core, memory: this.memory, bus: this.#bus, harts: this.hartCount };
    }

    /** 64 hex digits over all that a guest could see (emu/host/state-hash.ts). */
    stateHash(hash?: StreamingHash): string {
        const parts = () => stateParts(this.#shared, this.#harts, this.#resetHart, this.#bus);
        return stateHash({ parts, pages: () => this.memory.writtenPages() }, hash);
    }

    #devices(lines: HartLines, plic: Plic): Device[] {
        const devices: Device[] = [
            new Finisher({
                onExit: (code, failed) => this.#stopWith({ kind: "finisher", code: failed && code === 0 ? 1 : code }),
                onReset: () => this.#stopWith({ kind: "reset" }),
            }),
            new Clint(this.hartCount, lines),
            new Sswi(this.hartCount, lines),
            plic,
            this.#uart,
            new GoldfishRtc(lines, (on) => plic.setLevel(RTC_SOURCE, on)),
            ...virtioSlots(this.options, this.#ram, plic),
        ];
        if (this.options.localWindow !== false) {
            const onRecord = (hart: number, halves: Uint32Array) => {
                this.onProbe?.(hart, halves);
                this.hart(hart).forgetEnteredUser();
            };
            devices.push(makeProbe(this.#shared, this.hartCount, onRecord));
        }
        return devices;
    }

    #deviceAccess(): DeviceAccess {
        const semihosting = new Semihosting({
            onByte: (byte) => this.onConsole?.(byte),
            onExit: (code) => this.#stopWith({ kind: "semihosting", code }),
            onUnknown: (request) => this.#stopWith({ kind: "refused", message: `semihosting: ${request}` }),
        });
        const semihost = (index: number) => {
            const view = { read: (vaddr: bigint, length: number) => readVirtual(this, index, vaddr, length) };
            this.hart(index).call((request, argument) => semihosting.call(request, argument, view));
        };
        return deviceAccess(this.#shared, this.#bus, { semihost, mark: (hart, n) => this.onMark?.(hart, n) });
    }

    #resetHarts(): void {
        const absent = new Set(this.options.clustersWithoutHarts);
        for (const hart of this.#harts) {
            this.#core.reset_hart(hart.base, RESET_PC);
            const cluster = Math.floor(hart.index / this.options.hartsPerCluster);
            if (absent.has(cluster)) this.#shared.setU32(hart.base + hartLayout.STATE, hartLayout.ABSENT);
            else if (this.options.fidelity !== "timing") this.#core.wake(hart.index);
        }
    }

    /** A guest's fault is a trap; whatever is thrown in here is a bug of ours, and says where (docs/style.md, "Errors"). */
    #runTurns(): number {
        try {
            return this.#core.run_turns();
        } catch (cause) {
            const next = this.#shared.u32(layout.CURSOR);
            const hart = this.hart(Math.max(0, next - 1));
            const at = `hart ${hart.index}, pc 0x${hart.pc.toString(16)}, instret ${hart.instructions}`;
            throw new Error(`emulator bug: ${at}, seed ${this.options.seed ?? 0}: ${String(cause)}`, { cause });
        }
    }

    #stopWith(reason: StopReason): void {
        this.#stop ??= reason;
        this.#shared.setU32(layout.STOP, 1);
    }

    #pollHtif(): void {
        const hart = this.hart(0);
        this.#htif?.poll({
            read32: (paddr) => this.memory.read32(hart, paddr),
            write32: (paddr, value) => this.memory.write32(hart, paddr, value),
            readRam: (paddr, length) => this.#ram.read(paddr, length),
        });
    }
}

function after(now: bigint, more: number): bigint {
    return Number.isFinite(more) ? now + BigInt(Math.max(0, Math.floor(more))) : U64_MAX;
}
