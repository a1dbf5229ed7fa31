/** Draws the engine that the tests of a file run on, from the file's name: ARCHIPEL_ENGINE=NAME[,THRESHOLD[,REGION]] says which instead. */
import { ENGINE_DEFAULTS } from "../emu/host/machine-options.ts";

const [engine, threshold, region] = (process.env["ARCHIPEL_ENGINE"] ?? "auto").split(",");
Object.assign(ENGINE_DEFAULTS, {
    engine,
    ...(threshold && { jitThreshold: threshold === "never" ? threshold : Number(threshold) }),
    ...(region && { jitRegion: Number(region) }),
});
