/** The run repeated with other policies, beside this one: banks over one time axis, and what both have come to. */

import { SWITCHES, type SwitchName, switchRows } from "../../../configs/switches.ts";
import type { WantedSystem } from "../../protocol.ts";
import type { BankUse, RunFigures } from "../../questions.ts";
import { Client, type StartMachine } from "../client.ts";
import { grouped, h, table } from "../dom.ts";
import { busiestRate, drawBanks, prepare } from "../heat.ts";
import type { Panel, Stage } from "../stage.ts";

const PATIENCE_MS = 500;
const MARGIN = 36;
const STRIP = 110;
const HEAD = 18;
const PARTS = ["programs: data", "kernel: data"] as const;

/** What a panel needs to open a run of its own. */
export interface Beside {
    readonly machine: StartMachine;
    readonly wanted: WantedSystem;
    /** Switches as links name them (`heap=reference,stack=reference`) that are run with at once. */
    readonly switches: string | undefined;
    /** Called when others are run with. */
    onSwitches(switches: string): void;
}

interface Shown {
    readonly use: BankUse;
    readonly figures: RunFigures;
}

export class BesidePanel implements Panel {
    readonly name = "beside";
    readonly title = "Policies";
    readonly element: HTMLElement;
    readonly #stage: Stage;
    readonly #beside: Beside;
    readonly #choices: readonly (readonly [SwitchName, HTMLSelectElement])[];
    readonly #strips = h("canvas", {
        role: "img",
        "aria-label": "Accesses of both runs from other clusters, by bank, over one time axis",
    });
    readonly #figures = h("div");
    readonly #state = h("p", { class: "soft", role: "status" });
    #other: Client | undefined;

    constructor(stage: Stage, beside: Beside) {
        this.#stage = stage;
        this.#beside = beside;
        const own = kernelOf(beside.wanted.text);
        const pairs = (beside.switches ?? "").split(",").map((pair) => pair.split("=", 2));
        const wanted = new Map(pairs.map(([name = "", value]) => [name, value] as const));
        this.#choices = switchRows().map(([name, { values, description }]) => {
            const present = wanted.get(name) ?? own[name] ?? values[0];
            const options = values.map((value) => h("option", { value, selected: value === present }, value));
            return [name, h("select", { "aria-label": name, title: description }, ...options)] as const;
        });
        const fields = this.#choices.map(([name, select]) =>
            h("label", { class: "field" }, h("span", {}, name), select),
        );
        const form = h(
            "form",
            { class: "switches", onsubmit: (event) => this.#submit(event) },
            ...fields,
            h("button", { class: "main" }, "Run beside"),
        );
        this.element = h("div", {}, h("div", { class: "scroll" }, form, this.#state, this.#strips, this.#figures));
        if (beside.switches !== undefined) this.#run();
    }

    /** It follows both runs by itself. */
    update(): void {}

    close(): void {
        this.#other?.close();
        this.#other = undefined;
    }

    #submit(event: Event): void {
        event.preventDefault();
        this.#run();
    }

    /** Those that differ from this run's, as links name them. */
    #switches(): string {
        const own = kernelOf(this.#beside.wanted.text);
        const changed = this.#choices.filter(([name, { value }]) => value !== (own[name] ?? SWITCHES[name].values[0]));
        return changed.map(([name, { value }]) => `${name}=${value}`).join(",");
    }

    #run(): void {
        const { machine, wanted } = this.#beside;
        const config = JSON.parse(wanted.text) as Readonly<Record<string, unknown>>;
        const switches = Object.fromEntries(this.#choices.map(([name, { value }]) => [name, value]));
        const text = JSON.stringify({ ...config, kernel: { ...kernelOf(wanted.text), ...switches } });
        this.close();
        const other = new Client(machine, {
            opened: () => {
                other.order({ kind: "run" });
                this.#follow(other).catch((error: Error) => this.#tell(error.message));
            },
            picture: () => {},
            refused: (lines) => this.#tell(lines.join("\n")),
        });
        this.#other = other;
        other.open({ ...wanted, text });
        this.#stage.order({ kind: "run" });
        this.#tell("The second run is opened.");
        this.#beside.onSwitches(this.#switches());
    }

    /** Shows both until both have ended, or another is run with. */
    async #follow(other: Client): Promise<void> {
        for (let isDone = false; !isDone; ) {
            const [here, there] = await Promise.all([shownOf(this.#stage.client), shownOf(other)]);
            if (this.#other !== other) return;
            this.#show(here, there);
            isDone = here.figures.ended !== undefined && there.figures.ended !== undefined;
            this.#tell(isDone ? "Both runs have ended." : "Both run; figures are of the present place.");
            if (!isDone) await new Promise((resolve) => setTimeout(resolve, PATIENCE_MS));
        }
    }

    #tell(text: string): void {
        this.#state.textContent = text;
    }

    #show(here: Shown, there: Shown): void {
        const { clusterCount } = this.#stage;
        const switches = this.#switches() || "the same policies";
        const names = ["this run", switches.replaceAll(",", ", ")] as const;
        const width = this.element.clientWidth - MARGIN;
        const context = prepare(this.#strips, width, 2 * (STRIP + HEAD));
        const to = Math.max(here.figures.clock, there.figures.clock, 1);
        const most = Math.max(busiestRate(here.use, clusterCount), busiestRate(there.use, clusterCount));
        for (const [i, { use }] of context === undefined ? [] : [here, there].entries()) {
            const y = i * (STRIP + HEAD) + HEAD;
            if (context === undefined) continue;
            context.fillStyle = getComputedStyle(this.#strips).color;
            context.fillText(`${names[i]}: banks down, cycles 0 to ${grouped(to)} to the right`, 0, y - 5);
            drawBanks(context, use, clusterCount, { from: 0, to }, { x: 0, y, width, height: STRIP - 4 }, most);
        }
        const rows = FIGURES.map(({ name, of, text }) => {
            const [a, b] = [of(here.figures), of(there.figures)];
            return [name, text(a), text(b), a > 0 && name !== "hottest bank" ? (b / a).toFixed(2) : ""];
        });
        this.#figures.replaceChildren(table(["", ...names, "ratio"], rows, "Figures of both runs"));
    }
}

const percent = (value: number) => `${(100 * value).toFixed(1)}%`;
const part = ({ all, local }: { readonly all: number; readonly local: number }) => (all === 0 ? 0 : local / all);

const FIGURES: readonly {
    readonly name: string;
    of(figures: RunFigures): number;
    text(value: number): string;
}[] = [
    { name: "cycles", of: ({ clock }) => clock, text: grouped },
    { name: "instructions", of: ({ instructions }) => instructions, text: grouped },
    { name: "data accesses to the own bank", of: ({ data }) => part(data), text: percent },
    { name: "fetches from the own bank", of: ({ fetches }) => part(fetches), text: percent },
    { name: "data accesses of other banks", of: ({ data }) => data.all - data.local, text: grouped },
    { name: "hottest bank", of: ({ hottest }) => hottest?.bank ?? 0, text: String },
    { name: "its accesses from other clusters", of: ({ hottest }) => hottest?.remote ?? 0, text: grouped },
    { name: "page faults", of: ({ faults }) => faults, text: grouped },
    { name: "requests", of: ({ requests }) => requests, text: grouped },
    { name: "DSM faults", of: ({ dsmFaults }) => dsmFaults, text: grouped },
];

async function shownOf(client: Client): Promise<Shown> {
    const figures = await client.ask("figures", {});
    const use = await client.ask("bankUse", { from: 0, to: figures.clock, parts: PARTS });
    return { figures, use };
}

function kernelOf(text: string): Readonly<Record<string, string | undefined>> {
    return (JSON.parse(text) as { kernel?: Readonly<Record<string, string>> }).kernel ?? {};
}
