/**
 * The colours of pictures, after Okabe and Ito, whose eight can be told apart by colour-blind people. A thing has one colour in all of them.
 */

import type { Phase, VsegType } from "./report.ts";

const ORANGE = "#E69F00";
const SKY = "#56B4E9";
const GREEN = "#009E73";
const YELLOW = "#F0E442";
const BLUE = "#0072B2";
const VERMILLION = "#D55E00";
const PURPLE = "#CC79A7";
const GREY = "#999999";
const PALE = "#C4C4C4";
const DARK = "#6B6B6B";

export const VSEG_COLOURS: Readonly<Record<VsegType, string>> = {
    CODE: BLUE,
    DATA: ORANGE,
    STACK: GREEN,
    HEAP: VERMILLION,
    REMOTE: SKY,
    FILE: GREY,
    DSM: PURPLE,
};

export const PHASE_COLOURS: Readonly<Record<Phase, string>> = {
    trap: GREY,
    vsl: YELLOW,
    rpcOut: ORANGE,
    queue: VERMILLION,
    service: PURPLE,
    frameAllocation: SKY,
    fillOrCopy: GREEN,
    gpt: BLUE,
    return: PALE,
    telling: DARK,
};

/** Parts of a cycle stack as the report groups them. */
export const STACK_COLOURS = {
    instructions: GREEN,
    fetches: SKY,
    walks: YELLOW,
    mesh: ORANGE,
    l2: BLUE,
    memory: VERMILLION,
    coherence: PURPLE,
    devices: DARK,
    pauses: GREY,
    fences: PALE,
} as const;

/** The colour of heat: more of it is more of what is counted. */
export const HEAT = VERMILLION;

/** Colours of series that have none of their own, in this order. */
export const SERIES_COLOURS: readonly string[] = [BLUE, VERMILLION, GREEN, PURPLE, ORANGE, SKY, DARK, YELLOW];

/** Colour number `index` of a list of series; the list begins again behind its last. */
export function seriesColour(index: number): string {
    return SERIES_COLOURS[index % SERIES_COLOURS.length] as string;
}
