/** The one description of an engine's variant: what its code has beside the instructions themselves. */

/** What an engine is made for; emu/host/wiring.ts has it from the machine's options. */
export interface Variant {
    /** A turn may end after any instruction (schedulers "instruction" and "conflicts"). */
    readonly stepping: boolean;
    readonly accounting: boolean;
    readonly latency: boolean;
    /** The host watches what the kernel does (emu/host/watch.ts). */
    readonly watched: boolean;
    /** Words have notes of who accessed them last (scheduler "conflicts"). */
    readonly conflicts: boolean;
}

/** Equal for variants whose code is the same. */
export function variantKey(variant: Variant): string {
    const { stepping, accounting, latency, watched, conflicts } = variant satisfies Required<Variant>;
    return [stepping, accounting, latency, watched, conflicts].join(" ");
}
