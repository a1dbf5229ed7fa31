/** Fetches the parts of a kernel machine from where a site has them. */

import { fetchArtifacts, parseConfig } from "../../boot/api/browser.ts";
import type { Artifacts } from "../../boot/system/artifacts.ts";
import { type BareRequest, TURN_DEFAULTS } from "../../boot/system/bare-machine.ts";
import { programOf } from "../../boot/system/program-file.ts";
import type { SiteGuestFile } from "../../boot/system/site.ts";
import type { Config } from "../../configs/schema/config.ts";
import type { WantedGuest, WantedSystem } from "../protocol.ts";

/** Throws the errors of parseConfig, fetchArtifacts and programOf. */
export async function fetchSystem({
    text,
    file,
    images,
    programs,
    inputs,
    files,
}: WantedSystem): Promise<[Config, Artifacts]> {
    const config = parseConfig(text, file);
    const brought = new Map([...files].map(([path, elf]) => [path, programOf(path, elf)]));
    const artifacts = await fetchArtifacts(config, images, { brought, programs, inputs });
    return [config, artifacts];
}

/** What a stock guest's machine is made of, and the bytes of the core. Throws what fetch throws. */
export async function fetchGuest({ images, guest }: WantedGuest): Promise<[BareRequest, Uint8Array]> {
    const bytes = async (name: string) => new Uint8Array(await (await fetchImage(images, name)).arrayBuffer());
    const given = async (of: SiteGuestFile | undefined) => of && { file: of.file, bytes: await bytes(of.image) };
    const [core, firmware, kernel, initrd, deviceTree, loads] = await Promise.all([
        bytes("core.wasm"),
        given(guest.firmware),
        given(guest.kernel),
        given(guest.initrd),
        given(guest.deviceTree),
        Promise.all(
            guest.loads.map(async ({ file, image, address }) => ({ file, bytes: await bytes(image), address })),
        ),
    ]);
    if (firmware === undefined) throw new Error("the site has no guest");
    const { mesh, harts, memory, seed, append, semihosting } = guest;
    const files = { firmware, kernel, initrd, append, loads, semihosting, deviceTree };
    return [{ mesh, harts, memory, guest: files, seed, turns: TURN_DEFAULTS, engine: {} }, core];
}

async function fetchImage(images: string, name: string): Promise<Response> {
    const response = await fetch(`${images}${name}`);
    if (!response.ok) throw new Error(`${images}${name}: ${response.status} ${response.statusText}`);
    return response;
}
