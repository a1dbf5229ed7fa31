/** The sources' side and the machine's side put together: builds what a config needs, and boots it. */

import { createHash } from "node:crypto";
import type { StreamingHash } from "../../emu/host/state-hash.ts";
import { buildArtifacts } from "../build/artifacts.ts";
import type { BootSystem } from "../report/report.ts";
import { bootSystem } from "../system/boot-system.ts";
import { elfFiles } from "../system/elf-files.ts";

export const buildAndBoot: BootSystem = async (loaded, hooks) => {
    const artifacts = await buildArtifacts(loaded, hooks.mutant !== undefined, hooks.onPhase);
    if (hooks.onElf !== undefined) for (const [name, elf] of elfFiles(artifacts)) hooks.onElf(name, elf);
    return bootSystem(loaded.config, artifacts, { newHash: nodeHash, ...hooks });
};

function nodeHash(): StreamingHash {
    const hash = createHash("sha256");
    return { update: (bytes) => void hash.update(bytes), hexDigest: () => hash.digest("hex") };
}
