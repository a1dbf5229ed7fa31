/** A run on the page: its machine, and the parts that show it. */

import type { Facts, Order, Picture, Wanted } from "../protocol.ts";
import { Client, type StartMachine } from "./client.ts";
import { css, SHOWN_SEGMENTS, segmentRgb } from "./colours.ts";
import { Controls } from "./controls.ts";
import { h } from "./dom.ts";
import { MeshMap } from "./mesh-map.ts";
import { BanksPanel } from "./panels/banks.ts";
import { BesidePanel } from "./panels/beside.ts";
import { ConsolePanel } from "./panels/console.ts";
import { DsmPanel } from "./panels/dsm.ts";
import { EventsPanel } from "./panels/events.ts";
import { FaultPanel } from "./panels/fault.ts";
import { HartPanel } from "./panels/hart.ts";
import { LensPanel } from "./panels/lens.ts";
import { PokePanel } from "./panels/poke.ts";
import { TablesPanel } from "./panels/tables.ts";
import { type Panel, Stage } from "./stage.ts";
import { Timeline } from "./timeline.ts";

export interface Opening {
    readonly title: string;
    readonly wanted: Wanted;
    /** Where the run is put first, and the panel that is shown. */
    readonly cycle: number;
    readonly panel: string | undefined;
    /** The clusters that stand side by side first. */
    readonly clusters: readonly [number, number] | undefined;
    /** A lesson's box. */
    readonly lesson: HTMLElement | undefined;
    /** Elements for the bar: what opens another run. */
    readonly extra: readonly HTMLElement[];
    /** Policy switches of a second run, which is shown beside (view/page/panels/beside.ts). */
    readonly beside: string | undefined;
    /** Called when the place that a link would name has changed. */
    onPlace(cycle: number, panel: string, beside: string | undefined): void;
}

export class App {
    readonly #client: Client;
    readonly #machine: StartMachine;
    readonly #opening: Opening;
    readonly #refusal = h("div", { class: "refusal", role: "alert", hidden: true });
    #view: View | undefined;

    constructor(machine: StartMachine, opening: Opening) {
        this.#opening = opening;
        this.#machine = machine;
        this.#client = new Client(machine, {
            opened: (facts) => this.#opened(facts),
            picture: (picture) => this.#view?.update(picture),
            refused: (lines) => this.#refuse(lines),
        });
        document.body.replaceChildren(h("header", {}, h("h1", {}, opening.title), ...opening.extra, this.#refusal));
        this.#client.open(opening.wanted);
    }

    close(): void {
        this.#client.close();
        this.#view?.close();
    }

    #opened(facts: Facts): void {
        const { cycle } = this.#opening;
        this.#view = new View(this.#client, this.#machine, facts, this.#opening, this.#refusal);
        if (cycle > 0) this.#view.order({ kind: "goTo", cycle });
        this.#client.wantPicture();
    }

    #refuse(lines: readonly string[]): void {
        this.#refusal.textContent = lines.join("\n");
        this.#refusal.hidden = false;
    }
}

/** The parts of an open run. */
class View {
    readonly #stage: Stage;
    readonly #mesh: MeshMap;
    readonly #timeline: Timeline;
    readonly #controls: Controls;
    readonly #console: ConsolePanel;
    readonly #panels: readonly Panel[];
    readonly #tabs: readonly HTMLButtonElement[];
    readonly #panelBox = h("div", { role: "tabpanel", tabindex: "0" });
    readonly #opening: Opening;
    #beside: string | undefined;
    #shown: Panel;
    #isClosed = false;

