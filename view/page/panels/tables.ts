/** VSL and GPT of a process in two clusters side by side: what only one has, or has otherwise, is marked; an entry's bits are spelled out. */

import type { EntryRow, Replica, VsegRow } from "../../../boot/report/replica.ts";
import type { Picture } from "../../protocol.ts";

import { grouped, h, hex, show, table } from "../dom.ts";
import { type Panel, Patience, type Stage } from "../stage.ts";

/** Bits of an Sv39 entry from bit 9 to bit 0 (privileged specification, Sv39); the software bits are the kernel's (kernel/mm/pte.ts). */
const BITS = ["removing", "busy", "D", "A", "G", "U", "X", "W", "R", "V"] as const;
const PAGE_BITS = 12;
const INDEX_BITS = 9;
const PATIENCE_MS = 150;

export class TablesPanel implements Panel {
    readonly name = "tables";
    readonly title = "VSL and GPT";
    readonly #body = h("div", { class: "scroll" });
    readonly #process = h("select", { "aria-label": "Process", onchange: () => this.#chooseProcess() });
    readonly #sides: readonly [HTMLSelectElement, HTMLSelectElement];
    readonly element: HTMLElement;
    readonly #stage: Stage;
    readonly #patience = new Patience(PATIENCE_MS);

    constructor(stage: Stage) {
        this.#stage = stage;
        const side = (name: string) =>
            h("select", { "aria-label": name, onchange: () => this.#choose() }, ...this.#clusters());
        this.#sides = [side("Left cluster"), side("Right cluster")];
        this.element = h(
            "div",
            {},
            h("div", { class: "buttons" }, this.#process, "in clusters", ...this.#sides),
            this.#body,
        );
    }

    update(picture: Picture): void {
        this.#listProcesses(picture);
        const { clusters } = this.#stage.selection;
        for (const i of [0, 1] as const) this.#sides[i].value = String(clusters[i]);
        const pid = Number(this.#process.value);
        if (pid === 0) {
            show(this.#body, "none", () => ["No process lives here."]);
            return;
        }
        const key = `${picture.clock} ${picture.executed} ${pid} ${clusters.join(" ")}`;
        if (!this.#patience.isOver(key, picture.busy)) return;
        this.#stage.client.ask("replicas", { pid, clusters }).then(
            (replicas) => show(this.#body, key, () => this.#shown(replicas)),
            () => {},
        );
    }

    #clusters(): HTMLOptionElement[] {
        return Array.from({ length: this.#stage.clusterCount }, (_, cxy) =>
            h("option", { value: String(cxy) }, String(cxy)),
        );
    }

    #choose(): void {
        const [a, b] = this.#sides;
        this.#stage.select({ pid: Number(this.#process.value), clusters: [Number(a.value), Number(b.value)] });
    }

    /** Z of the process beside a cluster of the two that were chosen. */
    #chooseProcess(): void {
        const pid = Number(this.#process.value);
        const z = this.#stage.process(pid)?.cxy ?? 0;
        const other = this.#stage.selection.clusters.find((cxy) => cxy !== z) ?? z;
        this.#stage.select({ pid, clusters: [z, other] });
    }

    /** Those that live here, of which the one that began last is chosen first. */
    #listProcesses({ processes }: Picture): void {
        const alive = processes.filter((process) => this.#stage.isAlive(process));
        const key = alive.map(({ pid }) => pid).join(" ");
        if (this.#process.dataset.key !== key) {
            const before = Number(this.#process.value);
            show(this.#process, key, () =>
                alive.map(({ pid }) => h("option", { value: String(pid) }, this.#stage.processName(pid))),
            );
            const kept = alive.find(({ pid }) => pid === before) ?? alive.at(-1);
            if (kept !== undefined) this.#process.value = String(kept.pid);
        }
        const { pid } = this.#stage.selection;
        if (alive.some((each) => each.pid === pid)) this.#process.value = String(pid);
    }

    #shown(replicas: readonly (Replica | undefined)[]): Node[] {
        const [a, b] = replicas;
        const vsegs = h("div", { class: "pair" }, this.#vsl(a, b, 0), this.#vsl(b, a, 1));
        const entries = h("div", { class: "pair" }, this.#gpt(a, b), this.#gpt(b, a));
        return [vsegs, entries];
    }

    #vsl(replica: Replica | undefined, other: Replica | undefined, side: 0 | 1): Node {
        const cxy = this.#stage.selection.clusters[side];
        if (replica === undefined) return h("div", {}, h("h3", {}, `cluster ${cxy}`), "The process is not here.");
        const key = ({ type, first, end, rights }: VsegRow) => `${type} ${first} ${end} ${rights}`;
        const there = new Set(other?.vsegs.map(key));
        const rows = replica.vsegs.map((vseg) => {
            const marked = other !== undefined && !there.has(key(vseg));
            const pages = `${hex(vseg.first)} to ${hex(vseg.end - 1)}`;
            const cells = [vseg.type, pages, vseg.rights, vseg.named === undefined ? "" : `at ${vseg.named}`];
            return cells.map((text) => h("span", { class: marked ? "differs" : "" }, text));
        });
        const name = `VSL of cluster ${replica.cxy}${replica.isReference ? " (Z)" : ""}`;
        return h("div", {}, h("h3", {}, name), table(["type", "pages", "rights", ""], rows, name));
    }

    #gpt(replica: Replica | undefined, other: Replica | undefined): Node {
        if (replica === undefined) return h("div");
        const there = new Map(other?.entries.map(({ vpn, entry }) => [vpn, entry]));
        const rows = replica.entries.map((row) => {
            const marked = other !== undefined && there.get(row.vpn) !== row.entry;
            return [
                h("span", { class: marked ? "differs" : "", title: treeOf(row) }, hex(row.vpn)),
                row.bank < 0 || row.bank >= this.#stage.clusterCount ? "window" : String(row.bank),
                hex(row.ppn),
                bitsOf(row.entry),
            ];
        });
        const name = `GPT of cluster ${replica.cxy}`;
        const count = `${name}: ${grouped(rows.length)} entries, root ${hex(replica.root)}`;
        return h("div", {}, h("h3", {}, count), table(["page", "bank", "frame", "bits"], rows, name));
    }
}

/** The way through the three levels of Sv39. */
function treeOf({ vpn, entry }: EntryRow): string {
    const index = (level: number) => Math.floor(vpn / 2 ** (INDEX_BITS * level)) % 2 ** INDEX_BITS;
    const tree = `VPN[2] ${index(2)}, VPN[1] ${index(1)}, VPN[0] ${index(0)}`;
    return `${hex(vpn * 2 ** PAGE_BITS)}: ${tree}; entry ${hex(entry)}`;
}

function bitsOf(entry: bigint): Node {
    const set = BITS.filter((_, i) => (entry >> BigInt(BITS.length - 1 - i)) & 1n);
    return h("code", {}, set.join(" "));
}
