/**
 * The machine of `boot --elf`: clusters without local window and without our firmware, the guest's files in RAM, and every hart at the
 * firmware's entry with what QEMU's virt machine gives it: a0 = id, a1 = device tree, a2 = where the firmware is told of the kernel.
 */

import type { Config } from "../../configs/schema/config.ts";
import { MACHINE_SCHEMA } from "../../configs/schema/machine.ts";
import { formatSize } from "../../configs/size.ts";
import type { DriveOptions } from "../../emu/dev/drive.ts";
import { type Counters, sumOfCounters } from "../../emu/host/counters.ts";
import type { Hart } from "../../emu/host/hart.ts";
import type { EngineOptions } from "../../emu/host/machine-options.ts";
import { Machine, type MachineJit } from "../../emu/machine.ts";
import { Geometry } from "../../emu/mem/geometry.ts";
import { mapRow } from "../../emu/mem/map.ts";
import type { ImageSymbol } from "../../toolchain/link/image.ts";
import { Symbolizer } from "../../toolchain/link/symbolize.ts";
import { ConsoleTape } from "../observe/console-tape.ts";
import type { Debuggee } from "../report/debuggee.ts";
import { CommandError } from "../report/exit-codes.ts";
import { deviceTree } from "./device-tree.ts";
import { FDT_HEADER_BYTES, FDT_MAGIC } from "./fdt.ts";
import { GuestImages, type ImageFile, type PlacedFile, RAM_BASE } from "./guest-images.ts";

/** Bare-metal runs have no config. PMP as QEMU's virt has it: programs of S and U need the firmware that they have there, too. */
const TIMEBASE_DIVIDER = 100;
const PMP_ENTRIES = 16;
/** The ABI registers a0 to a2. */
const [A0, A1, A2] = [10, 11, 12];
/** mie.MEIE and mie.SEIE. The UART's interrupt comes to a hart as an external one. */
const EXTERNAL_INTERRUPTS = 0xa00n;
/** Where fw_dynamic_info lies on QEMU's virt machine, behind the code that starts the firmware there. */
const DYNAMIC_INFO = mapRow("resetRom").base + 0x28;

/** Says how turns are cut (turns.md 1.1, 2.5, 2.6), and when stores reach memory (memory-model.md 1.1), as a config's machine does. */
export type TurnOptions = Pick<
    Config["machine"],
    "quantum" | "scheduler" | "preemption" | "memoryModel" | "storeBuffer"
>;

/** A config's defaults are those of bare-metal runs too. */
export const TURN_DEFAULTS: TurnOptions = {
    quantum: MACHINE_SCHEMA.properties.quantum.default,
    scheduler: MACHINE_SCHEMA.properties.scheduler.default,
    preemption: MACHINE_SCHEMA.properties.preemption.default,
    memoryModel: MACHINE_SCHEMA.properties.memoryModel.default,
    storeBuffer: MACHINE_SCHEMA.properties.storeBuffer.default,
};

/** The guest's files. */
export interface GuestFiles {
    /** An ELF, or a raw image for the beginning of RAM. */
    readonly firmware: ImageFile;
    /** What the firmware starts: an ELF, or a raw image. */
    readonly kernel?: ImageFile | undefined;
    readonly initrd?: ImageFile | undefined;
    /** The kernel's command line, in the device tree. */
    readonly append?: string | undefined;
    /** Raw bytes at given addresses. */
    readonly loads?: readonly PlacedFile[];
    /** Disks, in the first virtio slots. */
    readonly drives?: readonly DriveOptions[];
    /** The guest may ask the host for its console and its end. */
    readonly semihosting?: boolean;
    /** The blob that guests get instead of the machine's own. */
    readonly deviceTree?: ImageFile | undefined;
}

export interface BareShape {
    /** Clusters in x and y. */
    readonly mesh: readonly [x: number, y: number];
    /** Of all clusters together: a multiple of their number. */
    readonly harts: number;
    /** The bytes of RAM of all clusters together. */
    readonly memory: number;
}

export interface BareRequest extends BareShape {
    readonly guest: GuestFiles;
    readonly seed: number;
    readonly turns: TurnOptions;
    readonly engine: EngineOptions;
    /** Accesses are counted. */
    readonly accounting?: "off" | "accesses";
}

/**
 * The ends that a bare-metal guest can reach. "exit" is the end through the test finisher or HTIF, with its code; "input" that of one which
 * asks the host for what is not there.
 */
export type BareEnd =
    | { readonly end: "exit"; readonly code: number; readonly message: string }
    | { readonly end: "max-instructions" | "deadlock" | "input"; readonly message: string };

