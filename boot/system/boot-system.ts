/** Composition root of a kernel machine: makes it of artifacts and a config, loads it, and reports its run. It needs no host. */

import { hasHarts } from "../../configs/clusters.ts";
import type { Config } from "../../configs/schema/config.ts";
import type { Machine, MachineJit } from "../../emu/machine.ts";
import { PAGE_SIZE } from "../../kernel/abi/memory-map.ts";
import { Symbolizer } from "../../toolchain/link/symbolize.ts";
import type { Observer } from "../abi/observer.ts";
import { AuditPlan, Audits } from "../audit/audits.ts";
import { backtrace } from "../observe/backtrace.ts";
import { ConsoleTape } from "../observe/console-tape.ts";
import { DsmLog } from "../observe/dsm-log.ts";
import { DsmWaits } from "../observe/dsm-waits.ts";
import { FalseSharing } from "../observe/false-sharing.ts";
import { FaultCosts } from "../observe/fault-cost.ts";
import { segmentOf } from "../observe/frame-kinds.ts";
import { fillGathered, gatheredText } from "../observe/gathered.ts";
import { GuestMemory } from "../observe/guest-memory.ts";
import { KernelRoots, KernelTables } from "../observe/kernel-tables.ts";
import { NumaMaps } from "../observe/numa-maps.ts";
import { NumaStats } from "../observe/numa-stat.ts";
import { Observers } from "../observe/observer.ts";
import { Recorder } from "../observe/recorder.ts";
import { type MarkedMachine, Regions } from "../observe/regions.ts";
import { Running } from "../observe/running.ts";
import { Standstill } from "../observe/standstill.ts";
import { Timeline } from "../observe/timeline.ts";
import { callsText } from "../report/calls.ts";
import type { Debuggee, Moment } from "../report/debuggee.ts";
import type {
    ClusterReport,
    FalseSharingReport,
    StepResult,
    SystemHooks,
    SystemReport,
    SystemRun,
    TrafficReport,
} from "../report/report.ts";
import { describeViolation } from "../report/violation.ts";
import type { Artifacts } from "./artifacts.ts";
import { loadSystem, makeMachine } from "./kernel-machine.ts";
import { ProgramPlaces } from "./program-places.ts";
import { encodeRun, fillRun } from "./saved-run.ts";
import { Streams } from "./streams.ts";

/**
 * Makes the machine and loads it. Throws CommandError("input", line) for programs that do not fit into the boot cluster's bank, and
 * CommandError("maxMemory", line) when the host refuses the memory.
 */
export function bootSystem(config: Config, artifacts: Artifacts, hooks: SystemHooks): System {
    return new System(config, artifacts, hooks);
}

const USER_MODE = 0;
/** The register of the psABI. */
const THREAD_POINTER = 4;
const NOWHERE = { function: null, file: null, line: null } as const;

/** A booted system, with the parts that the interface does not show. */
export class System implements SystemRun {
    readonly machine: Machine;
    readonly #recorder: Recorder;
    readonly #costs: FaultCosts;
    readonly #stats: NumaStats;
    readonly #maps: NumaMaps;
    readonly #waits = new DsmWaits();
    readonly #standstill: Standstill;
    readonly #config: Config;
    readonly #artifacts: Artifacts;
    readonly #hooks: SystemHooks;
    readonly #audits: Audits | undefined;
    readonly #sharing: FalseSharing | undefined;
    readonly #places: ProgramPlaces;
    readonly #streams: Streams;
    readonly #timeline: Timeline;
    readonly #observers: Observers;
    readonly #running = new Running();
    readonly #roots = new KernelRoots();
    readonly #regions: Regions;
    readonly #tape = new ConsoleTape();
    #console: number[] = [];

