/** What a site of `archipel view` has for its page, in site.json (boot/build/view-site.ts writes it, view/page/main.ts reads it). */

export const SITE_FILE = "site.json";
/** Among the images: the sources of the kernel and of the shipped programs, their texts by their paths. */
export const SOURCES_FILE = "sources.json";
/** The lessons as the package has them. */
export const LESSONS_FILE = "lessons.json";

/** Where a lesson is seen: a config of the site or its own, the place and the panel. */
export interface LessonRun {
    readonly config?: string;
    readonly own?: object;
    readonly cycle: number;
    readonly panel: string;
    /** That stand side by side. */
    readonly clusters?: readonly [number, number];
    /** Policy switches of a second run. */
    readonly beside?: string;
}

export interface Lesson {
    readonly title: string;
    readonly rule: string;
    readonly run: LessonRun;
    /** What is asked before looking. */
    readonly predict: string;
    readonly look: readonly string[];
    /** The answer. */
    readonly saw: string;
}

/** A stock guest: the shape of its machine, and its files among the images. */
export interface SiteGuest {
    readonly title: string;
    readonly mesh: readonly [number, number];
    readonly harts: number;
    /** Bytes of all clusters together. */
    readonly memory: number;
    readonly seed: number;
    readonly append: string | undefined;
    readonly semihosting: boolean;
    readonly firmware: SiteGuestFile;
    readonly kernel: SiteGuestFile | undefined;
    readonly initrd: SiteGuestFile | undefined;
    readonly deviceTree: SiteGuestFile | undefined;
    readonly loads: readonly (SiteGuestFile & { readonly address: number })[];
    /** A lens for its kernel (docs/lens.md). */
    readonly lens: { readonly file: string; readonly text: string } | undefined;
}

/** A file by its name in messages, and by that of its image. */
export interface SiteGuestFile {
    readonly file: string;
    readonly image: string;
}

export interface Site {
    readonly lessons: readonly Lesson[];
    /** What the page opens instead of the first config. */
    readonly guest: SiteGuest | undefined;
    /** The configs to choose from; the first is opened. */
    readonly configs: readonly { readonly name: string; readonly text: string }[];
    /** Where the images lie, relative to the page, with a slash at its end. */
    readonly images: string;
    /** The names of the images of programs that are not shipped, and those of programs' input files, by the paths that configs have. */
    readonly programs: Readonly<Record<string, string>>;
    readonly inputs: Readonly<Record<string, string>>;
}
