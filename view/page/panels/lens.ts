/** The inside of a stock guest's kernel, as its lens shows it (docs/lens.md). */

import type { LensTable } from "../../../boot/observe/lens/lens.ts";
import type { Picture } from "../../protocol.ts";
import { grouped, h, show, table } from "../dom.ts";
import { type Panel, Patience, type Stage } from "../stage.ts";

const PATIENCE_MS = 250;

export class LensPanel implements Panel {
    readonly name = "lens";
    readonly title = "Lens";
    readonly #body = h("div", { class: "scroll" });
    readonly element = h("div", {}, this.#body);
    readonly #stage: Stage;
    readonly #patience = new Patience(PATIENCE_MS);

    constructor(stage: Stage) {
        this.#stage = stage;
    }

    update({ executed, busy }: Picture): void {
        const { hart } = this.#stage.selection;
        const key = `${hart} ${executed}`;
        if (!this.#patience.isOver(key, busy)) return;
        this.#stage.client.ask("lens", { hart }).then(
            (tables) => show(this.#body, key, () => shown(tables)),
            (error: Error) => show(this.#body, key, () => [error.message]),
        );
    }
}

function shown(tables: readonly LensTable[] | undefined): (Node | string)[] {
    if (tables === undefined) return ["This guest was opened without a lens (view --elf FILE --lens FILE)."];
    return tables.flatMap(({ title, columns, rows, count, note }) => [
        h("h3", {}, title, h("span", { class: "soft" }, rows.length === 0 ? "" : ` ${grouped(count)}`)),
        ...(rows.length === 0 ? [] : [table(columns, rows.map(coded), title)]),
        ...(note === undefined ? [] : [h("p", { class: "soft" }, note)]),
    ]);
}

/** Numbers and addresses stand below each other. */
function coded(row: readonly string[]): Node[] {
    return row.map((text) => (/^(?:0x|-?[0-9])/.test(text) ? h("code", {}, text) : h("span", {}, text)));
}
