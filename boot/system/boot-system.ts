/** Composition root of a kernel machine: makes it of artifacts and a config, loads it, and tells what it did. Needs no host. */

import { hasHarts } from "../../configs/clusters.ts";
import type { Config } from "../../configs/schema/config.ts";
import { Machine } from "../../emu/machine.ts";
import { PAGE_SIZE, ROM_BASE } from "../../kernel/abi/memory-map.ts";
import { Symbolizer } from "../../toolchain/link/symbolize.ts";
import { AuditPlan, Audits } from "../audit/audits.ts";
import { backtrace } from "../observe/backtrace.ts";
import { dsmLine } from "../observe/dsm-log.ts";
import { DsmWaits } from "../observe/dsm-waits.ts";
import { FalseSharing } from "../observe/false-sharing.ts";
import { FaultCosts } from "../observe/fault-cost.ts";
import { segmentOf, tagImage } from "../observe/frame-kinds.ts";
import { NumaMaps } from "../observe/numa-maps.ts";
import { NumaStats } from "../observe/numa-stat.ts";
import { type ProgramRecord, Recorder } from "../observe/recorder.ts";
import { errnoName, signalName } from "../observe/signals.ts";
import { Standstill } from "../observe/standstill.ts";
import { CommandError } from "../report/exit-codes.ts";
import type {
    ClusterReport,
    ProgramFault,
    ProgramReport,
    SourcePlace,
    StepResult,
    SystemHooks,
    SystemReport,
    SystemRun,
    TrafficReport,
} from "../report/report.ts";
import { describeViolation } from "../report/violation.ts";
import type { Artifacts } from "./artifacts.ts";
import { makeBootMedium } from "./boot-medium.ts";
import { KERNEL_TEXT, READY_WORD } from "./kernel-layout.ts";
import { firmwareRom, resetRom } from "./rom.ts";

const RESET_ROM = 0x1000;

/**
 * Makes the machine and loads it. Throws CommandError("input", line) for programs that do not fit into the boot cluster's bank,
 * ("maxMemory", line) when the host refuses the memory.
 */
export function bootSystem(config: Config, artifacts: Artifacts, hooks: SystemHooks): SystemRun {
    return new Run(config, artifacts, hooks);
}

class Run implements SystemRun {
    private readonly machine: Machine;
    private readonly recorder: Recorder;
    private readonly costs: FaultCosts;
    private readonly stats: NumaStats;
    private readonly maps: NumaMaps;
    private readonly waits = new DsmWaits();
    private readonly standstill: Standstill;
    private readonly config: Config;
    private readonly parts: Artifacts;
    private readonly hooks: SystemHooks;
    private readonly audits: Audits | undefined;
    private readonly sharing: FalseSharing | undefined;
    /** By the program's path. */
    private readonly symbolizers = new Map<string, Symbolizer>();
    private console: number[] = [];

    constructor(config: Config, parts: Artifacts, hooks: SystemHooks) {
        this.config = config;
        this.parts = parts;
        this.hooks = hooks;
        const plan =
            hooks.audit === undefined ? undefined : new AuditPlan(hooks.audit, { ...parts, image: parts.kernel });
        this.machine = makeMachine(this.config, parts.core, plan?.watched);
        const { hartsPerCluster } = this.config.machine;
        this.recorder = new Recorder(this.machine.clusterCount, hartsPerCluster, this.config.programs.length);
        if (this.config.accounting !== "off") this.recorder.tags = this.machine;
        this.audits = plan && new Audits(plan, this.machine, this.config);
        this.standstill = new Standstill(this.machine, this.config, parts.kernel, parts.layouts);
        this.costs = new FaultCosts((hart) => this.machine.hart(hart));
        this.stats = new NumaStats(this.config, this.machine.clusterCount);
        this.maps = new NumaMaps(this.config, (address) => this.machine.readPhysical(address, PAGE_SIZE));
        if (hooks.falseSharing === true) this.sharing = this.watchSharing();
        Object.assign(this.recorder, { costs: this.costs, stats: this.stats, maps: this.maps, waits: this.waits });
        this.machine.onProbe = (hart, halves) => this.record(hart, halves);
        this.machine.onConsole = (byte) => {
            this.console.push(byte);
            this.recorder.byte(byte);
        };
        this.load();
    }

    private watchSharing(): FalseSharing {
        const sharing = new FalseSharing((address, bytes) => this.machine.readPhysical(address, bytes));
        this.costs.onResolved = (fault) => sharing.resolved(fault);
        this.recorder.sharing = sharing;
        return sharing;
    }

