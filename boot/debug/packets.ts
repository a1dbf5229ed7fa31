/**
 * The packets of GDB's remote protocol (GDB manual, appendix E.1): `$data#checksum`, acknowledged by + or -, and Ctrl-C as a byte of its own.
 * Characters stand for bytes, one each.
 */

/** What came in. A packet that is damaged was asked for again, and does not show. */
export type Received = { readonly kind: "packet"; readonly data: string } | { readonly kind: "interrupt" };

/** The longest packet, as qSupported says. */
export const MOST_PACKET = 0x4000;
const INTERRUPT = "\x03";

export class PacketReader {
    readonly #answer: (text: string) => void;
    #text = "";
    /** False once GDB has switched acknowledgements off. */
    acknowledges = true;

    /** `answer` sends acknowledgements. */
    constructor(answer: (text: string) => void) {
        this.#answer = answer;
    }

    /** Takes bytes as they come, and returns what is complete. What is between packets and longer than any is dropped. */
    push(text: string): Received[] {
        this.#text += text;
        const received: Received[] = [];
        for (;;) {
            const start = [...this.#text].findIndex((character) => character === "$" || character === INTERRUPT);
            if (start < 0) {
                this.#text = "";
                return received;
            }
            this.#text = this.#text.slice(start);
            if (this.#text.startsWith(INTERRUPT)) {
                this.#text = this.#text.slice(1);
                received.push({ kind: "interrupt" });
                continue;
            }
            const end = this.#text.indexOf("#");
            if (end < 0 || this.#text.length < end + 3) {
                if (this.#text.length > 2 * MOST_PACKET) this.#text = "";
                return received;
            }
            const [body, sum] = [this.#text.slice(1, end), this.#text.slice(end + 1, end + 3)];
            this.#text = this.#text.slice(end + 3);
            const isWhole = Number.parseInt(sum, 16) === checksum(body);
            if (this.acknowledges) this.#answer(isWhole ? "+" : "-");
            if (isWhole) received.push({ kind: "packet", data: unescaped(body) });
        }
    }
}

/** A packet as it is sent. */
export function framed(data: string): string {
    const body = data.replace(/[$#}*]/g, (character) => `}${String.fromCharCode(character.charCodeAt(0) ^ 0x20)}`);
    return `$${body}#${checksum(body).toString(16).padStart(2, "0")}`;
}

function checksum(body: string): number {
    let sum = 0;
    for (let i = 0; i < body.length; i++) sum = (sum + body.charCodeAt(i)) & 0xff;
    return sum;
}

function unescaped(body: string): string {
    return body.replace(/\}([\s\S])/g, (_, character: string) => String.fromCharCode(character.charCodeAt(0) ^ 0x20));
}

export function hexOfBytes(bytes: Uint8Array): string {
    return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Undefined when it is no hex of whole bytes. */
export function bytesOfHex(hex: string): Uint8Array | undefined {
    if (hex.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(hex)) return undefined;
    return Uint8Array.from({ length: hex.length / 2 }, (_, i) => Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16));
}

export function hexOfText(text: string): string {
    return hexOfBytes(new TextEncoder().encode(text));
}
