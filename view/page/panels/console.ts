/** What the machine has written to its console; what lies ahead of the present place is dim. */

import type { Picture } from "../../protocol.ts";
import { h } from "../dom.ts";
import type { Panel, Stage } from "../stage.ts";

export class ConsolePanel implements Panel {
    readonly name = "console";
    readonly title = "Console";
    readonly #written = h("span");
    readonly #ahead = h("span", { class: "ahead" });
    readonly #box = h("pre", { class: "console", tabindex: "0", "aria-label": "Console" }, this.#written, this.#ahead);
    readonly element: HTMLElement;
    #bytes = new Uint8Array(0);
    #shown = "";

    /** A stock guest listens, too. */
    constructor(stage: Stage) {
        if (stage.facts.kind === "kernel") {
            this.element = h("div", {}, this.#box);
            return;
        }
        const line = h("input", { "aria-label": "Type at the console", placeholder: "type here, Enter sends" });
        const send = (event: Event) => {
            event.preventDefault();
            stage.order({ kind: "type", text: `${line.value}\n` });
            line.value = "";
        };
        this.element = h(
            "div",
            { class: "terminal" },
            this.#box,
            h("form", { class: "typing", onsubmit: send }, line, h("button", {}, "send")),
        );
    }

    /** Takes the bytes of a picture, whether the panel is shown or not. */
    take({ console, consoleFrom }: Picture): void {
        if (console.length === 0 && consoleFrom >= this.#bytes.length) return;
        const bytes = new Uint8Array(consoleFrom + console.length);
        bytes.set(this.#bytes.subarray(0, consoleFrom));
        bytes.set(console, consoleFrom);
        this.#bytes = bytes;
    }

    update({ written }: Picture): void {
        const key = `${this.#bytes.length} ${written}`;
        if (key === this.#shown) return;
        this.#shown = key;
        const decoder = new TextDecoder();
        this.#written.textContent = decoder.decode(this.#bytes.subarray(0, written));
        this.#ahead.textContent = decoder.decode(this.#bytes.subarray(written));
        this.#box.scrollTop = this.#box.scrollHeight;
    }
}
