/** The machine of `boot --elf`, from its file. */

import { readFileSync } from "node:fs";
import { readFailure } from "../../configs/load.ts";
import { compileCore } from "../build/core.ts";
import { CommandError } from "../report/exit-codes.ts";
import { makeBareMachine } from "../system/bare-machine.ts";
import type { MakeBareMachine } from "./run-elf.ts";

export const loadBareMachine: MakeBareMachine = async (request, onByte) => {
    const { file } = request;
    let bytes: Uint8Array;
    try {
        bytes = readFileSync(file);
    } catch (error) {
        throw new CommandError("input", `${file}: cannot be read: ${readFailure(error)}`);
    }
    return makeBareMachine({ ...request, bytes }, await compileCore(), onByte);
};
