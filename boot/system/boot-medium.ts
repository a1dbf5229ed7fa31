/**
 * The bytes that the host leaves in memory before reset. At the end of the boot cluster's bank lie the initrd, the program table, paths,
 * arguments and environments. In ROM lie the firmware, the kernel image and boot_info (kernel/abi/boot-info.ts).
 */

import type { Config } from "../../configs/schema/config.ts";
import { type SwitchField, switchNumber, switchRows } from "../../configs/switches.ts";
import { topologyOf } from "../../configs/topology.ts";
import { BOOT_MAGIC } from "../../kernel/abi/boot-info.ts";
import { ARGS_VADDR, BANK_BASE, BOOT_INFO_LOCAL, PAGE_SIZE, WINDOW_BASE } from "../../kernel/abi/memory-map.ts";
import type { Image } from "../../toolchain/link/image.ts";
import { BOOT_INFO, type BOOT_INFO_FIELDS, PROGRAM_ENTRY, type PROGRAM_FIELDS } from "../abi/boot-info.ts";
import { type Words, writeWords } from "../abi/words.ts";
import { CommandError } from "../report/exit-codes.ts";
import type { Artifacts } from "./artifacts.ts";
import { writeCpio } from "./cpio.ts";
import { FileTree, isRoot } from "./file-tree.ts";
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

/**
 * Throws CommandError("input") when the programs do not fit into the boot cluster's bank, and CommandError("usage") for arguments, an
 * environment or a working directory that they cannot have.
 */
export function makeBootMedium(config: Config, artifacts: Artifacts, mutant = 0): BootMedium {
    const { kernel } = artifacts;
    const bank = config.machine.bankSize;
    const entries = config.programs.map((entry) => ({
        entry,
        args: argsImage(entry.path, entry.args, config.kernel.vspaceArgsSize),
        envs: envsImage(entry.path, entry.env, config.kernel),
    }));
    const tree = new FileTree(artifacts);
    for (const [i, { cwd }] of config.programs.entries()) tree.checkDirectory(cwd, `/programs/${i}/cwd`);
    const archive = writeCpio(tree.files);
    const layout = new Layout();
    const initrd = layout.place(archive.bytes);
    const placeText = (text: string | undefined) => layout.place(new TextEncoder().encode(`${text}\0`));
    const paths = entries.map(({ entry }) => placeText(tree.programs.get(entry.path)));
    const args = entries.map((each) => layout.place(each.args));
    const hosts = entries.map(({ entry }) => (entry.hosts.length === 0 ? 0 : layout.place(hostsImage(entry.hosts))));
    const envs = entries.map((each) => layout.place(each.envs));
    const cwds = entries.map(({ entry: { cwd } }) => (isRoot(cwd) ? undefined : placeText(cwd)));
    const stdins = entries.map(({ entry: { stdin } }) =>
        stdin === undefined ? undefined : placeText(tree.inputs.get(stdin)),
    );
    const table = layout.place(new Uint8Array(Math.max(entries.length, 1) * PROGRAM_ENTRY.size));
    const size = Math.ceil(layout.size / PAGE_SIZE) * PAGE_SIZE;
    const room = bank - (imageEnd(kernel) - WINDOW_BASE) - LEAST_FREE;
    if (size > room) {
        const text = `the programs take ${size} bytes, the boot cluster's bank has room for ${Math.max(room, 0)}`;
        throw new CommandError("input", `${text}; make /machine/bankSize larger`);
    }
    const address = BANK_BASE + bank - size;
    const bytes = layout.bytes(size);
    const at = (place: number | undefined) => (place === undefined ? 0 : address + place);
    for (const [i, { entry, args: image, envs: envsBytes }] of entries.entries()) {
        const row: Words<typeof PROGRAM_FIELDS> = {
            PATH: address + (paths[i] ?? 0),
            CLUSTER: entry.cluster ?? ANY,
            NODES: entry.nodes,
            THREADS: entry.threads,
            ARGS: address + (args[i] ?? 0),
            ARGS_SIZE: image.length,
            HOSTS: entry.hosts.length === 0 ? 0 : address + (hosts[i] ?? 0),
            HOSTS_COUNT: entry.hosts.length,
            ENVS: at(envs[i]),
            ENVS_SIZE: envsBytes.length,
            CWD: at(cwds[i]),
            STDIN: at(stdins[i]),
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
    const bytes = stringsImage([path, ...args], ARGS_VADDR, 8);
    new DataView(bytes.buffer).setBigUint64(0, BigInt(args.length + 1), true);
    checkImage(bytes, limit, `program ${path}: its arguments take`, "kernel.vspaceArgsSize");
    return bytes;
}

/** The content of the envs vseg: envp[], NULL, then the strings; no bytes without an environment. */
function envsImage(path: string, env: Readonly<Record<string, string>>, limits: Config["kernel"]): Uint8Array {
    const strings = Object.entries(env).map(([name, text]) => `${name}=${text}`);
    if (strings.length === 0) return new Uint8Array();
    const bytes = stringsImage(strings, ARGS_VADDR + limits.vspaceArgsSize, 0);
    checkImage(bytes, limits.vspaceEnvsSize, `program ${path}: its environment takes`, "kernel.vspaceEnvsSize");
    return bytes;
}

function checkImage({ length }: Uint8Array, limit: number, what: string, field: string): void {
    if (length > limit) throw new CommandError("usage", `${what} ${length} bytes; must be at most ${limit} (${field})`);
}

/** From `from` on, behind which other words may stand: pointers to the strings for an image at `vaddr`, NULL, and the strings. */
function stringsImage(texts: readonly string[], vaddr: number, from: number): Uint8Array {
    const strings = texts.map((text) => new TextEncoder().encode(`${text}\0`));
    const table = from + (strings.length + 1) * 8;
    const bytes = new Uint8Array(table + strings.reduce((sum, { length }) => sum + length, 0));
    const view = new DataView(bytes.buffer);
    let at = table;
    for (const [i, text] of strings.entries()) {
        view.setBigUint64(from + i * 8, BigInt(vaddr + at), true);
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
