/** Describes a kernel panic: its message, its place, and the chain of calls with function names and source lines. */

import type { Machine } from "../../emu/machine.ts";
import type { Image } from "../../toolchain/link/image.ts";
import { Symbolizer } from "../../toolchain/link/symbolize.ts";
import { unwind } from "../../toolchain/link/unwind.ts";
import type { PanicRecord } from "./recorder.ts";

const LONGEST_MESSAGE = 200;
const [RA, SP] = [1, 2];

/** `message` is one line; `lines` are for the console. The machine stands where the panic stopped it. */
export function backtrace(machine: Machine, kernel: Image, panic: PanicRecord): { message: string; lines: string[] } {
    const hart = machine.hart(panic.hart);
    const cluster = Math.floor(panic.hart / machine.options.hartsPerCluster);
    const text = cString(machine, panic.message);
    const { trapped } = panic;
    const cause = trapped ? ` (scause ${panic.cause}, stval 0x${panic.value.toString(16)})` : "";
    const start = trapped
        ? { pc: panic.pc, sp: panic.sp, ra: panic.ra }
        : { pc: Number(hart.pc), sp: Number(hart.x(SP)), ra: Number(hart.x(RA)) };
    const read = (address: number): number | undefined => {
        try {
            const bytes = machine.readPhysical(address, 8, panic.hart);
            return Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
        } catch {
            return undefined;
        }
    };
    const symbolizer = new Symbolizer(kernel);
    const trace = unwind(kernel.frames, start, read);
    // After a wild call from assembly, which has no frames, ra still names the caller.
    const isCode = (address: number) => symbolizer.locate(address) !== undefined;
    if (trace.length === 1 && !isCode(start.pc) && isCode(start.ra - 1)) trace.push(start.ra);
    const calls = trace.map((pc, i) => `  #${i} 0x${pc.toString(16)} ${symbolizer.describe(i === 0 ? pc : pc - 1)}`);
    const message = `kernel panic: ${text}${cause}, hart ${panic.hart}, cluster ${cluster}`;
    return { message, lines: [message, ...calls] };
}

function cString(machine: Machine, address: number): string {
    const bytes = machine.readPhysical(address, LONGEST_MESSAGE);
    const end = bytes.indexOf(0);
    return new TextDecoder().decode(bytes.subarray(0, end < 0 ? bytes.length : end));
}
