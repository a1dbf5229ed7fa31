/** A program on QEMU's virt machine, an instruction at a time: its log has the hart before each. */

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { HUNG_MS } from "../../limits.ts";
import { RAM } from "../engine/guest.ts";
import { COMPARED_CSRS, type Step } from "./lockstep.ts";

const QEMU = "qemu-system-riscv64";
/** Undefined where it is not installed. */
export const QEMU_VERSION = /version (\S+)/.exec(
    spawnSync(QEMU, ["--version"], { encoding: "utf8" }).stdout ?? "",
)?.[1];

/** Steps from the first instruction in RAM on, at most `most`. */
export function qemuSteps(image: Uint8Array, cpu: string, most: number): Step[] {
    const folder = mkdtempSync(join(tmpdir(), "archipel-lockstep-"));
    try {
        const [file, log] = [join(folder, "program.bin"), join(folder, "log")];
        writeFileSync(file, image);
        const quiet = ["-display", "none", "-serial", "null", "-monitor", "none"];
        const steps = ["-singlestep", "-d", "nochain,cpu,fpu", "-D", log];
        const options = ["-M", "virt", "-cpu", cpu, ...quiet, "-bios", file, ...steps];
        // A guest that goes wrong would fill the disk. What ends with the limit of a file's size is a program of more steps.
        const blocks = Math.ceil(((most + RESET_STEPS) * STEP_BYTES) / 512);
        const limited = ["-c", `ulimit -c 0; ulimit -f ${blocks}; exec "$0" "$@"`, QEMU, ...options];
        const { status, signal } = spawnSync("sh", limited, { timeout: HUNG_MS, input: "" });
        if (status !== 0 && signal !== "SIGXFSZ") throw new Error(`QEMU ended with ${status ?? signal}`);
        return stepsOf(readFileSync(log), most);
    } finally {
        rmSync(folder, { recursive: true });
    }
}

/** Of the reset ROM, and of a state in the log, at most. */
const RESET_STEPS = 10;
const STEP_BYTES = 4096;

const NAMED = / (\S+) +([0-9a-f]{16})(?= |\n|$)/g;

/** Each state of the log begins with the line of its pc. The reset ROM's are left out. */
function stepsOf(log: Buffer, most: number): Step[] {
    const steps: Step[] = [];
    const begins = " pc       ";
    let at = log.indexOf(begins);
    while (at >= 0 && steps.length < most) {
        const next = log.indexOf(begins, at + begins.length);
        const pc = BigInt(`0x${log.toString("latin1", at + begins.length, at + begins.length + 16)}`);
        // The last may be cut.
        if (next >= 0 && (steps.length > 0 || pc >= BigInt(RAM)))
            steps.push(stepOf(log.toString("latin1", at, next < 0 ? log.length : next)));
        at = next;
    }
    return steps;
}

function stepOf(text: string): Step {
    const values = new Map<string, bigint>();
    for (const [, name = "", digits = ""] of text.matchAll(NAMED))
        values.set(name.replace(/\/.*/, ""), BigInt(`0x${digits}`));
    const value = (name: string) => {
        const found = values.get(name);
        if (found === undefined) throw new Error(`QEMU's log has no ${name}: ${text}`);
        return found;
    };
    const numbers = Array.from({ length: 32 }, (_, i) => i);
    return {
        pc: value("pc"),
        x: numbers.map((i) => value(`x${i}`)),
        f: numbers.map((i) => value(`f${i}`)),
        csrs: COMPARED_CSRS.map(value),
    };
}
