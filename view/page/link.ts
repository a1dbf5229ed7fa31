/** Links that hold a run and a place of it: `#config=NAME&seed=N&cycle=N&panel=NAME&beside=SWITCHES`, and a config of the user's own as JSON in `own`. */

export interface Link {
    /** A config of the site, by its name. */
    readonly config: string | undefined;
    /** The JSON text of a config. */
    readonly own: string | undefined;
    readonly seed: number | undefined;
    readonly cycle: number;
    readonly panel: string | undefined;
    /** Policy switches of a second run: `heap=reference,stack=reference`. */
    readonly beside: string | undefined;
}

/** Numbers that are none are left out. */
export function readLink(hash: string): Link {
    const values = new URLSearchParams(hash.replace(/^#/, ""));
    const number = (name: string) => {
        const value = values.get(name);
        return value !== null && /^[0-9]+$/.test(value) ? Number(value) : undefined;
    };
    return {
        config: values.get("config") ?? undefined,
        own: values.get("own") ?? undefined,
        seed: number("seed"),
        cycle: number("cycle") ?? 0,
        panel: values.get("panel") ?? undefined,
        beside: values.get("beside") ?? undefined,
    };
}

export function linkText({ config, own, seed, cycle, panel, beside }: Link): string {
    const values = new URLSearchParams();
    const given = { config, own, seed: seed?.toString(), cycle: String(cycle), panel, beside };
    for (const [name, value] of Object.entries(given)) if (value !== undefined) values.set(name, value);
    return `#${values}`;
}
