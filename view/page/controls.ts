/** The bar above the mesh, and the same orders by keys. */

import type { EventName } from "../../boot/abi/events.ts";
import type { Order, Picture } from "../protocol.ts";
import { grouped, h, table } from "./dom.ts";
import type { Stage } from "./stage.ts";

/** What "next" and "previous" go to. */
const KINDS: readonly (readonly [name: string, events: readonly EventName[]])[] = [
    ["page fault", ["faultBegin"]],
    ["step of a fault", ["faultBegin", "phase", "faultEnd"]],
    ["request", ["rpcSent", "rpcServed"]],
    ["frame", ["frame"]],
    ["vseg", ["vseg"]],
    ["DSM action", ["dsm"]],
    ["wait in sm_*", ["smWait"]],
    ["process", ["process", "exit", "killed"]],
    ["thread", ["thread"]],
    ["refusal", ["refused", "enosys"]],
];
/** Cycles a second; the last is as fast as it goes. */
const PACES = [100, 1_000, 10_000, 100_000, 1_000_000, Number.POSITIVE_INFINITY] as const;

const KEYS: readonly (readonly [key: string, text: string])[] = [
    ["space", "run or pause"],
    ["n, p", "to the next, the previous event of the kind in the bar"],
    ["s, S", "one instruction of the selected hart, or back"],
    ["right, left", "one round, or back; with shift a hundred"],
    ["home, end", "to the begin, to the furthest known cycle"],
    ["g", "type a cycle to go to"],
    ["1 to 9", "the panels"],
    ["?", "this list"],
];

export class Controls {
    readonly element: HTMLElement;
    readonly help: HTMLDialogElement;
    readonly #stage: Stage;
    readonly #run = h("button", { class: "main", onclick: () => this.toggle() }, "Run");
    readonly #kind: HTMLSelectElement;
    readonly #pace: HTMLSelectElement;
    readonly #cycle = h("input", { class: "cycle", inputmode: "numeric", "aria-label": "Cycle", placeholder: "cycle" });
    readonly #state = h("span", { class: "state", role: "status" });
    /** Called with the number of the panel, from 0. */
    readonly #showPanel: (index: number) => void;

    constructor(stage: Stage, title: string, showPanel: (index: number) => void, extra: readonly HTMLElement[]) {
        this.#stage = stage;
        this.#showPanel = showPanel;
        this.#kind = h(
            "select",
            { "aria-label": "Kind of event" },
            ...KINDS.map(([name], i) => h("option", { value: String(i) }, name)),
        );
        const paceName = (pace: number) => (Number.isFinite(pace) ? `${grouped(pace)} cycles/s` : "full speed");
        this.#pace = h(
            "select",
            { "aria-label": "Pace", onchange: () => this.#changePace() },
            ...PACES.map((pace) =>
                h("option", { value: String(pace), selected: !Number.isFinite(pace) }, paceName(pace)),
            ),
        );
        const go = h("form", { onsubmit: (event) => this.#goTo(event) }, this.#cycle, h("button", {}, "go"));
        this.help = this.#helpDialog();
        this.element = h(
            "header",
            {},
            h("h1", {}, title),
            this.#run,
            this.#pace,
            ...(stage.facts.kind === "kernel" ? this.#events() : []),
            go,
            ...extra,
            h("button", { onclick: () => this.help.showModal(), title: "keys (?)" }, "?"),
            this.#state,
        );
        document.addEventListener("keydown", (event) => this.#key(event));
    }

    /** A stock guest tells none. */
    #events(): HTMLElement[] {
        return [
            h("button", { onclick: () => this.#toEvent("previous"), title: "to the previous event (p)" }, "◀ previous"),
            this.#kind,
            h("button", { onclick: () => this.#toEvent("next"), title: "to the next event (n)" }, "next ▶"),
        ];
    }

    update({ clock, executed, busy, ended, stateHash, deeds }: Picture): void {
        this.#run.textContent = busy ? "Pause" : "Run";
        this.#run.disabled = !busy && ended !== undefined;
        const end = ended === undefined ? "" : `; ${ended.end}${ended.message === "" ? "" : `: ${ended.message}`}`;
        const hash = stateHash === undefined ? "" : `; state ${stateHash.slice(0, 12)}`;
        const done = deeds.length === 0 ? "" : `; not the config's run: ${deeds.map(({ text }) => text).join(", ")}`;
        this.#state.textContent = `cycle ${grouped(clock)}; ${grouped(executed)} instructions${end}${hash}${done}`;
    }

    toggle(): void {
        this.#order(this.#stage.picture?.busy === true ? { kind: "pause" } : this.#running());
    }

    #running(): Order {
        const pace = Number(this.#pace.value);
        return Number.isFinite(pace) ? { kind: "slowly", cyclesPerSecond: pace } : { kind: "run" };
    }

    #changePace(): void {
        if (this.#stage.picture?.busy === true) this.#order(this.#running());
    }

    #order(order: Order): void {
        this.#stage.order(order);
    }

    #toEvent(kind: "next" | "previous"): void {
        this.#order({ kind, events: KINDS[Number(this.#kind.value)]?.[1] ?? [] });
    }

    #goTo(event: Event): void {
        event.preventDefault();
        const cycle = Number(this.#cycle.value.replaceAll(/[\s,_]/g, ""));
        if (Number.isSafeInteger(cycle) && cycle >= 0) this.#order({ kind: "goTo", cycle });
        this.#cycle.blur();
    }

    #key(event: KeyboardEvent): void {
        const target = event.target as HTMLElement | null;
        if (event.ctrlKey || event.metaKey || event.altKey) return;
        if (target?.matches("input, select, textarea, dialog *") === true) return;
        const { picture, facts, selection } = this.#stage;
        const round = (event.shiftKey ? 100 : 1) * facts.quantum;
        const clock = picture?.clock ?? 0;
        const acts: Readonly<Record<string, () => void>> = {
            " ": () => this.toggle(),
            n: () => this.#toEvent("next"),
            p: () => this.#toEvent("previous"),
            s: () => this.#order({ kind: "step", hart: selection.hart }),
            S: () => this.#order({ kind: "stepBack", hart: selection.hart }),
            ArrowRight: () => this.#order({ kind: "goTo", cycle: clock + round }),
            ArrowLeft: () => this.#order({ kind: "goTo", cycle: Math.max(0, clock - round) }),
            Home: () => this.#order({ kind: "goTo", cycle: 0 }),
            End: () => this.#order({ kind: "goTo", cycle: picture?.furthest ?? 0 }),
            g: () => this.#cycle.focus(),
            "?": () => this.help.showModal(),
        };
        const act =
            acts[event.key] ?? (/^[1-9]$/.test(event.key) ? () => this.#showPanel(Number(event.key) - 1) : undefined);
        // A button that has the focus takes the space for itself.
        if (act === undefined || (event.key === " " && target?.matches("button, [tabindex]") === true)) return;
        event.preventDefault();
        act();
    }

    #helpDialog(): HTMLDialogElement {
        const rows = KEYS.map(([key, text]) => [h("kbd", {}, key), text]);
        const dialog: HTMLDialogElement = h(
            "dialog",
            { "aria-label": "Keys" },
            h("h3", {}, "Keys"),
            table(["key", "does"], rows, "Keys"),
            h("p", { class: "soft" }, "A click on a tile puts its cluster beside the one that was clicked before."),
            h("button", { onclick: () => dialog.close() }, "close"),
        );
        return dialog;
    }
}
