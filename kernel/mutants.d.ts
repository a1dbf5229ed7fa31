/** asc --use MUTANTS=1: the build of kernel/mutant.ts. */
declare const MUTANTS: i32;
