/**
 * The machine that a kernel boots on. It is made as the config says, and loaded with the bytes that the host leaves in its memory before
 * reset.
 */

import type { Config } from "../../configs/schema/config.ts";
import { TIMING_SCHEMA } from "../../configs/schema/timing.ts";
import type { EngineOptions, MachineOptions } from "../../emu/host/machine-options.ts";
import type { TimingOptions } from "../../emu/host/timing-parameters.ts";
import { Machine } from "../../emu/machine.ts";
import { ROM_BASE } from "../../kernel/abi/memory-map.ts";
import { tagImage } from "../observe/frame-kinds.ts";
import { CommandError } from "../report/exit-codes.ts";
import type { Artifacts } from "./artifacts.ts";
import { makeBootMedium } from "./boot-medium.ts";
import { KERNEL_TEXT, READY_WORD } from "./kernel-layout.ts";
import { firmwareRom, resetRom } from "./rom.ts";

const RESET_ROM = 0x1000;

/** Throws the errors of makeBootMedium. */
export function loadSystem(machine: Machine, config: Config, artifacts: Artifacts, mutant = 0): void {
    const { firmware } = artifacts;
    const medium = makeBootMedium(config, artifacts, mutant);
    machine.writePhysical(medium.address, medium.bytes);
    if (config.accounting !== "off") tagImage(machine, medium.address);
    machine.writePhysical(RESET_ROM, resetRom());
    const { hartsPerCluster } = config.machine;
    const { segments } = medium;
    const options = { hartsPerCluster, kernelEntry: artifacts.kernel.entry, readyWord: READY_WORD, segments };
    machine.writePhysical(ROM_BASE, firmwareRom(firmware, options));
}

const TIMING_KEYS = Object.keys(TIMING_SCHEMA) as (keyof typeof TIMING_SCHEMA)[];

function timingOptions(machine: Config["machine"]): TimingOptions {
    return Object.fromEntries(TIMING_KEYS.map((key) => [key, machine[key]]));
}

/** What the host decides, and no guest sees. */
type HostOptions = EngineOptions & Pick<MachineOptions, "watched">;

/** Throws CommandError("maxMemory") when the host refuses the memory. */
export function makeMachine(config: Config, core: Uint8Array, options: HostOptions = {}): Machine {
    const { mesh, hartsPerCluster, bankSize, quantum, timebaseDivider, scheduler, preemption } = config.machine;
    const { memoryModel, storeBuffer } = config.machine;
    const { clustersWithoutHarts, clustersWithoutMemory, pmpEntries, adue } = config.machine;
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
            memoryModel,
            storeBuffer,
            sharedWindow,
            clustersWithoutHarts,
            clustersWithoutMemory,
            pmpEntries,
            adue,
            fidelity,
            localLatencyCycles: localLatency,
            hopLatencyCycles: hopLatency,
            deviceLatencyCycles: deviceLatency,
            tlbEntries,
            tlbWays,
            ...timingOptions(config.machine),
            accounting,
            ...options,
            core,
        });
    } catch (error) {
        if (error instanceof RangeError)
            throw new CommandError("maxMemory", `the machine cannot be made: ${error.message}`);
        throw error;
    }
}
