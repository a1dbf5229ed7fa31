/** Made-up probe records for observers, as the machine would hand them over. */

import { type Observer, Observers } from "../../../boot/observe/observer.ts";

/** A record of `words` from a hart. */
export function tellTo(observer: Observer): (hart: number, ...words: readonly number[]) => void {
    const observers = new Observers([observer]);
    return (hart, ...words) => {
        const halves = new Uint32Array(16);
        words.forEach((word, i) => {
            halves[2 * i] = word % 2 ** 32;
            halves[2 * i + 1] = Math.floor(word / 2 ** 32);
        });
        observers.record(hart, halves);
    };
}
