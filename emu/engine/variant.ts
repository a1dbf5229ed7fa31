/** The one description of an engine's variant: the code that it has beside the instructions themselves. */

/** The features that an engine is made with. emu/host/wiring.ts takes them from the machine's options. */
export interface Variant {
    /** True when a turn may end after any instruction (schedulers "instruction" and "conflicts"). */
    readonly stepping: boolean;
    readonly accounting: boolean;
    readonly latency: boolean;
    /** True when the host watches the kernel's work (emu/host/watch.ts). */
    readonly watched: boolean;
    /** True when words have notes of the hart that accessed them last (scheduler "conflicts"). */
    readonly conflicts: boolean;
    /** log2 of the bytes of a line with fidelity "timing", else 0. */
    readonly lineShift: number;
    /** True when harts have store buffers (docs/spec/memory-model.md). */
    readonly buffered: boolean;
    /** True when the host looks at instructions one by one (emu/host/looks.ts). */
    readonly looked: boolean;
    /** True when hot places are compiled (emu/engine/jit). */
    readonly jit: boolean;
}

/** Equal for variants that have the same code. */
export function variantKey(variant: Variant): string {
    const { stepping, accounting, latency, watched, conflicts, lineShift, buffered, looked, jit } =
        variant satisfies Required<Variant>;
    return [stepping, accounting, latency, watched, conflicts, lineShift, buffered, looked, jit].join(" ");
}
