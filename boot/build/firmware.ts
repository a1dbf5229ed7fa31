/**
 * The firmware's image: boot/build/firmware.S, linked where its ROM lies (docs/kernel.md, "Start"). boot/system/rom.ts puts the kernel
 * behind it.
 */

import { readFileSync } from "node:fs";
import { ROM_BASE } from "../../kernel/abi/memory-map.ts";
import { assemble } from "../../toolchain/asm/assemble.ts";
import type { Image } from "../../toolchain/link/image.ts";
import { link } from "../../toolchain/link/link.ts";
import { packageFile } from "../package-root.ts";
import { packedValue } from "./packed.ts";

const SOURCE = "boot/build/firmware.S";
const LAYOUT = "boot/build/layout.S";
const READ_EXECUTE = { read: true, write: false, execute: true };

export function buildFirmware(): Image {
    const packed = packedValue("firmware");
    if (packed !== undefined) return packed as Image;
    const read = (file: string) => readFileSync(packageFile(file), "utf8");
    const include = (file: string) => (file === LAYOUT ? read(file) : undefined);
    const object = assemble(read(SOURCE), SOURCE, { rvc: true, include });
    const segments = [{ name: "rom", address: ROM_BASE, sections: [".text"], flags: READ_EXECUTE }];
    return link([object], { entry: "reset", segments });
}