    constructor(config: Config, artifacts: Artifacts, hooks: SystemHooks) {
        this.#config = config;
        this.#artifacts = artifacts;
        this.#hooks = hooks;
        const { kernel, layouts } = artifacts;
        const plan = hooks.audit === undefined ? undefined : new AuditPlan(hooks.audit, { image: kernel, layouts });
        const machine = makeMachine(config, artifacts.core, { ...hooks.engine, ...plan?.watched });
        this.machine = machine;
        const read = (address: number, bytes: number) => machine.readPhysical(address, bytes);
        const tags = config.accounting === "off" ? undefined : machine;
        const { hartsPerCluster } = config.machine;
        this.#recorder = new Recorder(machine.clusterCount, hartsPerCluster, config.programs.length, tags);
        this.#audits = plan && new Audits(plan, machine, config);
        this.#standstill = new Standstill(machine, config, kernel, layouts);
        this.#costs = new FaultCosts((hart) => machine.hart(hart));
        this.#stats = new NumaStats(config, machine.clusterCount);
        this.#maps = new NumaMaps(config, (address) => read(address, PAGE_SIZE));
        this.#sharing = hooks.falseSharing === true ? new FalseSharing(read) : undefined;
        this.#places = new ProgramPlaces(config, artifacts.programs);
        this.#regions = new Regions(this.#marked());
        this.#timeline = new Timeline(hartsPerCluster, (hart) => machine.hart(hart).cycles);
        this.#streams = new Streams(machine, config, this.#places, hooks);
        this.#observers = this.#listen();
        loadSystem(machine, config, artifacts, hooks.mutant);
    }

    #listen(): Observers {
        const { machine } = this;
        const sharing = this.#sharing;
        if (sharing !== undefined) this.#costs.onResolved.push((fault) => sharing.resolved(fault));
        const log = this.#hooks.onDsmAction?.bind(this.#hooks);
        this.#costs.onResolved.push(...this.#streams.onResolved);
        const observers = new Observers([
            this.#recorder,
            this.#costs,
            this.#stats,
            this.#maps,
            this.#waits,
            this.#running,
            this.#regions,
            this.#timeline,
            this.#roots,
            ...(sharing === undefined ? [] : [sharing]),
            ...this.#standstill.observers(),
            ...(log === undefined ? [] : [new DsmLog(log, (hart) => machine.hart(hart).cycles)]),
            ...this.#streams.observers,
            ...(this.#hooks.observers ?? []).map((listener): Observer => {
                const { on, onAny } = listener;
                return { on, ...(onAny === undefined ? {} : { onAny: onAny.bind(listener) }), gathered: null };
            }),
            ...(this.#audits?.observers ?? []),
        ]);
        machine.onProbe = (hart, halves) => observers.record(hart, halves);
        machine.onMark = (hart, n) => this.#regions.mark(hart, n);
        machine.onConsole = (byte) => {
            if (this.#tape.advance()) this.#console.push(byte);
            this.#recorder.byte(byte);
        };
        return observers;
    }

