/** Debian's Linux for riscv64 with an initial RAM disk made for a test: busybox, numactl, modules, and a script to begin with. */

import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import type { GuestFiles } from "../../boot/system/bare-machine.ts";
import { type ArchiveEntry, archive } from "./archive.ts";
import { findFile, unpacked } from "./packages.ts";

/** The release after that of the host's tests: bookworm has no riscv64. */
export const NEXT_RELEASE = "trixie";

export const linux = unpacked({
    release: NEXT_RELEASE,
    architecture: "riscv64",
    packages: ["linux-image-riscv64", "busybox-static", "numactl", "libnuma1", "libc6"],
    dependencies: [{ of: "linux-image-riscv64", prefix: "linux-image-" }],
});
export const hasXz = spawnSync("xz", ["--version"]).status === 0;

/** In the order in which they need each other. */
const MODULES = [
    "crc16",
    "crc32c_generic",
    "libcrc32c",
    "mbcache",
    "jbd2",
    "ext4",
    "virtio_mmio",
    "virtio_blk",
    "virtio-rng",
];
const LOADER = "ld-linux-riscv64-lp64d.so.1";
const MOST_MODULE_BYTES = 2 ** 26;

const BEGIN = `#!/bin/sh
/bin/busybox mkdir -p /proc /sys /tmp /mnt
/bin/busybox --install -s /bin
mount -t proc none /proc
mount -t sysfs none /sys
mount -t devtmpfs none /dev
`;
/** Lines of a script that load what disks need. */
export const INSERT_MODULES = MODULES.map((name) => `insmod /modules/${name}.ko`).join("\n");

function linuxRoot(): string {
    if (linux === undefined) throw new Error("Linux is not there");
    return linux;
}

export function busybox(): Uint8Array {
    return readFileSync(findFile(linuxRoot(), "busybox"));
}

type LinuxFiles = Pick<GuestFiles, "kernel" | "initrd" | "append">;

/** The kernel, and a disk whose /init is the script. */
export function linuxFiles(script: string, withModules = false): LinuxFiles {
    const root = linuxRoot();
    const library = (name: string, file = name): ArchiveEntry => ({
        name: `lib/${name}`,
        content: readFileSync(findFile(root, file)),
    });
    const entries: ArchiveEntry[] = [
        { name: "bin/busybox", content: busybox() },
        { name: "bin/sh", target: "busybox" },
        { name: "dev/console", device: [5, 1] },
        { name: "bin/numactl", content: readFileSync(findFile(root, "numactl")) },
        ...[library(LOADER), library("libc.so.6"), library("libnuma.so.1", "libnuma.so.1.0.0")],
        ...(withModules ? MODULES.map(module) : []),
        { name: "init", content: `${BEGIN}${script}\n` },
    ];
    return linuxWith(entries);
}

/** The kernel, and a disk whose /init is this static program. */
export function linuxProgram(init: Uint8Array): LinuxFiles {
    return linuxWith([
        { name: "dev/console", device: [5, 1] },
        { name: "init", content: init },
    ]);
}

function linuxWith(entries: readonly ArchiveEntry[]): LinuxFiles {
    const root = linuxRoot();
    const kernel = findFile(root, kernelName(root));
    return {
        kernel: { file: "vmlinux", bytes: readFileSync(kernel) },
        initrd: { file: "initrd", bytes: archive(entries) },
        append: "console=ttyS0 quiet",
    };
}

function module(name: string): ArchiveEntry {
    const file = findFile(linuxRoot(), `${name}.ko.xz`);
    const { stdout } = spawnSync("xz", ["-dc", file], { maxBuffer: MOST_MODULE_BYTES });
    return { name: `modules/${name}.ko`, content: stdout };
}

function kernelName(root: string): string {
    const found = spawnSync("find", [root, "-name", "vmlinu[xz]-*", "-printf", "%f\n"], { encoding: "utf8" });
    return found.stdout.split("\n")[0] ?? "";
}
