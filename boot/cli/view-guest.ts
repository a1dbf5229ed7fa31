/** `view --elf`: the stock guest of a site, from the command line's files. */

import { basename } from "node:path";
import type { GuestOfSite } from "../build/view-site.ts";
import { parseLens } from "../observe/lens/format.ts";
import { CommandError } from "../report/exit-codes.ts";
import type { SiteGuestFile } from "../system/site.ts";
import { readGuestFile } from "./bare-machine.ts";
import { ELF_OPTIONS, guestPaths, shapeOptions } from "./elf-options.ts";
import type { Option, Values } from "./options.ts";

/** A page has no disks, and writes no files. */
const NOT_HERE: ReadonlySet<string> = new Set(["drive", "dump-dtb"]);

export const GUEST_OPTIONS: readonly Option[] = [
    {
        name: "elf",
        value: "FILE",
        help: "show a stock guest instead: a bare-metal program or firmware, as in boot --elf",
    },
    ...ELF_OPTIONS.filter(({ name }) => !NOT_HERE.has(name)),
    { name: "lens", value: "FILE", help: "with --elf: what is shown of the guest's kernel (docs/lens.md)" },
];

/** Undefined without --elf. Throws CommandError("usage" or "input") and ConfigError. */
export function guestOfSite(values: Values): GuestOfSite | undefined {
    const elf = values.text("elf");
    if (elf === undefined) {
        const given = GUEST_OPTIONS.find(({ name }) => values.has(name));
        if (given === undefined) return undefined;
        throw new CommandError("usage", `--${given.name}: only with --elf FILE`);
    }
    if (values.positionals.length > 0 || values.has("set") || values.has("program"))
        throw new CommandError("usage", "--elf does not go together with a config, --set or --program");
    const { file, kernel, initrd, append, dtb, loads = [], semihosting = false } = guestPaths(values, elf);
    const images = new Map<string, Uint8Array>();
    const image = (path: string): SiteGuestFile => {
        const name = `guest-${images.size}`;
        images.set(name, readGuestFile(path).bytes);
        return { file: path, image: name };
    };
    const given = (path: string | undefined) => (path === undefined ? undefined : image(path));
    const { mesh, harts, memory } = shapeOptions(values);
    const site = {
        title: basename(kernel ?? file),
        mesh: [mesh[0], mesh[1]] as const,
        harts,
        memory,
        seed: values.has("seed") ? values.number("seed", 0) : 1,
        append,
        semihosting,
        firmware: image(file),
        kernel: given(kernel),
        initrd: given(initrd),
        deviceTree: given(dtb),
        loads: loads.map(({ file: path, address }) => ({ ...image(path), address })),
        lens: lensOf(values.text("lens")),
    };
    return { site, images };
}

/** The lens is checked here, so that what is wrong with it is told where it is given. */
function lensOf(file: string | undefined): GuestOfSite["site"]["lens"] {
    if (file === undefined) return undefined;
    const text = new TextDecoder().decode(readGuestFile(file).bytes);
    parseLens(text, file);
    return { file, text };
}
