/** The events around the present place: what was told, by which hart, with its fields and the kernel's line. */

import type { EventName } from "../../../boot/abi/events.ts";
import type { Picture } from "../../protocol.ts";
import type { EventRow } from "../../questions.ts";
import { grouped, h, show, table } from "../dom.ts";
import type { Panel, Stage } from "../stage.ts";

const BEFORE = 30;
const COUNT = 60;
/** Told at each entry to user mode and for the auditor: they would hide the rest. */
const QUIET: ReadonlySet<EventName> = new Set(["leave", "begin", "end", "roots", "pageHeld"]);

export class EventsPanel implements Panel {
    readonly name = "events";
    readonly title = "Events";
    readonly #list = h("div", { class: "scroll" });
    readonly element = h("div", {}, this.#list);
    readonly #stage: Stage;
    #asked = "";

    constructor(stage: Stage) {
        this.#stage = stage;
    }

    update({ heard, known }: Picture): void {
        const key = `${heard} ${Math.min(known, heard + COUNT)}`;
        if (key === this.#asked) return;
        this.#asked = key;
        this.#stage.client.ask("events", { from: Math.max(0, heard - 2 * BEFORE), count: 2 * COUNT, kinds: [] }).then(
            (rows) => this.#show(rows, heard, key),
            () => {},
        );
    }

    #show(rows: readonly EventRow[], heard: number, key: string): void {
        show(this.#list, key, () => [
            table(
                ["cycle", "hart / cluster", "event", "fields", "kernel"],
                rows.filter(({ event }) => !QUIET.has(event)).map((row) => this.#row(row, heard)),
                "Events",
            ),
        ]);
        this.#list.querySelector("tr.ahead")?.scrollIntoView({ block: "center" });
    }

    #row({ index, cycle, hart, cluster, event, fields, source }: EventRow, heard: number): (Node | string)[] {
        const go = () => this.#stage.order({ kind: "event", index });
        const where = index === heard - 1 ? "now" : index >= heard ? "ahead" : "";
        return [
            h("button", { class: `link ${where}`, onclick: go, title: "go there" }, grouped(cycle)),
            `${hart} / ${cluster}`,
            event,
            fields.map(([name, value]) => `${name} ${value}`).join(", "),
            source?.file === undefined ? "" : `${source.file}:${source.line}`,
        ];
    }
}
