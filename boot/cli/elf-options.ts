/** The options of `boot --elf`: a stock guest's files, and the shape of its machine. */

import { machineMemory } from "../../configs/memory.ts";
import { MAX_HARTS } from "../../configs/schema/machine.ts";
import { formatSize } from "../../configs/size.ts";
import { MOST_DRIVES } from "../../emu/host/machine-options.ts";
import { CommandError } from "../report/exit-codes.ts";
import type { BareShape } from "../system/bare-machine.ts";
import type { DrivePath } from "./drive-image.ts";
import type { Option, Values } from "./options.ts";
import { checkWritable } from "./output.ts";
import type { GuestPaths } from "./run-elf.ts";

/** Those that only `boot --elf` has. */
export const ELF_OPTIONS: readonly Option[] = [
    {
        name: "kernel",
        alias: "-kernel",
        value: "FILE",
        help: "with --elf: what the firmware starts, an ELF or a raw image at the next 2MiB behind the firmware",
    },
    { name: "initrd", alias: "-initrd", value: "FILE", help: "with --elf: the initial RAM disk of the kernel" },
    { name: "append", alias: "-append", value: "TEXT", help: "with --elf: the kernel's command line" },
    {
        name: "drive",
        value: "FILE[,readonly|,write]",
        repeatable: true,
        help: "with --elf: a disk (virtio-blk) with this content; the guest's writes end with the run, or reach FILE with ,write",
    },
    { name: "load", value: "FILE@ADDR", repeatable: true, help: "with --elf: the file's bytes at this address of RAM" },
    { name: "semihosting", help: "with --elf: the guest may write to the console and end the run by semihosting" },
    { name: "dtb", value: "FILE", help: "with --elf: this device tree in a1, instead of the machine's own" },
    { name: "dump-dtb", value: "FILE", help: "with --elf: write the device tree, and run nothing" },
    { name: "harts", alias: "-smp", value: "N", help: "with --elf: harts of the machine (default: one a cluster)" },
    {
        name: "clusters",
        value: "XxY",
        default: "1x1",
        help: "with --elf: the mesh; harts and memory are shared out evenly",
    },
    {
        name: "memory",
        alias: "-m",
        aliasUnit: "MiB",
        value: "SIZE",
        default: "128MiB",
        help: "with --elf: RAM at 0x80000000, that of all clusters together",
    },
];

/** The files of the guest whose firmware is `file`. Throws CommandError("usage"). */
export function guestPaths(values: Values, file: string): GuestPaths {
    const [kernel, initrd, append, dtb] = ["kernel", "initrd", "append", "dtb"].map((name) => values.text(name));
    if (dtb !== undefined) {
        for (const name of ["initrd", "append"]) {
            if (values.has(name))
                throw new CommandError("usage", `--${name}: not with --dtb; write it into /chosen of ${dtb}`);
        }
    }
    const dumpDtb = values.text("dump-dtb");
    if (dumpDtb !== undefined) checkWritable("--dump-dtb", dumpDtb);
    return {
        file,
        kernel,
        initrd,
        append,
        dtb,
        dumpDtb,
        loads: values.list("load").map(loadOption),
        drives: driveOptions(values),
        semihosting: values.has("semihosting"),
    };
}

function driveOptions(values: Values): DrivePath[] {
    const drives = values.list("drive").map(driveOption);
    if (drives.length <= MOST_DRIVES) return drives;
    throw new CommandError("usage", `--drive is given ${drives.length} times; must be at most ${MOST_DRIVES}`);
}

function driveOption(text: string): DrivePath {
    const [, file = "", mode] = /^(.*?)(?:,([^,]*))?$/.exec(text) ?? [];
    if (file !== "" && mode === undefined) return { file, mode: "overlay" };
    if (file !== "" && (mode === "readonly" || mode === "write")) return { file, mode };
    const rule = "must be a file, alone or with ,readonly or ,write (e.g. disk.img,readonly)";
    throw new CommandError("usage", `--drive is ${JSON.stringify(text)}; ${rule}`);
}

/** An address in hexadecimal or decimal behind the last @: file names may have one, too. */
function loadOption(text: string): { file: string; address: number } {
    const [, file, address] = /^(.+)@(0x[0-9a-f]+|[0-9]+)$/i.exec(text) ?? [];
    if (file !== undefined && Number.isSafeInteger(Number(address))) return { file, address: Number(address) };
    const rule = "must be a file, @ and an address (e.g. data.bin@0x84000000)";
    throw new CommandError("usage", `--load is ${JSON.stringify(text)}; ${rule}`);
}

const PAGE = 4096;
const SMALLEST_RAM = 2 ** 16;
const SMALLEST_BANK = 2 ** 20;
const MOST_CLUSTERS = 256;

/** Throws CommandError("usage") for a machine that there cannot be. */
export function shapeOptions(values: Values): BareShape {
    const mesh = clustersOption(values);
    const clusters = mesh[0] * mesh[1];
    const harts = values.has("harts") ? values.number("harts", 1) : clusters;
    if (harts > MAX_HARTS) throw new CommandError("usage", `--harts is ${harts}; must be at most ${MAX_HARTS}`);
    if (harts % clusters !== 0) {
        const example = Math.ceil(harts / clusters) * clusters;
        throw new CommandError(
            "usage",
            `--harts is ${harts}; must be a multiple of ${clusters} clusters (e.g. ${example})`,
        );
    }
    const memory = values.size("memory");
    checkMemory(memory, clusters);
    const { state, fits } = machineMemory(memory, harts);
    if (!fits) {
        const room = `must leave room for the machine's state (${formatSize(state)}) in the 4GiB of one WebAssembly.Memory`;
        throw new CommandError("usage", `--memory is ${formatSize(memory)}; ${room} (e.g. 2GiB)`);
    }
    return { mesh, harts, memory };
}

function clustersOption(values: Values): [number, number] {
    const text = values.text("clusters") ?? "";
    const [, x, y] = /^([1-9][0-9]{0,2})x([1-9][0-9]{0,2})$/.exec(text) ?? [];
    if (x !== undefined && y !== undefined && Number(x) * Number(y) <= MOST_CLUSTERS) return [Number(x), Number(y)];
    const rule = `must be columns x rows, at most ${MOST_CLUSTERS} clusters (e.g. 2x2)`;
    throw new CommandError("usage", `--clusters is ${JSON.stringify(text)}; ${rule}`);
}

function checkMemory(memory: number, clusters: number): void {
    const bank = memory / clusters;
    const value = `--memory is ${formatSize(memory)}`;
    if (clusters === 1 && (memory % PAGE !== 0 || memory < SMALLEST_RAM))
        throw new CommandError("usage", `${value}; must be a multiple of 4KiB of at least 64KiB (e.g. 128MiB)`);
    if (clusters > 1 && !(bank >= SMALLEST_BANK && Number.isInteger(Math.log2(bank)))) {
        const rule = `each of ${clusters} clusters must get a power of two of at least 1MiB`;
        throw new CommandError("usage", `${value}; ${rule} (e.g. ${formatSize(clusters * 2 ** 27)})`);
    }
}
