/** A note of an ELF file that has no content (System V ABI, "Note Section"). */
export interface ElfNote {
    readonly owner: string;
    readonly type: number;
}

/** The lengths of name and content, the type, the name with its NUL, all as multiples of 4 bytes. */
export function noteBytes({ owner, type }: ElfNote): Uint8Array {
    const name = new TextEncoder().encode(`${owner}\0`);
    const bytes = new Uint8Array(12 + 4 * Math.ceil(name.length / 4));
    const view = new DataView(bytes.buffer);
    view.setUint32(0, name.length, true);
    view.setUint32(8, type, true);
    bytes.set(name, 12);
    return bytes;
}
