/** A growing byte buffer with Wasm's number encodings (WebAssembly core specification, 5.2.2). No BigInt but for constants that need one. */

const TWO_32 = 4294967296;

export class WasmBuffer {
    #bytes = new Uint8Array(1024);
    #length = 0;

    get length(): number {
        return this.#length;
    }

    bytes(): Uint8Array {
        return this.#bytes.slice(0, this.#length);
    }

    byte(value: number): void {
        if (this.#length === this.#bytes.length) this.#grow(1);
        this.#bytes[this.#length++] = value;
    }

    append(bytes: ArrayLike<number>): void {
        if (this.#length + bytes.length > this.#bytes.length) this.#grow(bytes.length);
        this.#bytes.set(bytes, this.#length);
        this.#length += bytes.length;
    }

    /** Unsigned LEB128 of 0 <= value < 2^32. */
    unsigned(value: number): void {
        let rest = value;
        while (rest >= 128) {
            this.byte((rest % 128) | 128);
            rest = Math.floor(rest / 128);
        }
        this.byte(rest);
    }

    /** Signed LEB128 of any integer a Number holds exactly. */
    signed(value: number): void {
        let rest = value;
        for (;;) {
            const low = ((rest % 128) + 128) % 128;
            rest = Math.floor(rest / 128);
            if ((rest === 0 && low < 64) || (rest === -1 && low >= 64)) {
                this.byte(low);
                return;
            }
            this.byte(low | 128);
        }
    }

    /** Signed LEB128 of any 64-bit integer. */
    signed64(value: bigint): void {
        let rest = value;
        for (;;) {
            const low = Number(rest & 127n);
            rest >>= 7n;
            if ((rest === 0n && low < 64) || (rest === -1n && low >= 64)) {
                this.byte(low);
                return;
            }
            this.byte(low | 128);
        }
    }

    /** Signed LEB128 of a 32-bit constant, given signed or unsigned. */
    signed32(value: number): void {
        this.signed(value >= TWO_32 / 2 ? value - TWO_32 : value);
    }

    /** A name: length and characters (ASCII). */
    name(text: string): void {
        this.unsigned(text.length);
        for (const character of text) this.byte(character.charCodeAt(0));
    }

    #grow(needed: number): void {
        const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + needed));
        larger.set(this.#bytes.subarray(0, this.#length));
        this.#bytes = larger;
    }
}
