/** Made-up probe records for observers, as the machine would hand them over. */

import { EVENTS, eventNumber, fieldNumber, placesOf } from "../../../boot/abi/events.ts";
import type { Observer } from "../../../boot/abi/observer.ts";
import { Observers } from "../../../boot/observe/observer.ts";

const fieldsOf = (number: number) => placesOf(Object.values(EVENTS).find((row) => row.number === number)?.fields ?? []);

/** A record as the machine has it, of an event's number and its fields in order; `begun` is the clock at which telling began. */
export function recordOf([number = 0, ...fields]: readonly number[], begun = 0): Uint32Array {
    const words = [BigInt(number), 0n, 0n, 0n, 0n, 0n, 0n, BigInt(begun)];
    fieldsOf(number).forEach(({ word, shift, bits }, i) => {
        words[word] = (words[word] ?? 0n) | (BigInt.asUintN(bits, BigInt(fields[i] ?? 0)) << BigInt(shift));
    });
    return new Uint32Array(BigUint64Array.from(words).buffer);
}

/** The event's number, and its fields in order. */
export function wordsOf(halves: Uint32Array): number[] {
    const number = eventNumber(halves);
    return [number, ...fieldsOf(number).map((place) => fieldNumber(place, halves))];
}

/** A record of `words`, an event's number and its fields, from a hart. */
export function tellTo(observer: Observer): (hart: number, ...words: readonly number[]) => void {
    const observers = new Observers([observer]);
    return (hart, ...words) => observers.record(hart, recordOf(words));
}
