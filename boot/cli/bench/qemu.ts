/** The peer qemu-system-riscv64: runs a bare-metal ELF and says how long the whole process took. */

import { spawnSync } from "node:child_process";

const PROGRAM = "qemu-system-riscv64";
/** A run that takes longer is hung. */
const LIMIT_MS = 120_000;

/** Why there is no QEMU to compare with; undefined when there is one. */
export function qemuMissing(): string | undefined {
    const result = spawnSync(PROGRAM, ["--version"], { stdio: "ignore" });
    return result.status === 0 ? undefined : `${PROGRAM} is not installed (Debian: apt-get install qemu-system-misc)`;
}

/** Its options for a bare-metal ELF. */
export function qemuArguments(elf: string): string[] {
    const machine = ["-M", "virt", "-m", "128M", "-bios", "none", "-kernel", elf];
    return [...machine, "-display", "none", "-serial", "none", "-monitor", "none"];
}

/** Seconds from start to the guest's exit through the test finisher. Throws when the guest fails. */
export function qemuSeconds(elf: string): number {
    const start = performance.now();
    const result = spawnSync(PROGRAM, qemuArguments(elf), { stdio: ["ignore", "ignore", "pipe"], timeout: LIMIT_MS });
    if (result.status !== 0)
        throw new Error(`${PROGRAM} ended with ${result.status ?? result.signal}: ${result.stderr}`);
    return (performance.now() - start) / 1000;
}
