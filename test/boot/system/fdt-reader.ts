/** Reads a flattened device tree (Devicetree Specification 0.4, chapter 5), written apart from what writes it. */

export interface ReadNode {
    readonly name: string;
    readonly properties: Map<string, Uint8Array>;
    readonly children: ReadNode[];
}

export function readFdt(blob: Uint8Array): ReadNode {
    const view = new DataView(blob.buffer, blob.byteOffset, blob.byteLength);
    const [magic, total, structure, strings] = [0, 4, 8, 12].map((at) => view.getUint32(at)) as [
        number,
        number,
        number,
        number,
    ];
    if (magic !== 0xd00dfeed || total !== blob.length) throw new Error("no device tree");
    const text = (at: number) => {
        const end = blob.indexOf(0, at);
        return new TextDecoder().decode(blob.subarray(at, end));
    };
    const aligned = (at: number) => (at + 3) & ~3;
    let at = structure;
    const node = (): ReadNode => {
        if (view.getUint32(at) !== 1) throw new Error(`no node at ${at}`);
        const name = text(at + 4);
        at = aligned(at + 4 + new TextEncoder().encode(name).length + 1);
        const properties = new Map<string, Uint8Array>();
        const children: ReadNode[] = [];
        for (;;) {
            const token = view.getUint32(at);
            if (token === 1) children.push(node());
            else if (token === 3) {
                const length = view.getUint32(at + 4);
                properties.set(text(strings + view.getUint32(at + 8)), blob.slice(at + 12, at + 12 + length));
                at = aligned(at + 12 + length);
            } else if (token === 2) {
                at += 4;
                return { name, properties, children };
            } else throw new Error(`token ${token} at ${at}`);
        }
    };
    const root = node();
    if (view.getUint32(at) !== 9) throw new Error("no end");
    return root;
}

/** The node at a path such as "/soc/serial@10000000". */
export function nodeAt(root: ReadNode, path: string): ReadNode {
    const steps = path.split("/").filter((step) => step !== "");
    return steps.reduce((node, step) => {
        const child = node.children.find(({ name }) => name === step);
        if (child === undefined) throw new Error(`${path}: no ${step}`);
        return child;
    }, root);
}

/** The property's cells. */
export function cellsOf(node: ReadNode, name: string): number[] {
    const bytes = node.properties.get(name) ?? new Uint8Array(0);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return Array.from({ length: bytes.length / 4 }, (_, i) => view.getUint32(4 * i));
}

/** The property's strings. */
export function textsOf(node: ReadNode, name: string): string[] {
    return new TextDecoder().decode(node.properties.get(name)).split("\0").slice(0, -1);
}
