/** What a seed chooses: numbers that are independent of each other for each (seed, name). */

/** A number below `below`. */
export function draw(seed: number, name: string, below: number): number {
    let z = Math.imul(seed, 0x9e3779b1);
    for (const letter of name) z = Math.imul(z ^ letter.charCodeAt(0), 0x85ebca6b) ^ (z >>> 13);
    z = Math.imul(z ^ (z >>> 16), 0xc2b2ae35);
    return ((z ^ (z >>> 15)) >>> 0) % below;
}

export function drawOf<T>(seed: number, name: string, values: readonly T[]): T {
    return values[draw(seed, name, values.length)] as T;
}
