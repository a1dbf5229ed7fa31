/** The machine of `boot --elf`, from its files. */

import { readFileSync } from "node:fs";
import { readFailure } from "../../configs/load.ts";
import { compileCore } from "../build/core.ts";
import { CommandError } from "../report/exit-codes.ts";
import { makeBareMachine } from "../system/bare-machine.ts";
import type { ImageFile } from "../system/guest-images.ts";
import { openDrive } from "./drive-image.ts";
import type { MakeBareMachine } from "./run-elf.ts";

export const loadBareMachine: MakeBareMachine = async (request, onByte) => {
    const { file, kernel, initrd, append, dtb, loads = [], drives = [], semihosting = false } = request;
    const guest = {
        firmware: readGuestFile(file),
        kernel: readIfGiven(kernel),
        initrd: readIfGiven(initrd),
        append,
        loads: loads.map(({ file, address }) => ({ ...readGuestFile(file), address })),
        drives: drives.map(openDrive),
        semihosting,
        deviceTree: readIfGiven(dtb),
    };
    return makeBareMachine({ ...request, guest }, await compileCore(), onByte);
};

function readIfGiven(file: string | undefined): ImageFile | undefined {
    return file === undefined ? undefined : readGuestFile(file);
}

/** Throws CommandError("input"). */
export function readGuestFile(file: string): ImageFile {
    try {
        return { file, bytes: readFileSync(file) };
    } catch (error) {
        throw new CommandError("input", `${file}: cannot be read: ${readFailure(error)}`);
    }
}
