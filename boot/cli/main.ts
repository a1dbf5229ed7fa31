/** The process `archipel`: runs its command line. Also the entry of the bundle (boot/dev/pack.ts). */

import { setFlagsFromString } from "node:v8";
import { interruption } from "../interruption.ts";

// Before the rest is loaded: a signal that comes meanwhile ends the process like any later one.
interruption.install();
enableRelaxedSimd();
const { runCommandLine } = await import("./command-line.ts");
const { describeFailure } = await import("./failure.ts");
const { EXITS } = await import("../report/exit-codes.ts");
const { printErrors, processStreams } = await import("./output.ts");

const streams = processStreams();
// What no caller could catch, such as an error in an event of Node's.
process.on("uncaughtException", (error) => {
    const { exit, lines } = describeFailure(error);
    printErrors(streams, lines);
    process.exit(EXITS[exit].code);
});
process.exitCode = await runCommandLine(process.argv.slice(2), streams);

/** Later ones have it by themselves. Multiply-adds of guests rest on it (emu/engine/jit/relaxed-madd.ts). */
function enableRelaxedSimd(): void {
    if (Number(process.versions.node.split(".")[0]) < 22) setFlagsFromString("--experimental-wasm-relaxed-simd");
}
