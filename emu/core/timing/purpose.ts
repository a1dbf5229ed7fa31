// What a line is wanted for.
export const FOR_READING: u32 = 0;
/** To write some of it; LR and atomics too. */
export const FOR_WRITING: u32 = 1;
/** To write all of it, which needs no data (CBO.ZERO). */
export const FOR_REPLACING: u32 = 2;
