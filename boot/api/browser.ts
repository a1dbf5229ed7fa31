/** Archipel in a browser (docs/api.md): the machine and the booted system, without files and without a compiler. */

import { parseConfig } from "../../configs/check.ts";
import type { Artifacts, Program } from "../system/artifacts.ts";
import { IMAGE_EXTENSION, imageOf } from "../system/image-file.ts";

export { Machine } from "../../emu/machine.ts";
export { EVENTS } from "../abi/events.ts";
export { bootSystem } from "../system/boot-system.ts";
export { parseConfig };

type GuestImage = Pick<Artifacts, "layouts"> & { readonly image: Artifacts["kernel"] };

interface Elsewhere {
    /** Programs that are not fetched, by path. */
    readonly brought?: ReadonlyMap<string, Program>;
    /** The names of programs' images, without extension, by path; by default `elf-` and the path. */
    readonly programs?: Readonly<Record<string, string>>;
    /** The names of programs' input files, by the path that the config has. */
    readonly inputs?: Readonly<Record<string, string>>;
}

/** Fetches what a config needs of the package's dist/images, which lies at `url` (with a slash at its end). Throws what fetch throws. */
export async function fetchArtifacts(
    config: ReturnType<typeof parseConfig>,
    url: string,
    { brought = new Map(), programs = {}, inputs = {} }: Elsewhere = {},
): Promise<Artifacts> {
    const get = async (name: string): Promise<Response> => {
        const response = await fetch(`${url}${name}`);
        if (!response.ok) throw new Error(`${url}${name}: ${response.status} ${response.statusText}`);
        return response;
    };
    const value = async (name: string): Promise<unknown> => {
        return imageOf(new Uint8Array(await (await get(`${name}${IMAGE_EXTENSION}`)).arrayBuffer()));
    };
    const paths = [...new Set(config.programs.map(({ path }) => path))];
    const standard = [...new Set(config.programs.flatMap(({ stdin }) => stdin ?? []))];
    const [core, kernel, firmware, ...images] = await Promise.all([
        get("core.wasm").then((response) => response.arrayBuffer()),
        value("kernel"),
        value("firmware"),
        ...paths.map((path) => brought.get(path) ?? value(programs[path] ?? `elf-${path}`)),
    ]);
    const contents = await Promise.all(
        standard.map(async (path) => new Uint8Array(await (await get(inputs[path] ?? path)).arrayBuffer())),
    );
    const { image, layouts } = kernel as GuestImage;
    return {
        core: new Uint8Array(core),
        kernel: image,
        layouts,
        firmware: firmware as Artifacts["firmware"],
        programs: new Map(paths.map((path, i) => [path, images[i] as Program])),
        inputs: new Map(standard.map((path, i) => [path, contents[i] as Uint8Array])),
    };
}
