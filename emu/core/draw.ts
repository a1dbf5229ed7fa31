// The numbers that the seed decides (docs/spec/turns.md, section 3).
import { SEED } from "../state/machine-layout";

/** A stream is the purpose that a number is drawn for. */
export const DRAW_JITTER: u64 = 0;
export const DRAW_EXTENSION: u64 = 1;
/** Ranks and first clocks of fidelity "timing". */
export const DRAW_RANK: u64 = 0x10000;
export const DRAW_START: u64 = 0x10001;
/** Of the hart's n-th draw for its store buffer, in place of the round's. */
export const DRAW_DRAINS: u64 = 0x10002;
/** This stream and those after it are for the parts of a round. */
export const DRAW_PARTS: u64 = 2;

/** Returns the number of (seed, hart, round) in a stream, by splitmix64's finaliser: 64 bits, each as good as a coin. */
export function draw(index: u32, round: u64, stream: u64): u64 {
    let z = load<u64>(SEED) + (round << 10) * 0x9e3779b97f4a7c15 + (<u64>index + 1) * 0xd1342543de82ef95;
    z += stream * 0xa0761d6478bd642f;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
}
