/**
 * Fused operations by Wasm's arithmetic (NX raised before) against the same in software: values and flags, for operands that
 * need the single rounding. Software is checked with the vectors.
 */
import { expect, it } from "vitest";
import { random, run } from "../engine/guest.ts";

const SEED = Number(process.env["ARCHIPEL_SEED"] ?? 1);
const TUPLES = 200_000;
const MIB = 1048576;
const UPPER_HALF_OF_BOXED = 0xffffffff;

/** Digits of the significand, largest exponent, and how far below 1 a sum or product still matters. */
const FORMATS = {
    s: { digits: 24, largest: 127, reach: 80 },
    d: { digits: 53, largest: 1023, reach: 170 },
} as const;
type Format = (typeof FORMATS)[keyof typeof FORMATS];
type Triple = readonly [number, number, number];

/** Operands of one shape after the other. Numbers are rounded to the format by whoever stores them. */
class Shapes {
    readonly #next: () => number;
    readonly #format: Format;

    constructor(seed: number, format: Format) {
        this.#next = random(seed);
        this.#format = format;
    }

    triple(index: number): Triple {
        const shapes = [
            () => this.#close(),
            () => this.#cancelling(),
            () => this.#besideTie(),
            () => this.#tieOfProduct(),
            () => this.#extreme(),
        ];
        return (shapes[index % shapes.length] as () => Triple)();
    }

    /** From low to high, both included. */
    #between(low: number, high: number): number {
        return low + (this.#next() % (high - low + 1));
    }

    #sign(): number {
        return this.#next() & 1 ? -1 : 1;
    }

    /** In [1, 2), all digits random, or 1 and one more digit. */
    #significand(): number {
        if (this.#next() % 4 === 0) return 1 + 2 ** -this.#between(1, this.#format.digits - 1);
        return 1 + (this.#next() & 0xfffff) * 2 ** -20 + this.#next() * 2 ** -52;
    }

    #number(exponent: number): number {
        return this.#sign() * this.#significand() * 2 ** exponent;
    }

    #close(): Triple {
        const { digits } = this.#format;
        const [i, j] = [this.#between(-9, 9), this.#between(-9, 9)];
        return [this.#number(i), this.#number(j), this.#number(i + j + this.#between(-digits - 3, 2 * digits + 3))];
    }

    /** c is the rounded product, or some places beside it: what is left are the product's low digits. */
    #cancelling(): Triple {
        const { digits } = this.#format;
        const round = digits === 24 ? Math.fround : (value: number) => value;
        const [a, b] = [round(this.#number(0)), round(this.#number(this.#between(-9, 9)))];
        const product = round(a * b);
        return [a, b, -product * (1 + this.#between(-2, 2) * 2 ** -this.#between(1, digits))];
    }

    /** The product is about half of c's last place, by a difference of up to twice the digits. */
    #besideTie(): Triple {
        const { digits } = this.#format;
        const [k, l] = [this.#between(1, digits - 1), this.#between(1, digits - 1)];
        const a = this.#sign() * (1 + this.#sign() * 2 ** -k);
        const b = 1 + this.#sign() * 2 ** -(this.#next() & 1 ? k : l);
        const c = this.#next() & 1 ? this.#number(0) : this.#sign() * 2 ** this.#between(0, 1);
        return [a, b * 2 ** -this.#between(digits - 3, digits + 2), c];
    }

    /** A product with one or two digits too many, and a c far below them. */
    #tieOfProduct(): Triple {
        const { digits, reach } = this.#format;
        const half = (digits + 1) >> 1;
        const odd = () => 2 ** half - 1 - 2 * this.#between(0, 2 ** (half - 1) - 1);
        const c = this.#next() % 8 === 0 ? 0 : 2 ** -this.#between(0, reach);
        return [this.#sign() * odd(), odd(), this.#sign() * c];
    }

    /** Any exponents; those where the result overflows, is subnormal, or next to it. */
    #extreme(): Triple {
        const { largest, digits } = this.#format;
        const any = () => this.#between(-largest - digits, largest);
        const i = any();
        const borders = [any(), largest - i, -largest - i, -largest - digits - i, largest - 124 - i];
        const j = borders[this.#next() % borders.length] as number;
        const near = i + j + this.#between(-digits, digits);
        return [this.#number(i), this.#number(j), this.#number(this.#next() & 1 ? near : any())];
    }
}

/** Register contents of all triples. */
function registers(precision: "s" | "d"): Uint8Array {
    const shapes = new Shapes(SEED, FORMATS[precision]);
    const bytes = new ArrayBuffer(24 * TUPLES);
    const doubles = new Float64Array(bytes);
    const singles = new Float32Array(bytes);
    const words = new Uint32Array(bytes);
    for (let i = 0; i < TUPLES; i++) {
        shapes.triple(i).forEach((value, k) => {
            const at = 3 * i + k;
            if (precision === "d") doubles[at] = value;
            else {
                singles[2 * at] = value;
                words[2 * at + 1] = UPPER_HALF_OF_BOXED;
            }
        });
    }
    return new Uint8Array(bytes);
}

/** Compares both ways for every triple; stops at the first difference, the triple's address in s0. */
function program(name: string): string {
    return `
        li t0, 0x2000
        csrs mstatus, t0
        la s0, operands
        li s1, ${TUPLES}
    1:  fld fa1, 0(s0)
        fld fa2, 8(s0)
        fld fa3, 16(s0)
        fsflagsi 0
        ${name} fa4, fa1, fa2, fa3, rne
        frflags a4
        fsflagsi 1
        ${name} fa5, fa1, fa2, fa3, rne
        frflags a5
        fmv.x.d a2, fa4
        fmv.x.d a3, fa5
        bne a2, a3, 2f
        ori a4, a4, 1
        bne a4, a5, 2f
        addi s0, s0, 24
        addi s1, s1, -1
        bnez s1, 1b
    2:  finish
        .balign 8
    operands: .zero ${24 * TUPLES}`;
}

const NAMES = ["fmadd", "fmsub", "fnmsub", "fnmadd"].flatMap((stem) => [`${stem}.s`, `${stem}.d`]);

it.each(NAMES)(`%s, by Wasm's arithmetic and in software, seed ${SEED}`, (name) => {
    const guest = run(program(name), { bankSize: 8 * MIB, held: true });
    const operands = Number(guest.address("operands"));
    guest.machine.writePhysical(operands, registers(name.endsWith("s") ? "s" : "d"));
    expect(guest.machine.run({ maxInstructions: 1e8 }).kind).toBe("finisher");
    const text = () => {
        const bytes = guest.machine.readPhysical(Number(guest.x("s0")), 24);
        const triple = [...new BigUint64Array(bytes.buffer, bytes.byteOffset, 3)].map((bits) => bits.toString(16));
        const outcomes = ["a3", "a5", "a2", "a4"].map((register) => guest.x(register).toString(16));
        return `${triple.join(" ")}: result and flags ${outcomes.slice(0, 2).join(" ")}, not ${outcomes.slice(2).join(" ")}`;
    };
    if (guest.x("s1") !== 0n) expect.fail(text());
});
