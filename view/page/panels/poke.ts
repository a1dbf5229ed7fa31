/** What can be done to the running system by hand. The run is then not the config's, and says so. */

import type { Picture, Poke } from "../../protocol.ts";
import { grouped, h, show, table } from "../dom.ts";
import type { Panel, Stage } from "../stage.ts";

const POKES: readonly {
    readonly kind: Poke["kind"];
    readonly name: string;
    readonly unit: string;
    readonly count: number;
    readonly text: string;
}[] = [
    {
        kind: "delay",
        name: "Messages to a cluster are late",
        unit: "cycles",
        count: 20_000,
        text: "Its harts do nothing for so long, so that requests, interrupts and pages that it owes wait.",
    },
    {
        kind: "slow",
        name: "A bank is slow",
        unit: "cycles an access",
        count: 100,
        text: "Each access of it costs so many cycles more. It needs fidelity latency.",
    },
    {
        kind: "frames",
        name: "Frames of a bank are gone",
        unit: "frames",
        count: 1_000,
        text: "So many of its free frames are given to nobody any more. When a bank has none, pages spill to the next (vmm-policy 5.7).",
    },
];

export class PokePanel implements Panel {
    readonly name = "poke";
    readonly title = "Poke";
    readonly element: HTMLElement;
    readonly #done = h("div");

    constructor(stage: Stage) {
        const forms = POKES.map(({ kind, name, unit, count, text }) => {
            const cluster = h(
                "select",
                { "aria-label": `Cluster: ${name}` },
                ...Array.from({ length: stage.clusterCount }, (_, cxy) =>
                    h("option", { value: String(cxy) }, `cluster ${cxy}`),
                ),
            );
            const number = h("input", {
                "aria-label": `${unit}: ${name}`,
                inputmode: "numeric",
                value: String(count),
                class: "cycle",
            });
            const act = (event: Event) => {
                event.preventDefault();
                const poke = { kind, cluster: Number(cluster.value), count: Number(number.value) };
                stage.order({ kind: "poke", poke });
            };
            const line = h(
                "div",
                { class: "buttons" },
                cluster,
                number,
                h("span", { class: "soft" }, unit),
                h("button", {}, "do it"),
            );
            return h(
                "form",
                { onsubmit: act, "aria-label": name },
                h("h3", {}, name),
                line,
                h("p", { class: "soft" }, text),
            );
        });
        this.element = h("div", {}, h("div", { class: "scroll" }, ...forms, this.#done));
    }

    update({ deeds }: Picture): void {
        show(this.#done, deeds.map(({ clock, text }) => `${clock} ${text}`).join(), () => {
            if (deeds.length === 0) return [];
            const rows = deeds.map(({ clock, text }) => [grouped(clock), text]);
            return [h("h3", {}, "Done: this is not the config's run"), table(["cycle", "what"], rows, "Done by hand")];
        });
    }
}
