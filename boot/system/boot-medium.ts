/**
 * The bytes that the host leaves in memory before reset. At the end of the boot cluster's bank lie the initrd, the program table, paths and
 * arguments. In ROM lie the firmware, the kernel image and boot_info (kernel/abi/boot-info.ts).
 */

import type { Config } from "../../configs/schema/config.ts";
import { type SwitchField, switchNumber, switchRows } from "../../configs/switches.ts";
import { topologyOf } from "../../configs/topology.ts";
import { BOOT_MAGIC } from "../../kernel/abi/boot-info.ts";
import { NAME_BYTES, PATH_BYTES } from "../../kernel/abi/file.ts";
import { ARGS_VADDR, BANK_BASE, BOOT_INFO_LOCAL, PAGE_SIZE, WINDOW_BASE } from "../../kernel/abi/memory-map.ts";
import type { Image } from "../../toolchain/link/image.ts";
import { BOOT_INFO, type BOOT_INFO_FIELDS, PROGRAM_ENTRY, type PROGRAM_FIELDS } from "../abi/boot-info.ts";
import { type Words, writeWords } from "../abi/words.ts";
import { CommandError } from "../report/exit-codes.ts";
import type { Program } from "./artifacts.ts";
import { writeCpio } from "./cpio.ts";
import { imageEnd } from "./kernel-layout.ts";
import type { CopiedSegment } from "./rom.ts";
import { writeTopology } from "./topology.ts";

export interface BootMedium {
    /** The global physical address of `bytes`. */
    readonly address: number;
    readonly bytes: Uint8Array;
    /** The segments that the firmware copies into each bank. */
    readonly segments: readonly CopiedSegment[];
}

const ANY = -1n;
/** The frames that a kernel instance needs beside the boot cluster's medium. */
const LEAST_FREE = 64 * PAGE_SIZE;

/** Throws CommandError("input") when the programs do not fit into the boot cluster's bank. */
export function makeBootMedium(config: Config, kernel: Image, programs: readonly Program[], mutant = 0): BootMedium {
    const bank = config.machine.bankSize;
    const entries = config.programs.map((entry) => ({
        entry,
        args: argsImage(entry.path, entry.args, config.kernel.vspaceArgsSize),
    }));
    const files = [...new Map(programs.map((program) => [program.path, program])).values()];
    const names = new Map(files.map(({ path }, i) => [path, fileName(path, i)]));
    const archive = writeCpio(files.map(({ path, elf }) => ({ name: names.get(path) ?? path, bytes: elf })));
    const layout = new Layout();
    const initrd = layout.place(archive.bytes);
    const paths = entries.map(({ entry }) => layout.place(new TextEncoder().encode(`${names.get(entry.path)}\0`)));
    const args = entries.map((each) => layout.place(each.args));
    const hosts = entries.map(({ entry }) => (entry.hosts.length === 0 ? 0 : layout.place(hostsImage(entry.hosts))));
    const table = layout.place(new Uint8Array(Math.max(entries.length, 1) * PROGRAM_ENTRY.size));
    const size = Math.ceil(layout.size / PAGE_SIZE) * PAGE_SIZE;
    const room = bank - (imageEnd(kernel) - WINDOW_BASE) - LEAST_FREE;
    if (size > room) {
        const text = `the programs take ${size} bytes, the boot cluster's bank has room for ${Math.max(room, 0)}`;
        throw new CommandError("input", `${text}; make /machine/bankSize larger`);
    }
    const address = BANK_BASE + bank - size;
    const bytes = layout.bytes(size);
    for (const [i, { entry, args: image }] of entries.entries()) {
        const row: Words<typeof PROGRAM_FIELDS> = {
            PATH: address + (paths[i] ?? 0),
            CLUSTER: entry.cluster ?? ANY,
            NODES: entry.nodes,
            THREADS: entry.threads,
            ARGS: address + (args[i] ?? 0),
            ARGS_SIZE: image.length,
            HOSTS: entry.hosts.length === 0 ? 0 : address + (hosts[i] ?? 0),
            HOSTS_COUNT: entry.hosts.length,
        };
        writeWords(bytes.subarray(table + i * PROGRAM_ENTRY.size), PROGRAM_ENTRY, row);
    }
    const info = bootInfo(config, kernel, {
        initrd: address + initrd,
        initrdSize: archive.bytes.length,
        table: address + table,
        end: bank - size,
        mutant,
    });
    const image = kernel.segments.map((segment) => ({ address: segment.address, bytes: segment.bytes }));
    return { address, bytes, segments: [{ address: BOOT_INFO_LOCAL, bytes: info }, ...image] };
}

