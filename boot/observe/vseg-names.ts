/** Names of the vseg types that probe records carry as numbers (kernel/abi/vseg-type.ts). */

import * as vseg from "../../kernel/abi/vseg-type.ts";
import type { VsegType } from "../report/report.ts";

const NAMES: Readonly<Record<number, VsegType>> = {
    [vseg.VSEG_CODE]: "CODE",
    [vseg.VSEG_DATA]: "DATA",
    [vseg.VSEG_STACK]: "STACK",
    [vseg.VSEG_HEAP]: "HEAP",
    [vseg.VSEG_REMOTE]: "REMOTE",
    [vseg.VSEG_FILE]: "FILE",
    [vseg.VSEG_DSM]: "DSM",
};

/** Undefined for a frame that the kernel uses itself. */
export function vsegTypeOf(type: number): VsegType | undefined {
    return NAMES[type];
}
