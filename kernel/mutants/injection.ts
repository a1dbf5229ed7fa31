// Makes a failure or a delay by its number (injections.ts), in the build with mutants.
import { BI_MUTANT } from "../abi/boot-info";
import { BOOT_INFO_LOCAL } from "../abi/memory-map";
import { pause } from "../hal/hal";
import { INJECT_DELAY, INJECT_FAILURE } from "./injections";
import { Mutant } from "./mutant";

/** The turns of a delay: enough for other harts to end any piece of work. */
const TURNS: u32 = 64;

/** Counts one event of this cluster. Returns true when the event is the chosen one. */
function injection_is_due(): bool {
    return atomic.sub<u32>(<usize>BOOT_INFO_LOCAL + <usize>BI_MUTANT + 4, 1) == 1;
}

function injection_delay(): void {
    if (!injection_is_due()) return;
    for (let turns: u32 = 0; turns < TURNS; turns++) pause();
}

// biome-ignore lint/complexity/noStaticOnlyClass: as of Mutant
export class Injection {
    /** True for the allocation that is to fail. */
    @inline
    static fails(): bool {
        return Mutant.on(INJECT_FAILURE) ? injection_is_due() : false;
    }

    /** Delays in the gap before a lock is taken. */
    @inline
    static delays(): void {
        if (Mutant.on(INJECT_DELAY)) injection_delay();
    }
}
