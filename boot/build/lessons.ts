/** The lessons of docs/lessons, as the page has them. */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "../package-root.ts";
import type { Lesson, LessonRun } from "../system/site.ts";

const FOLDER = "docs/lessons";

/** In their order. Throws an Error that names the file, when one has not the form of a lesson. */
export function readLessons(): Lesson[] {
    const folder = join(packageRoot(), FOLDER);
    const files = readdirSync(folder).filter((name) => /^[0-9]{2}-.*\.md$/.test(name));
    return files.sort().map((name) => parseLesson(readFileSync(join(folder, name), "utf8"), `${FOLDER}/${name}`));
}

/** A title, the rule as a quotation, the run in a comment, and three sections. */
export function parseLesson(text: string, file: string): Lesson {
    const form =
        /^# [0-9]+\. (.+)\n\n> (.+)\n\n<!-- run: (.+) -->\n\n## Predict\n\n([\s\S]+?)\n\n## Look\n\n([\s\S]+?)\n\n## What you saw\n\n([\s\S]+?)\n$/;
    const match = form.exec(text);
    if (match === null) throw new Error(`${file}: has not the form of a lesson (docs/lessons/README.md)`);
    const [, title = "", rule = "", run = "{}", predict = "", look = "", saw = ""] = match;
    const steps = look.split("\n").map((line) => line.replace(/^[0-9]+\. /, ""));
    return { title, rule, run: JSON.parse(run) as LessonRun, predict, look: steps, saw };
}
