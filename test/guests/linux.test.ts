/** Debian's Linux boots to a shell, sees the mesh as NUMA nodes, and keeps files on a disk. At night more of it. */

import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type DriveMode, openDrive } from "../../boot/cli/drive-image.ts";
import type { BareShape } from "../../boot/system/bare-machine.ts";
import { FIRMWARE, openSbi } from "./firmware.ts";
import { busybox, hasXz, INSERT_MODULES, linux, linuxFiles } from "./linux-files.ts";
import { runStock, type Typing } from "./stock.ts";

const NIGHTLY = process.env["ARCHIPEL_NIGHTLY"] !== undefined;
const root = FIRMWARE[0]?.root;
const hasMkfs = spawnSync("mkfs.ext4", ["-V"]).status === 0;
const MIB = 2 ** 20;
const SHELL = "echo INIT\nexec sh";
/** The serial driver throws away what is in its FIFO when it starts, so typing begins with an empty line. */
const typed = (...lines: string[]): Typing[] => [{ after: "INIT\n", text: `\n${lines.join("\n")}\npoweroff -f\n` }];

interface Disk {
    readonly file: string;
    readonly mode: DriveMode;
}

function boot(shape: BareShape, script: string, typing: Typing[] = [], disk?: Disk) {
    if (root === undefined) throw new Error("OpenSBI is not there");
    const files = linuxFiles(script, disk !== undefined);
    const drives = disk === undefined ? [] : [openDrive(disk)];
    return runStock(shape, { firmware: openSbi(root, "fw_dynamic.elf"), ...files, drives }, typing);
}

describe.skipIf(linux === undefined || root === undefined)("Linux", () => {
    it("comes to a shell on one hart", async () => {
        const lines = ["echo six times seven is $((6 * 7))", "nproc", "date +%Y", "cat /proc/cmdline"];
        const { out, end } = await boot({ mesh: [1, 1], harts: 1, memory: 512 * MIB }, SHELL, typed(...lines));
        expect(out).toContain("\nsix times seven is 42\n");
        expect(out).toContain("\nconsole=ttyS0 quiet\n");
        expect(out).toMatch(/# nproc\n1\n.*# date \+%Y\n2026\n/s);
        expect(end).toBe("exit 0");
    });

    it.runIf(NIGHTLY)("comes to a shell on four harts, and runs on all of them", async () => {
        const everywhere = "for i in 0 1 2 3; do taskset $((1 << i)) sh -c 'cut -d\" \" -f39 /proc/self/stat'; done";
        const { out, end } = await boot(
            { mesh: [1, 1], harts: 4, memory: 512 * MIB },
            SHELL,
            typed("nproc", everywhere),
        );
        expect(out).toMatch(/# nproc\n4\n/);
        expect(out).toMatch(/\n0\n1\n2\n3\n/);
        expect(end).toBe("exit 0");
    });

    it("sees 2 x 2 clusters as four nodes, with our distances", async () => {
        const script = "cat /sys/devices/system/node/node*/distance\nnumactl -H\npoweroff -f";
        const { out, end } = await boot({ mesh: [2, 2], harts: 4, memory: 1024 * MIB }, script);
        expect(out).toContain("10 11 11 12\n11 10 12 11\n11 12 10 11\n12 11 11 10\n");
        expect(out).toContain("available: 4 nodes (0-3)");
        for (const node of [0, 1, 2, 3])
            expect(out).toMatch(new RegExp(`node ${node} cpus: ${node}\nnode ${node} size: 2\\d\\d MB`));
        expect(out).toMatch(/node +0 +1 +2 +3 *\n +0: +10 +11 +11 +12/);
        expect(end).toBe("exit 0");
    });
});

describe.runIf(NIGHTLY && linux !== undefined && root !== undefined && hasXz && hasMkfs)("Linux with a disk", () => {
    let folder = "";
    beforeAll(() => {
        folder = mkdtempSync(join(tmpdir(), "archipel-linux-"));
    });
    afterAll(() => rmSync(folder, { recursive: true }));

    const SHAPE = { mesh: [1, 1] as const, harts: 1, memory: 512 * MIB };

    function ext4(name: string, content?: string): string {
        const file = join(folder, name);
        writeFileSync(file, "");
        truncateSync(file, 48 * MIB);
        execFileSync("mkfs.ext4", ["-q", ...(content === undefined ? [] : ["-d", content]), file]);
        return file;
    }

    it("writes 16 MiB, and reads them back after a second boot", async () => {
        const file = ext4("data.img");
        const write = `head -c 1048576 /dev/hwrng > /tmp/a
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do cat /tmp/a; done > /mnt/data`;
        const script = (act: string) =>
            `${INSERT_MODULES}\nmount -t ext4 /dev/vda /mnt\n${act}\nsync\nmd5sum /mnt/data\numount /mnt\npoweroff -f`;
        const first = await boot(SHAPE, script(write), [], { file, mode: "write" });
        const [sum] = /[0-9a-f]{32}(?= {2}\/mnt\/data)/.exec(first.out) ?? [];
        expect([sum, first.end]).toEqual([expect.any(String), "exit 0"]);
        const second = await boot(SHAPE, script("wc -c /mnt/data"), [], { file, mode: "overlay" });
        expect(second.out).toContain("16777216 /mnt/data\n");
        expect(second.out).toContain(`${sum}  /mnt/data\n`);
    });

    it("has its root on the disk", async () => {
        const content = join(folder, "root");
        for (const each of ["bin", "sbin", "proc", "dev"]) mkdirSync(join(content, each), { recursive: true });
        writeFileSync(join(content, "bin/busybox"), busybox(), { mode: 0o755 });
        const init = "#!/bin/busybox sh\n/bin/busybox mount -t proc none /proc\n/bin/busybox grep vda /proc/mounts\n";
        writeFileSync(join(content, "sbin/init"), `${init}echo ROOT\n/bin/busybox poweroff -f\n`, { mode: 0o755 });
        const script = `${INSERT_MODULES}\nmount -t ext4 /dev/vda /mnt\nmount --move /dev /mnt/dev\nexec switch_root /mnt /sbin/init`;
        const { out, end } = await boot(SHAPE, script, [], { file: ext4("root.img", content), mode: "overlay" });
        expect(out).toMatch(/\/dev\/vda \/ ext4 .*\nROOT\n/);
        expect(end).toBe("exit 0");
    });
});
