// Bugs on purpose, to test who should find them (boot/audit): in the build with MUTANTS defined boot_info chooses one of
// kernel/abi/mutants.ts. Everywhere else this is false, and the compiler removes what depends on it.
import { BI_MUTANT } from "./abi/boot-info";
import { boot_info } from "./hal/platform";

export function mutant(id: u32): bool {
    if (!isDefined(MUTANTS)) return false;
    return <u32>boot_info(BI_MUTANT) == id;
}
