/** asc --use MUTANTS=1: the build of kernel/trace/mutant.ts. */
declare const MUTANTS: i32;
