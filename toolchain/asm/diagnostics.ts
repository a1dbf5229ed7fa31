/** Errors of the assembler. They are collected while it goes on, and thrown all at once. */

export interface Location {
    readonly file: string;
    /** Counts from 1. Inside a macro it is the line of its outermost use. */
    readonly line: number;
    /** "macro NAME, line N" inside a macro. */
    readonly inside?: string;
}

/** A statement that cannot be assembled. The assembler catches it per statement, because it knows the place. */
export class StatementError extends Error {}

/** `messages` holds every problem as `file:line: what; fix`. */
export class AssemblyError extends Error {
    readonly messages: readonly string[];

    constructor(messages: readonly string[]) {
        super(messages.join("\n"));
        this.name = "AssemblyError";
        this.messages = messages;
    }
}

/** A source with this many errors is not an assembly source. */
const MAX_MESSAGES = 100;

export class Diagnostics {
    readonly #messages: { line: number; text: string }[] = [];

    add(location: Location, message: string): void {
        if (this.#messages.length >= MAX_MESSAGES) return;
        const inside = location.inside === undefined ? "" : ` (in ${location.inside})`;
        this.#messages.push({ line: location.line, text: `${location.file}:${location.line}: ${message}${inside}` });
    }

    /** Runs `action`. A StatementError becomes a message. Any other error is a bug and passes. */
    guard(location: Location, action: () => void): void {
        try {
            action();
        } catch (error) {
            if (!(error instanceof StatementError)) throw error;
            this.add(location, error.message);
        }
    }

    /** Throws an AssemblyError, ordered by line, when any message was added. */
    throwIfAny(): void {
        if (this.#messages.length === 0) return;
        this.#messages.sort((a, b) => a.line - b.line);
        throw new AssemblyError(this.#messages.map((message) => message.text));
    }
}
