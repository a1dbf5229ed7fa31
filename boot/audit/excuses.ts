/**
 * Accesses that look broken to `--audit memory` and are right, each with its reason. This is the one place where the kernel's own
 * exceptions are named. docs/audits.md lists them.
 */

export interface Excuse {
    /** Code of this file makes the access, or the access is made for it: it is among the innermost `depth` calls. */
    readonly file: string;
    readonly depth: number;
    /** True for loads of slabs' memory only. */
    readonly slabsOnly: boolean;
    readonly loadsOnly: boolean;
    readonly why: string;
}

export type Excuses = readonly Excuse[];

export const EXCUSES: Excuses = [
    {
        file: "kernel/mm/kcm.ts",
        depth: 1,
        slabsOnly: true,
        loadsOnly: false,
        why: "KCM keeps its lists in the headers of slabs and in the first word of free objects, and zeroes what it hands out",
    },
    {
        file: "kernel/mm/direct.ts",
        depth: 3,
        slabsOnly: false,
        loadsOnly: true,
        why: "protocol direct reads Z's lists and tables under a sequence count, and drops what it read if that has changed (vmm-policy 9)",
    },
];

/** `files` are those of the calls, innermost first. */
export function excused(
    excuses: Excuses,
    files: readonly string[],
    access: { readonly kind: "load" | "store" | "atomic"; readonly inSlab: boolean },
): boolean {
    return excuses.some(
        ({ file, depth, slabsOnly, loadsOnly }) =>
            files.slice(0, depth).includes(file) &&
            (!slabsOnly || access.inSlab) &&
            (!loadsOnly || access.kind === "load"),
    );
}