/** A machine with its guest loaded, and every hart at the entry. */
export interface BareMachine {
    /** Steps as SystemRun.step does. After "deadlock" it may be called again once there is input. */
    step(
        instructions: number,
        limit: number,
        cycle?: number,
    ): { readonly ended: false } | ({ readonly ended: true } & BareEnd);
    /** As SystemRun's. */
    readonly debuggee: Debuggee;
    /** Bytes of the console up to where the run stands. */
    readonly written: number;
    /** Addresses of the firmware's and the kernel's symbols. */
    readonly symbols: ReadonlyMap<string, number>;
    clock(): number;
    snapshot(): Uint8Array;
    restore(bytes: Uint8Array): readonly string[];
    /** Gives bytes to the UART's receiver. */
    receive(bytes: Uint8Array): void;
    /** True when input could end a deadlock, because a hart has external interrupts enabled. */
    listens(): boolean;
    instructions(): number;
    cycles(): number;
    stateHash(): string;
    /** What was compiled. */
    jit(): MachineJit;
    /** The blob that a1 points to. */
    readonly deviceTree: Uint8Array;
}

/** `core` is the bytes of the compiled emu/core. Throws CommandError("input") for files that cannot be run. */
export function makeBareMachine(request: BareRequest, core: Uint8Array, onByte: (byte: number) => void): BareMachine {
    const guest = placeGuest(request);
    const machine = new Machine({
        ...bankOptions(request),
        timebaseDivider: TIMEBASE_DIVIDER,
        ...request.turns,
        ...request.engine,
        accounting: request.accounting ?? "off",
        seed: request.seed,
        localWindow: false,
        pmpEntries: PMP_ENTRIES,
        drives: request.guest.drives ?? [],
        randomDevice: true,
        semihosting: request.guest.semihosting ?? false,
        core,
    });
    const tape = new ConsoleTape();
    machine.onConsole = (byte) => {
        if (tape.advance()) onByte(byte);
    };
    for (const { address, bytes } of guest.images.parts) machine.writePhysical(address, bytes);
    machine.writePhysical(DYNAMIC_INFO, dynamicInfo(guest.kernel ?? 0));
    for (const hart of harts(machine)) {
        hart.pc = BigInt(guest.entry);
        hart.setX(A0, BigInt(hart.index));
        hart.setX(A1, BigInt(guest.treeAddress));
        hart.setX(A2, BigInt(DYNAMIC_INFO));
    }
    watchHtif(machine, guest.symbols, request);
    return asBareMachine(machine, guest, request.guest.firmware.file, tape);
}

function bankOptions({ mesh: [meshX, meshY], harts, memory }: BareShape) {
    const clusters = meshX * meshY;
    return { meshX, meshY, hartsPerCluster: harts / clusters, bankSize: memory / clusters };
}

type Names = Pick<ReturnType<GuestImages["putFirmware"]>, "symbols" | "lines">;

interface PlacedGuest {
    readonly images: GuestImages;
    readonly entry: number;
    readonly symbols: ReturnType<GuestImages["putFirmware"]>["symbols"];
    /** The kernel's entry. */
    readonly kernel: number | undefined;
    /** The kernel, when it is an ELF file too, and the firmware. */
    readonly programs: readonly Names[];
    readonly tree: Uint8Array;
    readonly treeAddress: number;
}

/** Files with an address of their own come first, so that the others find the room that is left. */
function placeGuest(request: BareRequest): PlacedGuest {
    const { guest, memory, seed } = request;
    const images = new GuestImages(memory);
    const firmware = images.putFirmware(guest.firmware);
    const { entry, symbols } = firmware;
    const own = guest.kernel && images.putKernel(guest.kernel);
    const kernel = own?.entry;
    for (const file of guest.loads ?? []) images.putAt(file);
    const start = guest.initrd && images.putInitrd(guest.initrd, kernel ?? entry);
    const initrd = start === undefined ? undefined : { start, end: start + (guest.initrd?.bytes.length ?? 0) };
    const geometry = new Geometry({ ...bankOptions(request), localWindow: false });
    const ours = () => ({
        file: "the device tree",
        bytes: deviceTree({ geometry, seed, append: guest.append, initrd }),
    });
    const tree = guest.deviceTree === undefined ? ours() : checkedTree(guest.deviceTree);
    return {
        images,
        entry,
        symbols,
        kernel,
        programs: own === undefined ? [firmware] : [own, firmware],
        tree: tree.bytes,
        treeAddress: images.putTree(tree),
    };
}

/** Throws CommandError("input") for a file that is no flattened device tree. */
function checkedTree(tree: ImageFile): ImageFile {
    const { file, bytes } = tree;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const isTree = bytes.length >= FDT_HEADER_BYTES && view.getUint32(0) === FDT_MAGIC;
    if (!isTree)
        throw new CommandError("input", `${file}: is no flattened device tree (dtc -O dtb makes one from source)`);
    const total = view.getUint32(4);
    if (total <= bytes.length) return tree;
    throw new CommandError("input", `${file}: is cut off: ${bytes.length} bytes of ${total}`);
}

