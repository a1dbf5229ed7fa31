/** A text file that grows while the run goes on, and is never held in memory. What cannot be written is exit 71. */

import { closeSync, openSync, writeFileSync } from "node:fs";
import { outputError } from "./output.ts";

export class StreamFile {
    readonly #what: string;
    readonly #fd: number;
    #parts: string[] = [];

    /** `option` is how the file was asked for. Throws CommandError ("output"), as flush and close do. */
    constructor(option: string, file: string) {
        this.#what = `${option} ${file}`;
        try {
            this.#fd = openSync(file, "w");
        } catch (error) {
            throw outputError(this.#what, error);
        }
    }

    readonly add = (text: string): void => {
        this.#parts.push(text);
    };

    /** Not from within the machine, which a failure would tear apart. What cannot be written is not tried again. */
    flush(): void {
        const parts = this.#parts;
        this.#parts = [];
        try {
            if (parts.length > 0) writeFileSync(this.#fd, parts.join(""));
        } catch (error) {
            throw outputError(this.#what, error);
        }
    }

    close(): void {
        try {
            this.flush();
        } finally {
            closeSync(this.#fd);
        }
    }
}
