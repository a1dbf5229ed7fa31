/** Fetches the parts of a kernel machine from where a site has them. */

import { fetchArtifacts, parseConfig } from "../../boot/api/browser.ts";
import type { Artifacts } from "../../boot/system/artifacts.ts";
import { programOf } from "../../boot/system/program-file.ts";
import type { Config } from "../../configs/schema/config.ts";
import type { Wanted } from "../protocol.ts";

/** Throws the errors of parseConfig, fetchArtifacts and programOf. */
export async function fetchSystem({
    text,
    file,
    images,
    programs,
    inputs,
    files,
}: Wanted): Promise<[Config, Artifacts]> {
    const config = parseConfig(text, file);
    const brought = new Map([...files].map(([path, elf]) => [path, programOf(path, elf)]));
    const artifacts = await fetchArtifacts(config, images, { brought, programs, inputs });
    return [config, artifacts];
}
