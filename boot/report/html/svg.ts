/**
 * The elements of SVG pictures as text. Every attribute and text is escaped here and nowhere else. The classes (`soft`, `line`, `frame`, ...) have
 * their colours from `svgStyle`: those of paper in a file of its own, those of the page's theme in the page.
 */

import { scaleLinear } from "d3-scale";

export interface Picture {
    readonly width: number;
    readonly height: number;
    /** Elements, escaped. */
    readonly body: string;
}

/** Colours of what is no data. */
export interface Inks {
    readonly ink: string;
    readonly soft: string;
    readonly line: string;
    readonly paper: string;
}

export const PAPER: Inks = { ink: "#1b1b1b", soft: "#565656", line: "#d9d9d9", paper: "#ffffff" };

type Attributes = Readonly<Record<string, string | number | undefined>>;

/** Text of a document as text or attribute of HTML and SVG. Control characters, which XML does not have, are replaced. */
export function escaped(text: string): string {
    return Array.from(text, (character) => REPLACED[character] ?? (isControl(character) ? "\ufffd" : character)).join(
        "",
    );
}

const REPLACED: Readonly<Record<string, string>> = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
    "'": "&#39;",
    "\n": "\n",
    "\t": "\t",
};

function isControl(character: string): boolean {
    const code = character.codePointAt(0) ?? 0;
    return (
        code < 0x20 || (code >= 0x7f && code < 0xa0) || (code >= 0xd800 && code < 0xe000) || (code & 0xfffe) === 0xfffe
    );
}

/** `inside` is elements; attributes that are undefined are left out. */
export function element(name: string, attributes: Attributes, inside = ""): string {
    const words = Object.entries(attributes).flatMap(([key, value]) => {
        if (value === undefined) return [];
        return [` ${key}="${typeof value === "number" ? coordinate(value) : escaped(value)}"`];
    });
    return inside === "" ? `<${name}${words.join("")}/>` : `<${name}${words.join("")}>${inside}</${name}>`;
}

/** A number with as many digits as a picture shows. */
export function coordinate(value: number): string {
    return String(Number(value.toFixed(2)));
}

/** What a reader sees who points at the element. */
export function hint(text: string): string {
    return `<title>${escaped(text)}</title>`;
}

export interface TextOptions {
    readonly class?: string;
    readonly anchor?: "start" | "middle" | "end";
    readonly fill?: string;
    readonly rotate?: number;
}

export function textAt(x: number, y: number, text: string, options: TextOptions = {}): string {
    const { class: name, anchor, fill, rotate } = options;
    const transform = rotate === undefined ? undefined : `rotate(${rotate} ${coordinate(x)} ${coordinate(y)})`;
    const style = fill === undefined ? undefined : `fill:${fill}`;
    return element("text", { x, y, class: name, "text-anchor": anchor, style, transform }, escaped(text));
}

export function rectangle(x: number, y: number, width: number, height: number, more: Attributes, inside = ""): string {
    return element("rect", { x, y, width, height, ...more }, inside);
}

export function lineFrom(x1: number, y1: number, x2: number, y2: number, name = "line"): string {
    return element("line", { x1, y1, x2, y2, class: name });
}

const CHARACTER = 6.2;

/** The width of a text of the pictures' size, estimated from above. */
export function widthOf(text: string): number {
    return text.length * CHARACTER;
}

/** The text, cut to the width. */
export function fitted(text: string, width: number): string {
    const room = Math.max(1, Math.floor(width / CHARACTER));
    return text.length <= room ? text : `${text.slice(0, Math.max(0, room - 1))}…`;
}

export interface Key {
    readonly name: string;
    readonly colour: string;
}

/** Squares with names, as many lines of them as the width asks for. */
export function legend(keys: readonly Key[], x: number, y: number, width: number): Picture {
    let [column, line, body] = [0, 0, ""];
    for (const { name, colour } of keys) {
        const needs = 18 + widthOf(name) + 8;
        if (column > 0 && column + needs > width) [column, line] = [0, line + 1];
        body += rectangle(x + column, y + line * 17, 10, 10, { fill: colour, rx: 2 });
        body += textAt(x + column + 14, y + line * 17 + 9, name, { class: "soft" });
        column += needs;
    }
    return { width, height: keys.length === 0 ? 0 : (line + 1) * 17, body };
}

/** Round values from 0 to the largest that is not above `most`; no fractions where whole things are counted. */
export function ticks(most: number, about: number, whole = false): number[] {
    const all = scaleLinear().domain([0, most]).ticks(about);
    return whole ? all.filter(Number.isInteger) : all;
}

/** Rules of CSS; `within` is a selector that they are for. */
export function svgStyle({ ink, soft, line, paper }: Inks, within = ""): string {
    const rules = [
        `text{font:11px system-ui,"Helvetica Neue",Arial,"DejaVu Sans",sans-serif;fill:${ink}}`,
        `.soft{fill:${soft}}`,
        ".strong{font-weight:700;font-size:12px}",
        `.line{stroke:${line};stroke-width:1}`,
        `.edge{stroke:${soft};stroke-width:1;fill:none}`,
        `.frame{stroke:${soft};stroke-width:1;fill:${paper}}`,
        `.empty{fill:${line};fill-opacity:.55}`,
        `.own{fill:${soft};fill-opacity:.22}`,
        `.sign{fill:${ink};stroke:${paper};stroke-width:.8}`,
    ];
    return rules.map((rule) => (within === "" ? rule : `${within} ${rule}`)).join("\n");
}

/** A file of its own, on white paper. */
export function svgFile(picture: Picture, title: string): string {
    const { width, height, body } = picture;
    const [w, h] = [Math.ceil(width), Math.ceil(height)];
    const open = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${w} ${h}" width="${w}" height="${h}">`;
    const paper = rectangle(0, 0, w, h, { fill: PAPER.paper });
    return `${open}${hint(title)}<style>${svgStyle(PAPER)}</style>${paper}${body}</svg>\n`;
}
