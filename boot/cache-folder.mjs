/** Where compiled guests and the bundle of the command line are kept (interface.md 2), for the sources and for boot/start.mjs in front of them. */
import { homedir } from "node:os";
import { isAbsolute, join, resolve } from "node:path";

/** Its path, whether or not it exists yet. */
export function cacheFolder() {
    const { ARCHIPEL_CACHE: named, XDG_CACHE_HOME: base } = process.env;
    if (named) return resolve(named);
    // The XDG base directory specification says to ignore a relative path.
    return base && isAbsolute(base) ? join(base, "archipel") : join(homedir(), ".cache", "archipel");
}
