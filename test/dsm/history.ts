/**
 * Histories of shared memory: what each thread read and wrote, in its own order. Every write of a word stores a value of its own, and
 * words are 0 at first, so a read's value names the write it saw.
 */

export interface Access {
    readonly kind: "read" | "write";
    readonly word: number;
    readonly value: number;
}

/** A meeting of all threads: each thread's n-th barrier is the same one. */
export interface Barrier {
    readonly kind: "barrier";
}

export type Step = Access | Barrier;

/** By thread. */
export type History = readonly (readonly Step[])[];

/** A step as text: rWORD=VALUE, wWORD=VALUE, or |. */
export function stepText(step: Step): string {
    return step.kind === "barrier" ? "|" : `${step.kind[0]}${step.word}=${step.value}`;
}

/** The steps of one thread from such texts, separated by blanks. */
export function parseSteps(text: string): Step[] {
    return text.split(/\s+/).filter(Boolean).map(parseStep);
}

function parseStep(text: string): Step {
    if (text === "|") return { kind: "barrier" };
    const [, letter, word, value] = text.match(/^([rw])(\d+)=(\d+)$/) ?? [];
    if (letter === undefined) throw new SyntaxError(`no step of a history: ${JSON.stringify(text)}`);
    return { kind: letter === "r" ? "read" : "write", word: Number(word), value: Number(value) };
}

/** One line a thread. */
export function historyText(history: History): string {
    return history.map((steps, thread) => `  ${thread}: ${steps.map(stepText).join(" ")}`).join("\n");
}
