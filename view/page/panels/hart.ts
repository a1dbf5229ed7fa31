/** A hart: what it runs, instruction by instruction with the source's lines, its registers, and the kernel's calls. */

import type { Picture } from "../../protocol.ts";
import type { CodeLine, HartState, SourceLine } from "../../questions.ts";
import { grouped, h, hex, show, table } from "../dom.ts";
import { type Panel, Patience, type Stage } from "../stage.ts";

const PATIENCE_MS = 100;
const PER_ROW = 4;

export class HartPanel implements Panel {
    readonly name = "hart";
    readonly title = "Hart";
    readonly #body = h("div", { class: "scroll" });
    readonly #choice: HTMLSelectElement;
    readonly element: HTMLElement;
    readonly #stage: Stage;
    readonly #patience = new Patience(PATIENCE_MS);

    constructor(stage: Stage) {
        this.#stage = stage;
        const harts = stage.clusterCount * stage.facts.hartsPerCluster;
        this.#choice = h(
            "select",
            { "aria-label": "Hart", onchange: () => stage.select({ hart: Number(this.#choice.value) }) },
            ...Array.from({ length: harts }, (_, hart) =>
                h("option", { value: String(hart) }, `hart ${hart}, cluster ${stage.clusterOf(hart)}`),
            ),
        );
        const step = (kind: "step" | "stepBack") => () => stage.order({ kind, hart: stage.selection.hart });
        this.element = h(
            "div",
            {},
            h(
                "div",
                { class: "buttons" },
                this.#choice,
                h("button", { onclick: step("stepBack"), title: "one instruction back (S)" }, "◀ step back"),
                h("button", { onclick: step("step"), title: "one instruction (s)" }, "step ▶"),
            ),
            this.#body,
        );
    }

    update({ clock, executed, busy, heard }: Picture): void {
        const { hart } = this.#stage.selection;
        this.#choice.value = String(hart);
        const key = `${hart} ${clock} ${executed} ${heard} ${this.#stage.sourcesArrived}`;
        if (!this.#patience.isOver(key, busy)) return;
        this.#stage.client.ask("hart", { hart }).then(
            (state) => show(this.#body, key, () => this.#shown(state)),
            () => {},
        );
    }

    #shown({ mode, waiting, cycles, instructions, place, registers, csrs, code, stack, pc }: HartState): Node[] {
        const where = place === undefined ? "" : `, in ${place.function}`;
        const facts = `${mode} mode${waiting ? ", waits (wfi)" : ""}${where}; ${grouped(instructions)} instructions, clock ${grouped(cycles)}`;
        const calls = stack.map((line) => h("li", {}, line.function, " ", h("code", {}, placeText(line))));
        return [
            h("p", {}, facts),
            h("div", { class: "code", role: "group", tabindex: "0", "aria-label": "Code" }, ...this.#code(code, pc)),
            ...(calls.length === 0 ? [] : [h("h3", {}, "Calls"), h("ol", {}, ...calls)]),
            h("h3", {}, "Registers"),
            values(registers, "Registers"),
            h("h3", {}, "Control and status"),
            values(csrs, "Control and status registers"),
        ];
    }

    /** A line of the source before the first instruction of it. */
    #code(code: readonly CodeLine[], pc: bigint): Node[] {
        let last = "";
        return code.flatMap(({ pc: at, text, source }) => {
            const place = placeText(source);
            const head = place === last || place === "" ? [] : [this.#source(source, place)];
            last = place;
            const line = h("div", { class: at === pc ? "now" : "" }, h("code", {}, `${at.toString(16)}  ${text}`));
            return [...head, line];
        });
    }

    #source(source: SourceLine | undefined, place: string): Node {
        const text = this.#stage.sourceLine(source?.file, source?.line)?.trim() ?? "";
        return h("div", { class: "source" }, h("code", {}, place), " ", h("code", { class: "soft" }, text));
    }
}

function placeText(source: SourceLine | undefined): string {
    return source?.file === undefined ? "" : `${source.file}:${source.line}`;
}

function values(all: readonly (readonly [name: string, value: bigint])[], name: string): Node {
    const rows = Array.from({ length: Math.ceil(all.length / PER_ROW) }, (_, row) =>
        all
            .slice(row * PER_ROW, (row + 1) * PER_ROW)
            .flatMap(([register, value]) => [h("b", {}, register), h("code", {}, hex(value))]),
    );
    return table([], rows, name);
}
