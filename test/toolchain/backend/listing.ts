/** Disassembled functions of an image, for golden listings. */

import { disassemble } from "../../../emu/isa/disassemble.ts";
import { type Image, symbolAddress } from "../../../toolchain/link/image.ts";

export function listFunction(image: Image, name: string): string {
    const start = symbolAddress(image, name);
    const size = image.symbols.find((symbol) => symbol.name === name)?.size ?? 0;
    const lines = [`${name}:`];
    for (let address = start; address < start + size; ) {
        const half = Number(readImage(image, address, 2));
        const length = (half & 3) === 3 ? 4 : 2;
        const word = Number(readImage(image, address, length));
        lines.push(`    ${(address - start).toString(16).padStart(3)}  ${disassemble(word, address - start)}`);
        address += length;
    }
    return lines.join("\n");
}

/** Little-endian number in the image's content. */
export function readImage(image: Image, address: number, length: number): bigint {
    const segment = image.segments.find((s) => address >= s.address && address + length <= s.address + s.memorySize);
    if (segment === undefined) throw new Error(`0x${address.toString(16)} is not in the image`);
    let value = 0n;
    for (let i = length - 1; i >= 0; i--)
        value = (value << 8n) | BigInt(segment.bytes[address + i - segment.address] ?? 0);
    return value;
}
