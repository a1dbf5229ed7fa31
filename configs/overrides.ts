/** What the command line changes in a config before it is checked: --program, a launch, --seed and --set, in that order. */

import { splitWords } from "./words.ts";

export interface Overrides {
    /** Texts of `--set PATH=VALUE`. */
    readonly sets?: readonly string[];
    /** Texts of `--program "PATH ARGS"`; any replaces the config's whole list. */
    readonly programs?: readonly string[];
    /** Replaces the list too: the one program of `dsm`. */
    readonly launch?: Launch;
    /** Text of `--seed N`. */
    readonly seed?: string;
    /** Who gave them, for error lines; default: the command line. */
    readonly origin?: string;
}

/** A program's entry, its words as they were typed. */
export interface Launch {
    readonly path: string;
    readonly args: readonly string[];
    readonly nodes: number;
    readonly hosts: readonly number[];
}

export interface Overridden {
    readonly document: unknown;
    /** Pointers of the values that the command line gave. */
    readonly pointers: readonly string[];
    /** Options that could not be applied, one line each. */
    readonly problems: readonly string[];
}

/** Arrays cannot be grown beyond this by an index: a typing error must not allocate gigabytes. */
const MAX_ARRAY = 1024;

/** Changes `document` in place where it can. */
export function applyOverrides(document: unknown, overrides: Overrides): Overridden {
    const pointers: string[] = [];
    const problems: string[] = [];
    if (overrides.programs !== undefined && overrides.programs.length > 0) {
        const programs = overrides.programs.map((text) => programOf(text, problems));
        set(document, ["programs"], programs);
        pointers.push("/programs");
    }
    if (overrides.launch !== undefined) {
        set(document, ["programs"], [overrides.launch]);
        pointers.push("/programs");
    }
    const seed = overrides.seed === undefined ? [] : [`seed=${overrides.seed}`];
    for (const text of [...seed, ...(overrides.sets ?? [])]) {
        const equals = text.indexOf("=");
        const path = text.slice(0, Math.max(equals, 0)).split(".");
        if (equals <= 0 || path.some((step) => step === "")) {
            problems.push(`--set ${text}: must be PATH=VALUE (e.g. --set machine.bankSize=4MiB)`);
        } else if (set(document, path, parseValue(text.slice(equals + 1)))) {
            pointers.push(`/${path.join("/")}`);
        } else problems.push(`--set ${text}: no such place in the config`);
    }
    return { document, pointers, problems };
}

function programOf(text: string, problems: string[]): { path: string; args: string[] } {
    const words = splitWords(text);
    if (words === undefined) problems.push(`--program ${text}: a quote is not closed`);
    else if (words.length === 0) problems.push(`--program "${text}": must name a program (e.g. --program "hello")`);
    const [path = text, ...args] = words ?? [];
    return { path, args };
}

/** JSON when it is JSON, else the text itself. */
function parseValue(text: string): unknown {
    try {
        return JSON.parse(text);
    } catch {
        return text;
    }
}

/** Sets the value at `path`, making objects on the way; false when a step leads through a plain value or a bad index. */
function set(document: unknown, path: readonly string[], value: unknown): boolean {
    const [step, ...rest] = path;
    if (step === undefined || typeof document !== "object" || document === null) return false;
    if (Array.isArray(document)) {
        const isIndex = /^(0|[1-9][0-9]*)$/.test(step) && Number(step) <= Math.min(document.length, MAX_ARRAY);
        if (!isIndex) return false;
    }
    const holder = document as Record<string, unknown>;
    if (rest.length > 0 && Object.hasOwn(holder, step)) return set(holder[step], rest, value);
    const next = rest.length === 0 ? value : {};
    // Not an assignment: a step "__proto__" must be a key like any other (and then an unknown one).
    Object.defineProperty(holder, step, { value: next, enumerable: true, writable: true, configurable: true });
    return rest.length === 0 || set(next, rest, value);
}
