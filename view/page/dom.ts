/** Elements of the page, made in one expression. */

type Child = Node | string | undefined;
type Attributes = Readonly<Record<string, string | boolean | ((event: Event) => void) | undefined>>;

/** An element: attributes by name, listeners as `onclick`; false and undefined are left out. */
export function h<K extends keyof HTMLElementTagNameMap>(
    tag: K,
    attributes: Attributes = {},
    ...children: Child[]
): HTMLElementTagNameMap[K] {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
        if (typeof value === "function") element.addEventListener(name.slice("on".length), value);
        else if (value === true) element.setAttribute(name, "");
        else if (typeof value === "string") element.setAttribute(name, value);
    }
    element.append(...children.filter((child) => child !== undefined));
    return element;
}

/** A table with a head; a cell is text or a node. */
export function table(
    head: readonly string[],
    rows: readonly (readonly (Node | string)[])[],
    name: string,
): HTMLTableElement {
    const cells = (tag: "td" | "th", row: readonly (Node | string)[]) => row.map((cell) => h(tag, {}, cell));
    return h(
        "table",
        { "aria-label": name },
        h("thead", {}, h("tr", {}, ...cells("th", head))),
        h("tbody", {}, ...rows.map((row) => h("tr", {}, ...cells("td", row)))),
    );
}

export function hex(value: number | bigint): string {
    return `0x${value.toString(16)}`;
}

/** A number with groups of three digits. */
export function grouped(value: number): string {
    return Math.round(value).toLocaleString("en");
}

/** The element's content is what is given, when it was something else before. Keeps selection and scrolling of what stays. */
export function show(element: HTMLElement, key: string, content: () => readonly (Node | string)[]): void {
    if (element.dataset.key === key) return;
    element.dataset.key = key;
    element.replaceChildren(...content());
}
