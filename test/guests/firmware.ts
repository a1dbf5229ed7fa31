/** OpenSBI and U-Boot as Debian ships them: of the release of the host's tests, and of the next. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { ImageFile } from "../../boot/system/guest-images.ts";
import { NEXT_RELEASE } from "./linux-files.ts";
import { unpacked } from "./packages.ts";

const RELEASE = "bookworm";

export const FIRMWARE = [
    { release: RELEASE, architecture: "amd64" },
    { release: NEXT_RELEASE, architecture: "riscv64" },
].map((source) => ({ ...source, root: unpacked({ ...source, packages: ["opensbi", "u-boot-qemu"] }) }));

/** Such as "fw_dynamic.elf". */
export function openSbi(root: string, name: string): ImageFile {
    return { file: name, bytes: readFileSync(join(root, "usr/lib/riscv64-linux-gnu/opensbi/generic", name)) };
}

/** The one for S mode, a raw image. */
export function uBoot(root: string): ImageFile {
    return { file: "u-boot.bin", bytes: readFileSync(join(root, "usr/lib/u-boot/qemu-riscv64_smode/u-boot.bin")) };
}
