/** Links that hold a run and a place of it: `#config=NAME&seed=N&cycle=N&panel=NAME&beside=SWITCHES&lesson=N`, and a config of the user's own as JSON in `own`. */

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
    /** The number of a lesson, from 1. Alone it opens the run of the lesson. */
    readonly lesson: number | undefined;
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
        lesson: number("lesson"),
    };
}

export function linkText({ config, own, seed, cycle, panel, beside, lesson }: Link): string {
    const values = new URLSearchParams();
    const given = {
        config,
        own,
        seed: seed?.toString(),
        cycle: String(cycle),
        panel,
        beside,
        lesson: lesson?.toString(),
    };
    for (const [name, value] of Object.entries(given)) if (value !== undefined) values.set(name, value);
    return `#${values}`;
}
