/** The names of ACCESS_* (kernel/abi/access.ts), as events carry them. */
export const ACCESSES = ["execute", "read", "write"] as const;
