/** What a run writes at its end: one output that cannot be written keeps no other back, and makes the exit 71 (interface.md 3). */

import { documentText } from "../report/document-text.ts";
import { EXITS, type ExitName } from "../report/exit-codes.ts";
import { runDocument, type WholeFacts } from "../report/run-document.ts";
import { describeFailure } from "./failure.ts";
import { printErrors, type Streams, writeWhole } from "./output.ts";

export class Writing {
    readonly #streams: Streams;
    /** The first failure; a run that could not show its end for one before has it already. */
    #failure: { readonly exit: ExitName; readonly lines: readonly string[] } | undefined;

    constructor(exit: ExitName, streams: Streams) {
        this.#streams = streams;
        if (exit === "output" || exit === "closed") this.#failure = { exit, lines: [] };
    }

    attempt(write: () => void): void {
        try {
            write();
        } catch (error) {
            this.#failed(describeFailure(error));
        }
    }

    /** Gives the document to `show` and writes --json, if asked for, with what became of the other outputs. Returns the exit code. */
    document(json: string | undefined, facts: WholeFacts, show?: (document: object) => void): number {
        if (show !== undefined) this.attempt(() => show(runDocument(this.#asItEnds(facts))));
        if (json !== undefined) this.attempt(() => this.#write(json, this.#asItEnds(facts)));
        return this.#asItEnds(facts).code;
    }

    #write(json: string, facts: WholeFacts): void {
        const text = documentText(runDocument(facts));
        if (json === "-") this.#streams.out(text);
        else writeWhole(json, text, `--json ${json}`);
    }

    #asItEnds(facts: WholeFacts): WholeFacts {
        if (this.#failure === undefined) return facts;
        const { exit, lines } = this.#failure;
        const message = [facts.message, ...lines].filter((text) => text !== "").join("; ");
        return { ...facts, exit, code: EXITS[exit].code, message };
    }

    #failed(failure: { readonly exit: ExitName; readonly lines: readonly string[] }): void {
        if (this.#failure === undefined) printErrors(this.#streams, failure.lines);
        this.#failure ??= failure;
    }
}