/** The name of a program in the kernel's tree: its path, if a path may be that long; else a short one. */
function fileName(path: string, index: number): string {
    const parts = path.split("/").map((part) => new TextEncoder().encode(part).length);
    const fits = new TextEncoder().encode(path).length < PATH_BYTES && parts.every((length) => length < NAME_BYTES);
    return fits ? path : `${index}:program`;
}

/** Places blocks one after another, each 16-byte aligned. */
class Layout {
    size = 0;
    readonly #parts: { at: number; bytes: Uint8Array }[] = [];

    place(bytes: Uint8Array): number {
        const at = this.size;
        this.#parts.push({ at, bytes });
        this.size = (at + bytes.length + 15) & ~15;
        return at;
    }

    bytes(size: number): Uint8Array {
        const whole = new Uint8Array(size);
        for (const { at, bytes } of this.#parts) whole.set(bytes, at);
        return whole;
    }
}

/** The content of the args vseg: argc, argv[0..argc-1], NULL, then the strings (vmm-policy 6.1). */
function argsImage(path: string, args: readonly string[], limit: number): Uint8Array {
    const strings = [path, ...args].map((text) => new TextEncoder().encode(`${text}\0`));
    const table = (strings.length + 2) * 8;
    const total = table + strings.reduce((sum, { length }) => sum + length, 0);
    if (total > limit) {
        throw new CommandError(
            "usage",
            `program ${path}: its arguments take ${total} bytes; must be at most ${limit} (kernel.vspaceArgsSize)`,
        );
    }
    const bytes = new Uint8Array(total);
    const view = new DataView(bytes.buffer);
    view.setBigUint64(0, BigInt(strings.length), true);
    let at = table;
    for (const [i, text] of strings.entries()) {
        view.setBigUint64((i + 1) * 8, BigInt(ARGS_VADDR + at), true);
        bytes.set(text, at);
        at += text.length;
    }
    return bytes;
}

/** The clusters of a group's nodes, u64 each. */
function hostsImage(hosts: readonly number[]): Uint8Array {
    return new Uint8Array(BigUint64Array.from(hosts, BigInt).buffer);
}

interface Places {
    readonly initrd: number;
    readonly initrdSize: number;
    readonly table: number;
    readonly end: number;
    readonly mutant: number;
}

/** The smallest prime above n (vmm-policy 9). */
function primeAbove(n: number): number {
    for (let candidate = n + 1; ; candidate++) {
        let divisor = 2;
        while (divisor * divisor <= candidate && candidate % divisor !== 0) divisor++;
        if (divisor * divisor > candidate) return candidate;
    }
}

function bootInfo(config: Config, kernel: Image, places: Places): Uint8Array {
    const { machine, kernel: limits } = config;
    const [meshX, meshY] = machine.mesh;
    const topology = topologyOf(config);
    const words: Words<typeof BOOT_INFO_FIELDS> = {
        MAGIC: BOOT_MAGIC,
        CLUSTERS: meshX * meshY,
        MESH_X: meshX,
        MESH_Y: meshY,
        HARTS_PER_CLUSTER: machine.hartsPerCluster,
        BANK_SHIFT: Math.log2(machine.bankSize),
        IMAGE_END: imageEnd(kernel),
        INITRD: places.initrd,
        INITRD_SIZE: places.initrdSize,
        STACK_SIZE: limits.vspaceStackSize,
        THREADS_MAX: limits.pthreadMaxNr,
        TIME_SLICE: Math.max(1, Math.floor(limits.timeSliceCycles / machine.timebaseDivider)),
        PROGRAMS: config.programs.length,
        PROGRAM_TABLE: places.table,
        BOOT_BANK_END: places.end,
        ...switchWords(limits),
        HOME_PRIME: primeAbove(64 * topology.memory.length),
        MUTANT: places.mutant,
        CHECK_STACKS: limits.checkStacks ? 1 : 0,
        ARGS_SIZE: limits.vspaceArgsSize,
        ENVS_SIZE: limits.vspaceEnvsSize,
        SEED: config.seed,
        TIMEBASE_DIVIDER: machine.timebaseDivider,
        DSM_PREFETCH: limits.dsmPrefetch,
        RPC_JITTER: limits.rpcJitter,
        MEMORY_COUNT: topology.memory.length,
        INSTANCE_COUNT: topology.instances.length,
    };
    const bytes = new Uint8Array(BOOT_INFO.size);
    writeWords(bytes, BOOT_INFO, words);
    writeTopology(bytes, topology);
    return bytes;
}

function switchWords(values: Config["kernel"]): Readonly<Record<SwitchField, number>> {
    const words = switchRows().flatMap(([name, { field }]) =>
        field === undefined ? [] : [[field, switchNumber(name, values[name])]],
    );
    return Object.fromEntries(words);
}
