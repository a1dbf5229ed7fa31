/** What the kernel's assembly knows of a thread (boot/abi/trap-frame.ts) is what the compiler has laid out (kernel/sched/thread.ts). */

import { describe, expect, it } from "vitest";
import { CONTEXT, FRAME, FRAME_VALUES } from "../../boot/abi/trap-frame.ts";
import { loadGuest } from "./harness/guest-module.ts";

const { layouts } = await loadGuest("system");

/** Offsets by names in upper case. */
function compiled(name: string): Record<string, number> {
    const layout = layouts.get(name);
    if (layout === undefined) throw new Error(`no class ${name}`);
    return Object.fromEntries(layout.fields.map((field) => [field.name.toUpperCase(), field.offset]));
}

describe("the thread's layout", () => {
    it("context_t is CONTEXT_* of kernel/hal/context.S, field by field", () => {
        expect(compiled("context_t")).toEqual(CONTEXT.offsets);
        expect(layouts.get("context_t")?.size).toBe(CONTEXT.size);
    });

    it("thread_t begins with its context, so that tp is the address of both", () => {
        expect(compiled("thread_t")).toMatchObject(CONTEXT.offsets);
    });

    it("the frame at the end of a block has every register and leaves the stack aligned", () => {
        expect(FRAME_VALUES.FRAME_SIZE.value).toBeGreaterThanOrEqual(FRAME.size);
        expect((FRAME_VALUES.THREAD_BLOCK_SIZE.value - FRAME_VALUES.FRAME_SIZE.value) % 16).toBe(0);
        expect(FRAME.offsets.T6 - FRAME.offsets.PC).toBe(31 * 8);
    });
});