    private record(hart: number, halves: Uint32Array): void {
        this.recorder.record(hart, halves);
        this.standstill.record(hart, halves);
        if (this.hooks.onDsmAction !== undefined) {
            const line = dsmLine(halves, this.machine.hart(hart).cycles);
            if (line !== undefined) this.hooks.onDsmAction(line);
        }
        this.audits?.record(hart, wordsOf(halves));
    }

    private load(): void {
        const { config, machine, parts } = this;
        const programs = [...parts.programs.values()];
        const medium = makeBootMedium(config, parts.kernel, programs, this.hooks.mutant);
        machine.writePhysical(medium.address, medium.bytes);
        if (config.accounting !== "off") tagImage(machine, medium.address);
        machine.writePhysical(RESET_ROM, resetRom());
        const { entry } = parts.kernel;
        const { hartsPerCluster } = config.machine;
        const { segments } = medium;
        machine.writePhysical(
            ROM_BASE,
            firmwareRom(parts.firmware, { hartsPerCluster, kernelEntry: entry, readyWord: READY_WORD, segments }),
        );
    }

    step(instructions: number, limit: number): StepResult {
        const left = limit - this.machine.executed;
        if (left <= 0) {
            if (this.audits?.finish() === true) return this.violated();
            return { ended: true, end: "max-instructions", message: "" };
        }
        const stop = this.machine.run({ maxInstructions: Math.min(instructions, left), ...this.standstill.limits() });
        this.flush();
        if (this.audits?.violation !== undefined) return this.violated();
        if (stop.kind === "instructions") return { ended: false };
        if (stop.kind === "rounds") {
            const message = this.standstill.livelock();
            return message === undefined ? { ended: false } : { ended: true, end: "livelock", message };
        }
        // A kernel that panicked left its structures as they were.
        if (this.recorder.panic === undefined && this.audits?.finish() === true) return this.violated();
        switch (stop.kind) {
            case "deadlock":
                this.standstill.deadlock();
                return { ended: true, end: "deadlock", message: this.describeDeadlock(stop.message ?? "") };
            default:
                if (this.recorder.panic === undefined) return { ended: true, end: "halted", message: "" };
                return { ended: true, end: "panic", message: this.describePanic() };
        }
    }

    private violated(): StepResult {
        const violation = this.audits?.violation;
        return { ended: true, end: "violation", message: violation === undefined ? "" : describeViolation(violation) };
    }

    private flush(): void {
        if (this.console.length === 0) return;
        this.hooks.onConsole(Uint8Array.from(this.console));
        this.console = [];
    }

    /** `harts` wait; and, if it is a DSM group that stands still, who waits where. */
    private describeDeadlock(harts: string): string {
        const waits = this.waits.describe((leader) => {
            const index = this.recorder.programs.findIndex(({ processes }) => processes[0]?.pid === leader);
            return this.config.programs[index]?.path ?? `0x${leader.toString(16)}`;
        });
        return waits === "" ? harts : `${harts}; for each other wait ${waits}`;
    }

    private describePanic(): string {
        const panic = this.recorder.panic;
        if (panic === undefined) return "";
        const { lines, message } = backtrace(this.machine, this.parts.kernel, panic);
        this.hooks.onConsole(new TextEncoder().encode(lines.map((line) => `${line}\n`).join("")));
        return message;
    }

    instructions(): number {
        return this.machine.counters().reduce((sum, hart) => sum + hart.instructions, 0);
    }

    cycles(): number {
        return this.machine.counters().reduce((most, hart) => Math.max(most, hart.cycles), 0);
    }

    stateHash(): string {
        return this.machine.stateHash(this.hooks.newHash?.());
    }

    report(): SystemReport {
        const counters = this.machine.counters();
        const { hartsPerCluster } = this.config.machine;
        const clusters = this.recorder.clusters.map((counts, cxy): ClusterReport => {
            const harts = counters.slice(cxy * hartsPerCluster, (cxy + 1) * hartsPerCluster);
            const instructions = harts.reduce((sum, hart) => sum + hart.instructions, 0);
            const cycles = harts.reduce((most, hart) => Math.max(most, hart.cycles), 0);
            const present = hasHarts(this.config.machine, cxy) ? hartsPerCluster : 0;
            return { cxy, harts: present, instructions, cycles, ...counts };
        });
        const programs = this.recorder.programs.map((record, i) => this.programReport(record, i));
        const [traffic, faultCost] = [this.traffic(), this.costs.rows()];
        const falseSharing = this.sharing?.report((program, pc) => this.placeOf(program, pc)) ?? null;
        const { waits } = this.standstill;
        return {
            clusters,
            programs,
            traffic,
            faultCost,
            ...this.numa(),
            waits,
            audit: this.audits?.report() ?? null,
            falseSharing,
        };
    }

