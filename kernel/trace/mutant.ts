// Bugs on purpose, to test who should find them (boot/audit): in the build with MUTANTS defined boot_info chooses one of
// kernel/abi/mutants.ts. Everywhere else this is false while asc still reads the source, so what depends on it is not compiled.
import { BI_MUTANT } from "../abi/boot-info";
import { boot_info } from "../hal/platform";

// biome-ignore lint/complexity/noStaticOnlyClass: asc inlines members only, and only what is inlined is known while it compiles
export class Mutant {
    @inline
    static on(id: u32): bool {
        return isDefined(MUTANTS) ? <u32>boot_info(BI_MUTANT) == id : false;
    }
}
