/** A string table of an ELF file (System V ABI, "String Table"): each text once, with its NUL, behind the empty one. */
export class StringTable {
    readonly #offsets = new Map<string, number>();
    readonly #parts: number[] = [0];

    add(text: string): number {
        const known = this.#offsets.get(text);
        if (known !== undefined) return known;
        const offset = this.#parts.length;
        for (const byte of new TextEncoder().encode(text)) this.#parts.push(byte);
        this.#parts.push(0);
        this.#offsets.set(text, offset);
        return offset;
    }

    bytes(): Uint8Array {
        return Uint8Array.from(this.#parts);
    }
}
