/** The way of one page fault: trap, VSL, request, queue, Z, frame, fill, GPT and back, each step with its rule and the kernel's line. */

import type { Picture } from "../../protocol.ts";
import type { FaultStep, FaultWalk } from "../../questions.ts";
import { themed } from "../colours.ts";
import { grouped, h, hex, show } from "../dom.ts";
import type { Panel, Stage, TilePlace } from "../stage.ts";

/** What a phase does, and the rule of docs/spec/vmm-policy.md that says so. */
const PHASES: Readonly<Record<string, readonly [name: string, rule: string, text: string]>> = {
    begin: [
        "trap",
        "5.0",
        "The page is not in the table of this cluster: the hart traps to this cluster's kernel instance.",
    ],
    vsl: ["VSL", "5.1", "The vseg is looked for in this cluster's list. What is not there is asked of Z."],
    rpcOut: ["request", "5.4", "Z owns the answer: a request is written into its queue."],
    queue: ["queue", "8.3", "The request waits until a hart of the other cluster serves it."],
    service: ["Z", "5.4", "The reference cluster looks at its own list and table."],
    frameAllocation: ["frame", "2.3", "A frame is taken from the bank that the rule names."],
    fillOrCopy: ["fill", "5.2", "The frame is filled: zeros, a copy, or a page of the file."],
    gpt: ["GPT", "5.9", "The entry is set in the table: additions reach Z first."],
    return: ["return", "5.0", "The answer goes back to the thread, which tries its access again."],
    end: ["resolved", "5.6", "The fault is over: the same access now finds its page."],
};

export class FaultPanel implements Panel {
    readonly name = "fault";
    readonly title = "Page fault";
    readonly #body = h("div", { class: "scroll" });
    readonly element: HTMLElement;
    readonly #stage: Stage;
    #walk: FaultWalk | undefined;
    #asked = "";

    constructor(stage: Stage) {
        this.#stage = stage;
        const order = (kind: "next" | "previous", events: readonly ("faultBegin" | "phase" | "faultEnd")[]) => () =>
            stage.order({ kind, events });
        this.element = h(
            "div",
            {},
            h(
                "div",
                { class: "buttons" },
                h("button", { onclick: order("previous", ["faultBegin"]) }, "previous fault"),
                h("button", { onclick: order("next", ["faultBegin"]) }, "next fault"),
                h("button", { onclick: () => this.#toStep(-1) }, "step back"),
                h("button", { onclick: () => this.#toStep(1) }, "next step"),
            ),
            this.#body,
        );
    }

    update({ heard, known }: Picture): void {
        const key = `${heard} ${Math.min(known, heard + 1000)} ${this.#stage.sourcesArrived}`;
        if (key === this.#asked) return;
        this.#asked = key;
        this.#stage.client.ask("fault", { index: Math.max(0, heard - 1) }).then(
            (walk) => this.#show(walk, key),
            () => {},
        );
    }

    overlay(context: CanvasRenderingContext2D, place: TilePlace): void {
        const walk = this.#walk;
        if (walk === undefined) return;
        const centre = (cxy: number) => {
            const { x, y, size } = place(cxy);
            return { x: x + size / 2, y: y + size / 2 };
        };
        context.strokeStyle = context.fillStyle = themed("accent");
        context.lineWidth = 3;
        const done = walk.steps.slice(0, Math.max(1, walk.done));
        for (const [i, step] of done.entries()) {
            const [from, to] = [centre(done[i - 1]?.cluster ?? step.cluster), centre(step.cluster)];
            if (from.x === to.x && from.y === to.y) continue;
            context.beginPath();
            context.moveTo(from.x, from.y);
            context.lineTo(to.x, to.y);
            context.stroke();
        }
        const last = done.at(-1);
        if (last === undefined) return;
        const { x, y } = centre(last.cluster);
        const name = PHASES[last.phase]?.[0] ?? last.phase;
        context.font = "600 13px system-ui, sans-serif";
        const wide = context.measureText(name).width + 14;
        context.fillRect(x - wide / 2, y - 11, wide, 22);
        context.fillStyle = themed("card");
        context.fillText(name, x - wide / 2 + 7, y + 4);
    }

    /** To the step after the last that is done, or to the one before it. */
    #toStep(by: 1 | -1): void {
        const walk = this.#walk;
        const step = walk?.steps[by === 1 ? walk.done : walk.done - 2];
        if (step !== undefined) this.#stage.order({ kind: "event", index: step.index });
        else this.#stage.order({ kind: by === 1 ? "next" : "previous", events: ["faultBegin", "phase", "faultEnd"] });
    }

    #show(walk: FaultWalk | undefined, key: string): void {
        this.#walk = walk;
        this.#stage.redraw();
        show(this.#body, `${key} ${walk?.steps.length}`, () =>
            walk === undefined ? ["No fault has begun yet."] : this.#shown(walk),
        );
    }

    #shown(walk: FaultWalk): Node[] {
        const { vaddr, access, pid, type, how, reference, steps, done } = walk;
        const [first] = steps;
        const begins = `${this.#stage.processName(pid)}: ${access} at ${hex(vaddr)} in cluster ${first?.cluster}`;
        const ways: Readonly<Record<string, string>> = {
            local: "resolved by this cluster alone",
            throughZ: `resolved through Z, cluster ${reference}`,
            spurious: "spurious: the entry was there already",
        };
        const resolved = how === undefined ? "not resolved yet" : `${type}, ${ways[how] ?? how}`;
        return [
            h("p", {}, h("b", {}, begins), h("br"), resolved),
            h("ol", { class: "steps" }, ...steps.map((step, i) => this.#step(step, i, first, done))),
        ];
    }

    #step(
        { index, phase, cycle, cluster, hart, source }: FaultStep,
        i: number,
        first: FaultStep | undefined,
        done: number,
    ): Node {
        const [name, rule, text] = PHASES[phase] ?? [phase, "", ""];
        const place = source?.file === undefined ? (source?.function ?? "") : `${source.file}:${source.line}`;
        const go = () => this.#stage.order({ kind: "event", index });
        return h(
            "li",
            { class: i === done - 1 ? "now" : i >= done ? "ahead" : "" },
            h("button", { class: "link", onclick: go }, name),
            h("span", { class: "rule", title: "rule of docs/spec/vmm-policy.md" }, rule),
            h(
                "span",
                { class: "soft" },
                ` +${grouped(cycle - (first?.cycle ?? 0))} cycles, cluster ${cluster}, hart ${hart}`,
            ),
            h("div", {}, text),
            h("code", {}, place),
            " ",
            h("code", { class: "soft" }, this.#stage.sourceLine(source?.file, source?.line)?.trim()),
        );
    }
}
