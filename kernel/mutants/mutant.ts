// Bugs on purpose test the checks that should find them (boot/audit). The patches of this folder plant them in the text of a build of its
// own (boot/build/mutants.ts). boot_info chooses one bug of policy.ts, observed.ts or rules.ts.

import { BI_MUTANT } from "../abi/boot-info";
import { boot_info } from "../hal/platform";

// biome-ignore lint/complexity/noStaticOnlyClass: asc inlines members only
export class Mutant {
    @inline
    static on(id: u32): bool {
        return <u32>boot_info(BI_MUTANT) == id;
    }
}
