/** Shared memory: nodes x pages with what each node may do, the actions as a sequence chart, and one page's history. */

import type { Picture } from "../../protocol.ts";
import type { DsmGroup, DsmMessage, DsmState } from "../../questions.ts";
import { grouped, h, hex, show, table } from "../dom.ts";
import { type Panel, Patience, type Stage } from "../stage.ts";

const PATIENCE_MS = 200;
const CHART = { before: 24, ahead: 12 };
const HISTORY = { before: 300, ahead: 100 };
const MARKS: Readonly<Record<DsmState, string>> = { none: "", read: "R", write: "W", alone: "A" };
const WIDE = 520;
const ROW = 18;
const HEAD = 22;

export class DsmPanel implements Panel {
    readonly name = "dsm";
    readonly title = "Shared memory";
    readonly #body = h("div", { class: "scroll" });
    readonly element = h("div", {}, this.#body);
    readonly #stage: Stage;
    #page: number | undefined;
    /** The group that was chosen; undefined: the one that acted last. */
    #leader: number | undefined;
    readonly #patience = new Patience(PATIENCE_MS);

    constructor(stage: Stage) {
        this.#stage = stage;
    }

    update({ heard, known, busy }: Picture): void {
        const key = `${heard} ${Math.min(known, heard + 2000)} ${this.#page} ${this.#leader} ${this.#stage.sourcesArrived}`;
        if (!this.#patience.isOver(key, busy)) return;
        this.#ask(key).catch(() => {});
    }

    async #ask(key: string): Promise<void> {
        const { client } = this.#stage;
        const groups = await client.ask("dsm", {});
        const group = groups.find(({ leader }) => leader === this.#leader) ?? groups.at(-1);
        if (group === undefined) {
            show(this.#body, "none", () => ["No group of nodes lives here (programs with `nodes`, and dsm)."]);
            return;
        }
        const about = { leader: group.leader, vpn: undefined, ...CHART };
        const messages = await client.ask("messages", about);
        const vpn = this.#page;
        const history = vpn === undefined ? [] : await client.ask("messages", { ...about, ...HISTORY, vpn });
        show(this.#body, key, () => this.#shown(group, groups, messages, history));
    }

    #shown(
        group: DsmGroup,
        groups: readonly DsmGroup[],
        messages: readonly DsmMessage[],
        history: readonly DsmMessage[],
    ): Node[] {
        const shared = group.pages.filter(({ advice }) => advice !== undefined);
        return [
            h("h3", {}, `${this.#nameOf(group)}: ${group.nodes.length} nodes, ${group.pages.length} pages`),
            ...(groups.length > 1 ? [this.#choice(group, groups)] : []),
            this.#matrix(group),
            h(
                "p",
                { class: "soft" },
                "R: reads, W: writes beside others, A: has it alone, and writes. A page's button shows its history.",
            ),
            ...shared.map(({ vpn, advice }) => h("p", {}, h("b", {}, `${hex(vpn)} is falsely shared: `), advice)),
            ...(history.length === 0 ? [] : [this.#history(history)]),
            h("h3", {}, "Actions"),
            this.#chart(group, messages),
        ];
    }

    #matrix({ nodes, pages }: DsmGroup): Node {
        const rows = pages.map(({ vpn, states, advice }) => [
            h(
                "button",
                {
                    class: vpn === this.#page ? "link now" : "link",
                    onclick: () => this.#choose(this.#page === vpn ? undefined : vpn, this.#leader),
                    title: "its history",
                },
                hex(vpn),
            ),
            ...states.map((state) => h("span", { class: `dsm ${state}`, title: state }, MARKS[state])),
            advice === undefined ? "" : h("span", { class: "now" }, "falsely shared"),
        ]);
        return table(["page", ...nodes.map(({ node }) => String(node)), ""], rows, "Pages and nodes");
    }

    #nameOf({ program }: DsmGroup): string {
        return this.#stage.facts.programs[program]?.path ?? "";
    }

    #choice(chosen: DsmGroup, groups: readonly DsmGroup[]): Node {
        const select = h("select", {
            "aria-label": "Group",
            onchange: () => this.#choose(this.#page, Number(select.value)),
        });
        for (const group of groups) {
            const value = String(group.leader);
            select.append(h("option", { value, selected: group === chosen }, `${this.#nameOf(group)}, pid ${value}`));
        }
        return select;
    }

    #choose(vpn: number | undefined, leader: number | undefined): void {
        this.#page = vpn;
        this.#leader = leader;
        if (this.#stage.picture !== undefined) this.update(this.#stage.picture);
    }

    #history(messages: readonly DsmMessage[]): Node {
        const heard = this.#stage.picture?.heard ?? 0;
        const rows = messages.map(({ index, cycle, action, node, from, to, source }) => {
            const go = () => this.#stage.order({ kind: "event", index });
            const line = source?.file === undefined ? (source?.function ?? "") : `${source.file}:${source.line}`;
            const text = this.#stage.sourceLine(source?.file, source?.line)?.trim() ?? "";
            return [
                h("button", { class: index >= heard ? "link ahead" : "link", onclick: go }, grouped(cycle)),
                h("span", { class: "row" }, action.replace("_", " ")),
                `${node}`,
                h("span", { class: "row" }, from === to ? "" : `${from} → ${to}`),
                h("span", {}, line, " ", h("code", { class: "soft" }, text)),
            ];
        });
        const name = `History of page ${hex(this.#page ?? 0)}`;
        return h("div", {}, h("h3", {}, name), table(["cycle", "action", "node", "", "program"], rows, name));
    }

    /** A line down for each node, an arrow for each action from one node to another. */
    #chart({ nodes }: DsmGroup, messages: readonly DsmMessage[]): Node {
        const heard = this.#stage.picture?.heard ?? 0;
        const count =
            1 + Math.max(0, ...nodes.map(({ node }) => node), ...messages.map(({ from, to }) => Math.max(from, to)));
        const x = (node: number) => 90 + ((node + 0.5) / count) * (WIDE - 200);
        const high = HEAD + ROW * messages.length + 6;
        const parts = Array.from({ length: count }, (_, node) => node).flatMap((node) => [
            s("line", { x1: x(node), x2: x(node), y1: HEAD - 4, y2: high, class: "life" }),
            s("text", { x: x(node), y: 12, "text-anchor": "middle" }, String(node)),
        ]);
        for (const [i, message] of messages.entries())
            parts.push(this.#arrow(message, HEAD + ROW * (i + 0.5), x, heard));
        const chart = s(
            "svg",
            { viewBox: `0 0 ${WIDE} ${high}`, class: "chart", role: "img", "aria-label": "Actions between nodes" },
            ...parts,
        );
        return chart;
    }

    #arrow(
        { cycle, action, vpn, node, from, to, index }: DsmMessage,
        y: number,
        x: (node: number) => number,
        heard: number,
    ): SVGElement {
        const [a, b] = [x(from), x(to)];
        const head = Math.sign(b - a) * 6;
        const line =
            from === to
                ? s("circle", { cx: x(node), cy: y, r: 4 })
                : s("path", { d: `M${a} ${y}H${b}m${-head} -4l${head} 4l${-head} 4`, fill: "none" });
        const text = `${action.replace("_", " ")}${vpn === 0 ? "" : ` ${hex(vpn)}`}`;
        return s(
            "g",
            { class: index >= heard ? "message ahead" : index === heard - 1 ? "message now" : `message ${action}` },
            s("text", { x: 2, y: y + 4 }, grouped(cycle)),
            line,
            s("text", { x: WIDE - 106, y: y + 4 }, text),
        );
    }
}

function s(
    tag: string,
    attributes: Readonly<Record<string, string | number>>,
    ...children: (SVGElement | string)[]
): SVGElement {
    const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
    element.append(...children);
    return element;
}