    step(instructions: number, limit: number, cycle?: number): StepResult {
        const left = limit - this.machine.executed;
        if (left <= 0) {
            if (this.#audits?.finish() === true) return this.#violated();
            return { ended: true, end: "max-instructions", message: "" };
        }
        const { maxRounds = Infinity } = this.#standstill.limits();
        const toCycle = cycle === undefined ? Infinity : this.machine.roundsTo(cycle);
        const bounds = { maxInstructions: Math.min(instructions, left), maxRounds: Math.min(toCycle, maxRounds) };
        const stop = this.machine.run(bounds);
        this.#flush();
        if (this.#audits?.violation !== undefined) return this.#violated();
        if (stop.kind === "instructions" || stop.kind === "debug") return { ended: false };
        if (stop.kind === "rounds") {
            const message = this.#standstill.livelock();
            return message === undefined ? { ended: false } : { ended: true, end: "livelock", message };
        }
        // A kernel that panicked left its structures as they were.
        if (this.#recorder.panic === undefined && this.#audits?.finish() === true) return this.#violated();
        switch (stop.kind) {
            case "deadlock":
                this.#standstill.deadlock();
                return { ended: true, end: "deadlock", message: this.#describeDeadlock(stop.message ?? "") };
            default:
                if (this.#recorder.panic === undefined) return { ended: true, end: "halted", message: "" };
                return { ended: true, end: "panic", message: this.#describePanic() };
        }
    }

    #violated(): StepResult {
        const violation = this.#audits?.violation;
        return { ended: true, end: "violation", message: violation === undefined ? "" : describeViolation(violation) };
    }

    #flush(): void {
        if (this.#console.length === 0) return;
        this.#hooks.onConsole(Uint8Array.from(this.#console));
        this.#console = [];
    }

    /** `harts` names the waiting harts. If a DSM group stands still, the text also names its waiting threads and their places. */
    #describeDeadlock(harts: string): string {
        const groups = [...this.#waits.groups()].map(([leader, waits]) => {
            const index = this.#recorder.programs.findIndex(({ processes }) => processes[0]?.pid === leader);
            const name = this.#config.programs[index]?.path ?? `0x${leader.toString(16)}`;
            const calls = waits.map(({ node, text, more, call }) => {
                return {
                    node,
                    call: text,
                    more,
                    ...(call === undefined ? NOWHERE : this.#places.locateCall(index, call)),
                };
            });
            return `of ${name} ${callsText(calls)}`;
        });
        return groups.length === 0 ? harts : `${harts}; for each other wait ${groups.join("; ")}`;
    }

    #describePanic(): string {
        const panic = this.#recorder.panic;
        if (panic === undefined) return "";
        const { lines, message } = backtrace(this.machine, this.#artifacts.kernel, panic);
        this.#hooks.onConsole(new TextEncoder().encode(lines.map((line) => `${line}\n`).join("")));
        return message;
    }

    finish(): void {
        this.#streams.finish();
    }

    instructions(): number {
        return this.machine.counters().reduce((sum, hart) => sum + hart.instructions, 0);
    }

    cycles(): number {
        return this.machine.counters().reduce((most, hart) => Math.max(most, hart.cycles), 0);
    }

    jit(): MachineJit {
        return this.machine.jitFigures();
    }

    stateHash(): string {
        return this.machine.stateHash(this.#hooks.newHash?.());
    }

    get debuggee(): Debuggee {
        const kernel = new Symbolizer(this.#artifacts.kernel);
        const functionAt = (hart: number, pc: bigint) => {
            if (this.machine.hart(hart).privilege !== USER_MODE) return kernel.locate(Number(pc))?.function;
            const program = this.#running.program(hart);
            return program === undefined ? undefined : (this.#places.locate(program, Number(pc)).function ?? undefined);
        };
        const placeAt = (hart: number, pc: bigint) => {
            if (this.machine.hart(hart).privilege !== USER_MODE) {
                const { function: name = null, file = null, line = null } = kernel.locate(Number(pc)) ?? {};
                return { function: name, file, line };
            }
            const program = this.#running.program(hart);
            return program === undefined ? NOWHERE : this.#places.locate(program, Number(pc));
        };
        const frames = () => {
            const rows = this.#recorder.clusters.map(({ frames: given, freeFrames }, cxy) => {
                const types = Object.entries(given).filter(([, count]) => count > 0);
                const shown = [...types.map(([type, count]) => `${type} ${count}`), `free ${freeFrames}`].join(", ");
                return `cluster ${cxy}: ${shown}\n`;
            });
            return rows.join("");
        };
        return {
            machine: this.machine,
            tables: this.tables(),
            functionAt,
            placeAt,
            frames,
            moment: (previous) => this.#moment(previous),
            goBack: (to) => this.#goBack(to),
            forgetAhead: () => this.#tape.forgetAhead(),
        };
    }

    /** The kernel's structures as they lie in memory. */
    tables(): KernelTables {
        const memory = new GuestMemory(this.machine.ram(), this.#config.machine.bankSize, this.#artifacts.layouts);
        return new KernelTables(memory, this.#roots);
    }

    #moment(previous?: Moment): Moment {
        const texts = [...this.#observers.gathered()].map(
            ([name, containers]) => [name, gatheredText(containers)] as const,
        );
        const snapshot = this.machine.takeSnapshot(previous?.snapshot);
        return { snapshot, gathered: new Map(texts), written: this.#tape.position };
    }

    #goBack({ snapshot, gathered, written }: Moment): void {
        this.machine.putBack(snapshot);
        for (const [name, containers] of this.#observers.gathered())
            fillGathered(containers, gathered.get(name) ?? "[]");
        this.#tape.goBack(written);
    }

    clock(): number {
        return this.machine.clock;
    }

    /** Bytes of the console up to where the run stands. */
    get written(): number {
        return this.#tape.position;
    }

    snapshot(): Uint8Array {
        return this.machine.snapshot(encodeRun(this.#config, this.#artifacts, this.#observers.gathered()));
    }

    restore(bytes: Uint8Array): readonly string[] {
        return fillRun(this.machine.restore(bytes), this.#config, this.#artifacts, this.#observers.gathered());
    }

    report(): SystemReport {
        const clusters = this.#clusters();
        const programs = this.#recorder.programs.map((record, i) => {
            return this.#places.report(record, i, this.#waits.mismatch(record.processes[0]?.pid ?? -1));
        });
        const [traffic, faultCost] = [this.#traffic(), this.#costs.rows()];
        const { waits } = this.#standstill;
        return {
            clusters,
            programs,
            traffic,
            timeline: this.#timeline.report(),
            regions: this.#regions.report(),
            timing: this.machine.timing(),
            faultCost,
            ...this.#numa(),
            waits,
            audit: this.#audits?.report() ?? null,
            falseSharing: this.falseSharing(),
        };
    }

    /** The report of --false-sharing, up to where the run stands; null without it. */
    falseSharing(): FalseSharingReport | null {
        return this.#sharing?.report((program, pc) => this.#places.locate(program, pc)) ?? null;
    }

    #clusters(): ClusterReport[] {
        const counters = this.machine.counters();
        const { hartsPerCluster } = this.#config.machine;
        return this.#recorder.clusters.map((counts, cxy): ClusterReport => {
            const harts = counters.slice(cxy * hartsPerCluster, (cxy + 1) * hartsPerCluster);
            const instructions = harts.reduce((sum, hart) => sum + hart.instructions, 0);
            const cycles = harts.reduce((most, hart) => Math.max(most, hart.cycles), 0);
            const present = hasHarts(this.#config.machine, cxy) ? hartsPerCluster : 0;
            return { cxy, harts: present, instructions, cycles, ...counts };
        });
    }

    #marked(): MarkedMachine {
        return {
            sums: () => {
                const traffic = this.#traffic();
                const keyOf = ({ source, mode, home, kind, operation }: TrafficReport) =>
                    `${source} ${mode} ${home} ${kind} ${operation}`;
                return {
                    instructions: this.instructions(),
                    cycles: this.cycles(),
                    // The recorder goes on counting in its own.
                    clusters: structuredClone(this.#clusters()),
                    traffic: traffic && new Map(traffic.map((row) => [keyOf(row), row])),
                    faultCost: this.#costs.sums(),
                };
            },
            thread: (hart) => {
                const marking = this.machine.hart(hart);
                return `${marking.csr("satp")} ${marking.x(THREAD_POINTER)}`;
            },
            program: (hart) =>
                this.machine.hart(hart).privilege === USER_MODE ? this.#running.program(hart) : undefined,
            nameOf: (program, n) => this.#places.regionName(program, n),
        };
    }

    #numa(): Pick<SystemReport, "numastat" | "numaMaps"> {
        return { numastat: this.#stats.rows, numaMaps: this.#maps.rows() };
    }

    #traffic(): TrafficReport[] | null {
        if (this.#config.accounting === "off") return null;
        return this.machine.traffic().map((row) => ({ ...row, kind: segmentOf(row.kind) }));
    }

    accountErrors(): string[] {
        return this.machine.checkAccounts().map(({ cluster, operation, counted, executed }) => {
            return `accounting: cluster ${cluster}: ${operation} accesses counted ${counted}, executed ${executed}`;
        });
    }
}
