/** Lying bars, a row each, parted by colour, on one scale; a row that is far longer than the others is cut and says so. */

import { exact, short } from "./numbers.ts";
import {
    element,
    fitted,
    hint,
    type Key,
    legend,
    lineFrom,
    type Picture,
    rectangle,
    textAt,
    ticks,
    widthOf,
} from "./svg.ts";

export interface Bar {
    readonly name: string;
    /** One for each key, in their order. */
    readonly parts: readonly number[];
    /** Values that are marked on the row's scale, such as a median. */
    readonly marks?: readonly { readonly name: string; readonly value: number; readonly shape: "line" | "dot" }[];
}

export interface BarOptions {
    readonly keys: readonly Key[];
    readonly unit: string;
    /** The title of the numbers at the right: what a whole bar is. */
    readonly whole: string;
    readonly width: number;
    readonly nameWidth: number;
}

const ROW = 22;
const TOP = 18;
/** A bar may be so many times as long as the next one before it is cut. */
const FAR = 3;

export function barPicture(bars: readonly Bar[], { keys, unit, whole, width, nameWidth }: BarOptions): Picture {
    const right = width - 88;
    const most = limitOf(bars);
    const x = (value: number) => nameWidth + (Math.min(value, most) / most) * (right - nameWidth);
    const bottom = TOP + bars.length * ROW;
    const grid = ticks(most, 5).map(
        (tick) =>
            lineFrom(x(tick), TOP - 4, x(tick), bottom) +
            textAt(x(tick), TOP - 7, short(tick), { class: "soft", anchor: "middle" }),
    );
    const title =
        textAt(nameWidth - 8, TOP - 7, unit, { class: "soft", anchor: "end" }) +
        textAt(right + 8, TOP - 7, whole, { class: "soft" });
    const rows = bars.map((bar, i) => barRow(bar, TOP + i * ROW, { keys, unit, most, x, nameWidth }));
    const keyed = legend(keys, 4, bottom + 8, width - 8);
    return { width, height: bottom + 10 + keyed.height, body: [...grid, title, ...rows, keyed.body].join("") };
}

/** The longest row, or, when it is far longer than the one after it, a bit more than that. */
function limitOf(bars: readonly Bar[]): number {
    const [first = 1, second = first] = bars.map(lengthOf).sort((a, b) => b - a);
    return (first > FAR * second && second > 0 ? second * 1.5 : first) || 1;
}

function lengthOf({ parts, marks = [] }: Bar): number {
    return Math.max(total(parts), ...marks.map(({ value }) => value));
}

function total(parts: readonly number[]): number {
    return parts.reduce((sum, part) => sum + part, 0);
}

interface RowFrame extends Pick<BarOptions, "keys" | "unit" | "nameWidth"> {
    readonly most: number;
    x(value: number): number;
}

function barRow({ name, parts, marks = [] }: Bar, y: number, { keys, unit, most, x, nameWidth }: RowFrame): string {
    let sum = 0;
    const drawn = parts.map((part, i) => {
        const [from, to] = [x(sum), x(sum + part)];
        sum += part;
        const { name: key = "", colour = "" } = keys[i] ?? {};
        if (to - from < 0.05) return "";
        return rectangle(
            from,
            y + 2,
            to - from,
            ROW - 8,
            { fill: colour },
            hint(`${name}: ${key} ${exact(part)} ${unit}`),
        );
    });
    const shown = marks.filter(({ value }) => value <= most);
    const signs = shown.map(({ name: mark, value, shape }) => {
        const text = hint(`${name}: ${mark} ${exact(value)} ${unit}`);
        const at = x(value);
        if (shape === "line") return rectangle(at - 1, y, 2, ROW - 4, { class: "sign" }, text);
        return element("circle", { cx: at, cy: y + ROW / 2 - 2, r: 3.2, class: "sign" }, text);
    });
    const cut = sum > most;
    const label = textAt(x(most) + 8, y + 13, cut ? `${short(sum)} (cut)` : short(sum));
    const title = textAt(nameWidth - 8, y + 13, fitted(name, nameWidth - 8), { anchor: "end" });
    return title + drawn.join("") + signs.join("") + label;
}

/** Room for the longest name. */
export function nameWidthOf(names: readonly string[]): number {
    return Math.max(60, Math.min(260, 14 + Math.max(0, ...names.map(widthOf))));
}
