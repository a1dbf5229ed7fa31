/** What a site of `archipel view` has for its page, in site.json (boot/build/view-site.ts writes it, view/page/main.ts reads it). */

export const SITE_FILE = "site.json";
/** Among the images: the sources of the kernel and of the shipped programs, their texts by their paths. */
export const SOURCES_FILE = "sources.json";

export interface Site {
    /** The configs to choose from; the first is opened. */
    readonly configs: readonly { readonly name: string; readonly text: string }[];
    /** Where the images lie, relative to the page, with a slash at its end. */
    readonly images: string;
    /** The names of the images of programs that are not shipped, and those of programs' input files, by the paths that configs have. */
    readonly programs: Readonly<Record<string, string>>;
    readonly inputs: Readonly<Record<string, string>>;
}