    private numa(): Pick<SystemReport, "numastat" | "numaMaps"> {
        return { numastat: this.stats.rows, numaMaps: this.maps.rows() };
    }

    private traffic(): TrafficReport[] | null {
        if (this.config.accounting === "off") return null;
        return this.machine.traffic().map((row) => ({ ...row, kind: segmentOf(row.kind) }));
    }

    accountErrors(): string[] {
        return this.machine.checkAccounts().map(({ cluster, operation, counted, executed }) => {
            return `accounting: cluster ${cluster}: ${operation} accesses counted ${counted}, executed ${executed}`;
        });
    }

    private programReport(record: ProgramRecord, index: number): ProgramReport {
        const entry = this.config.programs[index];
        const path = entry?.path ?? "";
        const first = record.processes[0];
        const failing = record.processes.filter(
            ({ exit }) => exit !== undefined && (exit.code !== 0 || exit.signal !== 0),
        );
        const failed = failing.find(({ endedByGroup }) => !endedByGroup) ?? failing[0];
        const exit = (failed ?? record.processes.find((process) => process.exit === undefined) ?? first)?.exit;
        const started = record.noStart === undefined ? "" : `could not be started: ${errnoName(record.noStart)}\n`;
        return {
            name: path,
            pid: first?.pid ?? null,
            cluster: first?.cluster ?? null,
            nodes: entry?.nodes ?? 1,
            exit: {
                code: exit === undefined || exit.signal !== 0 ? null : exit.code,
                signal: exit === undefined || exit.signal === 0 ? null : signalName(exit.signal),
            },
            output: new TextDecoder().decode(Uint8Array.from(record.output)) + started,
            dsm: record.usesDsm ? record.dsm : null,
            fault: this.locateFault(record, index),
            unknownCalls: [...record.unknownCalls].sort((a, b) => a - b),
        };
    }

    private locateFault(record: ProgramRecord, index: number): ProgramFault | null {
        if (record.fault === undefined) return null;
        const { vaddr, access, pc, thread, cluster, stackOwner } = record.fault;
        return { vaddr, access, pc, ...this.placeOf(index, Number(pc)), thread, cluster, stackOwner };
    }

    /** `program`: its index in the config. */
    private placeOf(program: number, pc: number): SourcePlace {
        const path = this.config.programs[program]?.path ?? "";
        const image = this.parts.programs.get(path)?.image;
        const symbolizer = this.symbolizers.get(path) ?? (image && new Symbolizer(image));
        if (symbolizer !== undefined) this.symbolizers.set(path, symbolizer);
        const place = symbolizer?.locate(pc);
        return { function: place?.function ?? null, file: place?.file ?? null, line: place?.line ?? null };
    }
}

/** A record's eight words; none of those that the auditor reads needs more than 53 bits. */
const words = new Float64Array(8);

function wordsOf(halves: Uint32Array): Float64Array {
    for (let i = 0; i < words.length; i++) words[i] = (halves[2 * i] ?? 0) + (halves[2 * i + 1] ?? 0) * 2 ** 32;
    return words;
}

function makeMachine(config: Config, core: Uint8Array, watched: AuditPlan["watched"] = {}): Machine {
    const { mesh, hartsPerCluster, bankSize, quantum, timebaseDivider, scheduler, preemption } = config.machine;
    const { clustersWithoutHarts, clustersWithoutMemory } = config.machine;
    const { fidelity, localLatency, hopLatency, deviceLatency, tlbEntries, tlbWays } = config.machine;
    const [meshX, meshY] = mesh;
    const { seed, accounting } = config;
    const sharedWindow = config.kernel.kernelText === "single" ? KERNEL_TEXT : [];
    try {
        return new Machine({
            meshX,
            meshY,
            hartsPerCluster,
            bankSize,
            quantum,
            seed,
            timebaseDivider,
            scheduler,
            preemption,
            sharedWindow,
            clustersWithoutHarts,
            clustersWithoutMemory,
            fidelity,
            localLatencyCycles: localLatency,
            hopLatencyCycles: hopLatency,
            deviceLatencyCycles: deviceLatency,
            tlbEntries,
            tlbWays,
            accounting,
            ...watched,
            core,
        });
    } catch (error) {
        if (error instanceof RangeError)
            throw new CommandError("maxMemory", `the machine cannot be made: ${error.message}`);
        throw error;
    }
}
