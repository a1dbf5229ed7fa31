/** The text of source lines, from the site's copy of the guests' sources, which is fetched when it is first asked for. */

import { SOURCES_FILE } from "../../boot/system/site.ts";

export class Sources {
    readonly #images: string;
    readonly #arrived: () => void;
    #files: Readonly<Record<string, string>> | undefined;
    readonly #lines = new Map<string, readonly string[]>();
    #isAsked = false;

    /** `arrived` is called when lines can be had that could not before. */
    constructor(images: string, arrived: () => void) {
        this.#images = images;
        this.#arrived = arrived;
    }

    /** Undefined where there is no such line, or not yet. */
    line(file: string | undefined, number: number | undefined): string | undefined {
        if (file === undefined || number === undefined) return undefined;
        if (this.#files === undefined) {
            void this.#fetch();
            return undefined;
        }
        const lines = this.#lines.get(file) ?? (this.#files[file] ?? "").split("\n");
        this.#lines.set(file, lines);
        return lines[number - 1];
    }

    async #fetch(): Promise<void> {
        if (this.#isAsked) return;
        this.#isAsked = true;
        const response = await fetch(new URL(SOURCES_FILE, this.#images));
        this.#files = response.ok ? ((await response.json()) as Readonly<Record<string, string>>) : {};
        this.#arrived();
    }
}
