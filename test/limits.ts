/** Wall-clock limits of the tests. None decides a result: they end what hangs, and are far above what the slowest machine needs. */

/** Milliseconds, and seconds, after which a test or a child process counts as hung. */
export const HUNG_MS = 3_600_000;
export const HUNG_SECONDS = HUNG_MS / 1000;
