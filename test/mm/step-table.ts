/** The steps of the model by their names, with what is known of each: test/mm/model.ts. */

import { CHANGE_STEPS } from "./change-steps.ts";
import { FAULT_STEPS } from "./fault-steps.ts";
import { LIFE_STEPS } from "./life-steps.ts";
import type { Step } from "./model.ts";

/** Steps of a fault between its mark in the VMM that makes the page and the end of that. */
const WITH_MARK: readonly string[] = [
    "resolve",
    "fill",
    "remove",
    "restrict",
    "withdraw",
    "replace",
    "install",
    "unmark",
];
/**
 * Steps, or their first words, that are made at once with the one before: the order of such a step and of what other threads do between the two
 * makes no difference, since it moves left, or the one before moves right (Lipton). Behind the busy mark nobody else reads or writes the page's
 * entry, and nobody knows a new frame (resolve, fill, install copy); no fault begins on what is frozen, which stands still (drain, close, take
 * and what follows those two); a refusal changes nothing. Where they are compared, both ways reach the same states at rest.
 */
const AT_ONCE: readonly string[] = [
    "resolve",
    "fill frame",
    "install copy",
    "drain",
    "close",
    "leave protect",
    "forget munmap",
    "forget stack",
    "take",
    "refused",
];
/**
 * The same where no request ever waits for a server: what is sent may as well be sent when it is served (enter, vsegs); only another change
 * looks whether one is under way (freeze); what only looks, and finds that it has to wait, may as well look later (await).
 */
const WITH_SERVERS: readonly string[] = ["enter", "vsegs", "freeze", "leave fork", "await"];

/** Steps of a change. */
export const CHANGES = / (munmap|protect|fork|stack)$/;

interface What {
    readonly step: Step;
    readonly goal: string;
    readonly atOnce: "always" | "with servers" | "never";
    readonly withMark: boolean;
}
const WHATS = new Map<string, What>();

/** What the words of a Task.step mean. */
export function whatOf(words: string): What {
    let what = WHATS.get(words);
    if (what === undefined) {
        const [word = "", goal = ""] = words.split(" ");
        const step = FAULT_STEPS[word] ?? CHANGE_STEPS[word] ?? LIFE_STEPS[word];
        if (step === undefined) throw new Error(`no step ${words}`);
        const isIn = (list: readonly string[]) => list.some((each) => each === word || each === words);
        const atOnce = isIn(AT_ONCE) ? "always" : isIn(WITH_SERVERS) ? "with servers" : "never";
        what = { step, goal, atOnce, withMark: WITH_MARK.includes(word) };
        WHATS.set(words, what);
    }
    return what;
}