/** OpenSBI's struct fw_dynamic_info: magic "OSBI", version 2, the next stage in S mode, and hart 0 to boot it. */
function dynamicInfo(next: number): Uint8Array {
    const [magic, version, supervisor, options, bootHart] = [0x4942_534fn, 2n, 1n, 0n, 0n];
    const words = BigUint64Array.of(magic, version, BigInt(next), supervisor, options, bootHart);
    return new Uint8Array(words.buffer);
}

const HTIF_BYTES = 8;

/** Throws CommandError("input") for a tohost or fromhost where the machine has no memory. */
function watchHtif(machine: Machine, symbols: PlacedGuest["symbols"], { guest, memory }: BareRequest): void {
    const { file } = guest.firmware;
    const address = (name: string): number | undefined => {
        const found = symbols.find((symbol) => symbol.name === name)?.address;
        // A weak symbol that no file defines is 0.
        if (found === undefined || found === 0) return undefined;
        const inside = found >= RAM_BASE && found + HTIF_BYTES <= RAM_BASE + memory && found % HTIF_BYTES === 0;
        if (inside) return found;
        const rule = `must be a multiple of 8 in RAM, ${formatSize(memory)} at 0x${RAM_BASE.toString(16)} (see --memory)`;
        throw new CommandError("input", `${file}: its symbol ${name} is 0x${found.toString(16)}; ${rule}`);
    };
    const tohost = address("tohost");
    if (tohost !== undefined) machine.watchHtif(tohost, address("fromhost"));
}

function asBareMachine(
    machine: Machine,
    { tree, programs }: PlacedGuest,
    file: string,
    tape: ConsoleTape,
): BareMachine {
    const symbols = programs.flatMap((program) => program.symbols);
    let found: Symbolizer | undefined;
    const locate = (pc: bigint) => {
        found ??= symbolizerOf(symbols, programs);
        return found.locate(Number(pc));
    };
    const placeAt = (_hart: number, pc: bigint) => {
        const { function: name = null, file: source = null, line = null } = locate(pc) ?? {};
        return { function: name, file: source, line };
    };
    const total = (): Counters => sumOfCounters(machine.clusterCounters());
    const debuggee: Debuggee = {
        machine,
        functionAt: (_hart, pc) => locate(pc)?.function,
        placeAt,
        moment: (previous) => {
            return { snapshot: machine.takeSnapshot(previous?.snapshot), gathered: new Map(), written: tape.position };
        },
        forgetAhead: () => tape.forgetAhead(),
        goBack: ({ snapshot, written }) => {
            machine.putBack(snapshot);
            tape.goBack(written);
        },
    };
    return {
        step: (instructions, limit, cycle) => {
            const maxInstructions = Math.min(instructions, limit - machine.executed);
            const maxRounds = cycle === undefined ? Infinity : machine.roundsTo(cycle);
            const { kind, code = 0, message = "" } = machine.run({ maxInstructions, maxRounds });
            if (kind === "finisher" || kind === "htif" || kind === "semihosting" || kind === "reset")
                return { ended: true, end: "exit", code, message };
            if (kind === "refused") return { ended: true, end: "input", message: `${file} asks for ${message}` };
            if (kind === "deadlock") return { ended: true, end: "deadlock", message };
            return machine.executed < limit ? { ended: false } : { ended: true, end: "max-instructions", message: "" };
        },
        debuggee,
        get written() {
            return tape.position;
        },
        symbols: new Map(symbols.map(({ name, address }) => [name, address])),
        clock: () => machine.clock,
        snapshot: () => machine.snapshot(),
        restore: (bytes) => {
            machine.restore(bytes);
            return [];
        },
        receive: (bytes) => {
            machine.pushInput(bytes);
            debuggee.onInput?.();
        },
        listens: () => harts(machine).some((hart) => (hart.csr("mie") & EXTERNAL_INTERRUPTS) !== 0n),
        instructions: () => total().instructions,
        cycles: () => Math.max(...harts(machine).map((hart) => hart.cycles)),
        stateHash: () => machine.stateHash(),
        jit: () => machine.jitFigures(),
        deviceTree: tree,
    };
}

/** Names, and lines of the source where the files have them. */
function symbolizerOf(symbols: readonly ImageSymbol[], programs: readonly Names[]): Symbolizer {
    const lines = programs.flatMap((program) => program.lines());
    return new Symbolizer({ symbols, lines: lines.sort((a, b) => a.address - b.address) });
}

function harts(machine: Machine): Hart[] {
    return Array.from({ length: machine.hartCount }, (_, index) => machine.hart(index));
}
