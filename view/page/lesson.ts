/** A lesson beside the run: what to predict, what to look at, and the answer when it is wanted (docs/lessons). */

import type { Lesson, Site } from "../../boot/system/site.ts";
import { h } from "./dom.ts";
import type { Link } from "./link.ts";

/** The link of a lesson's run and place. */
export function lessonLink({ lessons }: Site, lesson: number): Link | undefined {
    const run = lessons[lesson - 1]?.run;
    if (run === undefined) return undefined;
    const own = run.own === undefined ? undefined : JSON.stringify(run.own);
    return { config: run.config, own, seed: undefined, cycle: run.cycle, panel: run.panel, beside: run.beside, lesson };
}

/** The box, whose buttons go to other lessons. */
export function lessonBox(
    lessons: readonly Lesson[],
    lesson: number,
    go: (lesson: number) => void,
): HTMLElement | undefined {
    const shown = lessons[lesson - 1];
    if (shown === undefined) return undefined;
    const { title, rule, predict, look, saw } = shown;
    const box: HTMLElement = h(
        "section",
        { class: "lesson", "aria-label": "Lesson", tabindex: "0" },
        h("h2", {}, `${lesson}. ${title}`),
        h("p", { class: "soft" }, rule),
        h("p", {}, h("b", {}, "Predict: "), ...marked(predict)),
        h("ol", {}, ...look.map((step) => h("li", {}, ...marked(step)))),
        h("details", {}, h("summary", {}, "What you saw"), h("p", {}, ...marked(saw))),
        h(
            "div",
            { class: "buttons" },
            ...(lesson > 1 ? [h("button", { onclick: () => go(lesson - 1) }, "◀ lesson")] : []),
            ...(lesson < lessons.length ? [h("button", { onclick: () => go(lesson + 1) }, "lesson ▶")] : []),
            h("button", { onclick: () => box.remove() }, "close"),
        ),
    );
    return box;
}

/** Text with `code` and *stress*. */
function marked(text: string): (Node | string)[] {
    return text.split(/(`[^`]+`|\*[^*]+\*)/).map((part) => {
        if (part.startsWith("`")) return h("code", {}, part.slice(1, -1));
        return part.startsWith("*") ? h("em", {}, part.slice(1, -1)) : part;
    });
}
