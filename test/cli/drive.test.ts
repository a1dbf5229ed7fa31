/** The run loop between a machine and the host's bounds. */

import { expect, it } from "vitest";
import { drive, type Steppable } from "../../boot/cli/drive.ts";
import { interruption } from "../../boot/interruption.ts";
import { HUNG_SECONDS } from "../limits.ts";

it("calls onStep between steps, with growing steps, and never asks past the limit itself", async () => {
    const sizes: number[] = [];
    let notes = 0;
    const run: Steppable<{ readonly end: "halted" }> = {
        step: (instructions, limit) => {
            sizes.push(instructions);
            expect(limit).toBe(1000);
            return sizes.length < 4 ? { ended: false } : { ended: true, end: "halted" };
        },
    };
    const result = await drive(run, { maxInstructions: 1000, timeoutSeconds: HUNG_SECONDS }, () => notes++);
    expect(result).toMatchObject({ end: "halted" });
    expect(notes).toBe(3);
    expect(sizes).toEqual([...sizes].sort((a, b) => a - b));
});

it("a machine that ends in its last step before the timeout has ended, not timed out", async () => {
    const run = { step: () => ({ ended: true as const, end: "halted" as const }) };
    expect(await drive(run, { maxInstructions: 1, timeoutSeconds: 0 }, () => {})).toMatchObject({ end: "halted" });
});

it("an error of the machine passes through and leaves nobody whom a signal would ask", async () => {
    const run = {
        step: (): { ended: false } => {
            throw new Error("bug");
        },
    };
    await expect(drive(run, { maxInstructions: 1, timeoutSeconds: HUNG_SECONDS }, () => {})).rejects.toThrow("bug");
    expect(interruption.requested).toBe(false);
});

it("a signal ends the run between two steps", async () => {
    let steps = 0;
    const run = {
        step: (): { ended: false } => {
            if (++steps === 3) interruption.request();
            return { ended: false };
        },
    };
    const result = await drive(run, { maxInstructions: 1, timeoutSeconds: HUNG_SECONDS }, () => {});
    expect([result, steps]).toEqual([{ end: "interrupted", message: "interrupted" }, 3]);
    expect(interruption.requested).toBe(false);
});

it("work that begins within work that a signal has asked to end has been asked, too", async () => {
    const outer = interruption.watch();
    interruption.request();
    const run = { step: () => ({ ended: false as const }) };
    expect(await drive(run, { maxInstructions: 1, timeoutSeconds: HUNG_SECONDS }, () => {})).toMatchObject({
        end: "interrupted",
    });
    outer.release();
    expect(interruption.requested).toBe(false);
});
