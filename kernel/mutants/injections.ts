// Failures and delays that the build with mutants can be told to make once (injection.ts). The number in the upper half of BI_MUTANT counts
// events down, and the event that makes it 0 is the chosen one. These are no bugs: a right kernel lives on, and undoes what was half done
// (vmm-policy 5.9.8).
/** an allocation of a frame or of a kernel object finds no memory */
export const INJECT_FAILURE = 1000;
/** before a lock is taken, other harts have many turns */
export const INJECT_DELAY = 1001;