    constructor(client: Client, machine: StartMachine, facts: Facts, opening: Opening, refusal: HTMLElement) {
        this.#opening = opening;
        this.#beside = opening.beside;
        const stage = new Stage(client, facts, opening.wanted.images);
        this.#stage = stage;
        if (opening.clusters !== undefined) stage.selection = { ...stage.selection, clusters: opening.clusters };
        this.#mesh = new MeshMap(stage);
        this.#timeline = new Timeline(stage);
        this.#console = new ConsolePanel(stage);
        this.#panels = facts.kind === "kernel" ? this.#kernelPanels(machine) : this.#guestPanels();
        this.#tabs = this.#panels.map((panel, i) => {
            const title = `key ${i + 1}`;
            return h("button", { role: "tab", title, onclick: () => this.#show(panel) }, panel.title);
        });
        const first = facts.kind === "kernel" ? this.#console : this.#panels[0];
        this.#shown = this.#panels.find(({ name }) => name === opening.panel) ?? first ?? this.#console;
        this.#controls = new Controls(
            stage,
            opening.title,
            (index) => this.#panels[index] && this.#show(this.#panels[index]),
            opening.extra,
        );
        this.#controls.element.append(refusal);
        document.body.replaceChildren(
            this.#controls.element,
            h("main", { class: "left" }, ...this.#left(facts)),
            h(
                "aside",
                {},
                opening.lesson,
                h("div", { role: "tablist", "aria-label": "Panels" }, ...this.#tabs),
                this.#panelBox,
            ),
            this.#timeline.element,
            this.#controls.help,
        );
        stage.onSelect = () => this.#selected();
        stage.redraw = () => this.#mesh.draw();
        this.#show(this.#shown);
        this.#frame();
    }

    #kernelPanels(machine: StartMachine): Panel[] {
        const stage = this.#stage;
        const { wanted, beside } = this.#opening;
        const onSwitches = (switches: string) => this.#setBeside(switches);
        return [
            new FaultPanel(stage),
            new TablesPanel(stage),
            new DsmPanel(stage),
            new BanksPanel(stage),
            ...(wanted.kind === "system"
                ? [new BesidePanel(stage, { machine, wanted, switches: beside, onSwitches })]
                : []),
            new HartPanel(stage),
            new EventsPanel(stage),
            new PokePanel(stage),
            this.#console,
        ];
    }

    /** A guest on one cluster has its console where others have the mesh. */
    #guestPanels(): Panel[] {
        const stage = this.#stage;
        const spread = stage.clusterCount > 1 ? [new BanksPanel(stage), this.#console] : [];
        return [new LensPanel(stage), new HartPanel(stage), ...spread];
    }

    #left({ kind }: Facts): HTMLElement[] {
        if (kind === "kernel") return [this.#mesh.element, legend()];
        return [this.#panels.includes(this.#console) ? this.#mesh.element : this.#console.element];
    }

    order(order: Order): void {
        this.#stage.order(order);
    }

    update(picture: Picture): void {
        this.#stage.picture = picture;
        this.#console.take(picture);
        if (!this.#panels.includes(this.#console)) this.#console.update(picture);
        this.#mesh.update(picture);
        this.#controls.update(picture);
        this.#timeline.update(picture);
        this.#shown.update(picture);
        document.body.dataset.busy = String(picture.busy);
        if (!picture.busy) this.#tellPlace(picture);
    }

    close(): void {
        this.#isClosed = true;
        for (const panel of this.#panels) panel.close?.();
    }

    /** A picture for each of the screen's, while there is something to see. */
    #frame(): void {
        if (this.#isClosed) return;
        if (this.#stage.picture?.busy !== false) this.#stage.client.wantPicture();
        requestAnimationFrame(() => this.#frame());
    }

    #show(panel: Panel): void {
        this.#shown = panel;
        for (const [i, tab] of this.#tabs.entries())
            tab.setAttribute("aria-selected", String(this.#panels[i] === panel));
        this.#panelBox.setAttribute("aria-label", `${panel.title} panel`);
        this.#panelBox.replaceChildren(panel.element);
        this.#mesh.overlay = panel.overlay?.bind(panel);
        this.#selected();
    }

    #selected(): void {
        const { picture } = this.#stage;
        if (picture === undefined) return;
        this.#shown.update(picture);
        this.#mesh.draw();
        this.#tellPlace(picture);
    }

    #setBeside(switches: string): void {
        this.#beside = switches;
        if (this.#stage.picture !== undefined) this.#tellPlace(this.#stage.picture);
    }

    #tellPlace({ clock }: Picture): void {
        this.#opening.onPlace(clock, this.#shown.name, this.#beside);
    }
}

function legend(): HTMLElement {
    const items = SHOWN_SEGMENTS.map((segment) => {
        return h("span", {}, h("i", { style: `background:${css(segmentRgb(segment))}` }), segment);
    });
    const free = h("span", {}, h("i", { style: "background:var(--free)" }), "free");
    return h("div", { class: "legend" }, ...items, free, "frame: the process");
}
