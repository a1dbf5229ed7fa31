/** Wall-clock limits of the tests. None decides a result: they end what hangs, and are far above what the slowest machine needs. */

const MINUTE_MS = 60_000;

/** Milliseconds, and seconds, after which a test or a child process counts as hung. The slowest test takes half a minute; at night, half an hour. */
export const HUNG_MS = (process.env["ARCHIPEL_NIGHTLY"] === undefined ? 20 : 240) * MINUTE_MS;
export const HUNG_SECONDS = HUNG_MS / 1000;
