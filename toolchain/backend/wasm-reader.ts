/** Reads the primitive values of the Wasm binary format: bytes, LEB128 integers, names. */
export class WasmReader {
    readonly bytes: Uint8Array;
    position: number;

    constructor(bytes: Uint8Array, position: number) {
        this.bytes = bytes;
        this.position = position;
    }

    byte(): number {
        const value = this.bytes[this.position];
        if (value === undefined) throw new Error(`Wasm module ends early, at byte ${this.position}`);
        this.position++;
        return value;
    }

    u32(): number {
        let result = 0;
        for (let scale = 1; ; scale *= 128) {
            const byte = this.byte();
            result += (byte & 127) * scale;
            if (byte < 128) return result;
        }
    }

    s32(): number {
        let result = 0;
        for (let shift = 0; ; ) {
            const byte = this.byte();
            result |= (byte & 127) << shift;
            shift += 7;
            if (byte < 128) return shift < 32 && (byte & 64) !== 0 ? result | (-1 << shift) : result;
        }
    }

    s64(): bigint {
        let result = 0n;
        for (let shift = 0n; ; ) {
            const byte = this.byte();
            result |= BigInt(byte & 127) << shift;
            shift += 7n;
            if (byte < 128) return BigInt.asIntN(64, (byte & 64) !== 0 ? result | (-1n << shift) : result);
        }
    }

    /** Reads `count` bytes as a little-endian number. */
    bits(count: number): bigint {
        let result = 0n;
        for (let i = 0; i < count; i++) result |= BigInt(this.byte()) << BigInt(8 * i);
        return result;
    }

    name(): string {
        const length = this.u32();
        const start = this.position;
        this.position += length;
        return new TextDecoder().decode(this.bytes.subarray(start, start + length));
    }
}
