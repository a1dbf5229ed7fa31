/**
 * Draws, by the file's name, what the machines of a test file run on whose options do not say. The small programs of test/emu are compiled
 * in many ways, systems as they are for people. ARCHIPEL_ENGINE=NAME[,THRESHOLD[,REGION]] says otherwise.
 */
import { expect } from "vitest";
import { ENGINE_DEFAULTS, type EngineName } from "../emu/host/machine-options.ts";

const SMALL = ["jit", "jit,1,1", "auto,2,7", "auto,10,400", "auto", "interpreter"];

/** A path gives the same number everywhere. */
function numberOf(text: string): number {
    return [...text].reduce((sum, character) => (sum * 31 + character.charCodeAt(0)) % 65521, 7);
}

function drawn(): string {
    const file = expect.getState().testPath?.replaceAll("\\", "/").split("/test/").at(-1) ?? "";
    return file.startsWith("emu/") ? (SMALL[numberOf(file) % SMALL.length] as string) : "auto";
}

const [engine, threshold, region] = (process.env["ARCHIPEL_ENGINE"] ?? drawn()).split(",");
Object.assign(ENGINE_DEFAULTS, {
    engine: engine as EngineName,
    ...(threshold && { jitThreshold: threshold === "never" ? threshold : Number(threshold) }),
    ...(region && { jitRegion: Number(region) }),
});
