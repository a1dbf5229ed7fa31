/** What page and machine say to each other. All of it is copied, nothing shared, so that a page needs no special headers. */

import type { EventName } from "../boot/abi/events.ts";
import type { SiteGuest } from "../boot/system/site.ts";
import type { Questions } from "./questions.ts";

/** A stock guest, as `view --elf` describes it to the page (boot/system/site.ts). */
export interface WantedGuest {
    readonly kind: "guest";
    readonly images: string;
    readonly guest: SiteGuest;
}

/** A run as the page asks for it. */
export type Wanted = WantedSystem | WantedGuest;

export interface WantedSystem {
    readonly kind: "system";
    /** The config's JSON text, and what errors call it. */
    readonly text: string;
    readonly file: string;
    /** Where the site's images lie, with a slash at its end. */
    readonly images: string;
    /** As Site has them (boot/system/site.ts). */
    readonly programs: Readonly<Record<string, string>>;
    readonly inputs: Readonly<Record<string, string>>;
    /** ELF files that the page brings itself, by the paths that the config has for them. */
    readonly files: ReadonlyMap<string, Uint8Array>;
}

export type Order =
    | { readonly kind: "run" }
    /** Not more than so many cycles a second. */
    | { readonly kind: "slowly"; readonly cyclesPerSecond: number }
    | { readonly kind: "pause" }
    | { readonly kind: "goTo"; readonly cycle: number }
    | { readonly kind: "next" | "previous"; readonly events: readonly EventName[] }
    | { readonly kind: "event"; readonly index: number }
    | { readonly kind: "step" | "stepBack"; readonly hart: number }
    /** To a system with our kernel, by hand. */
    | { readonly kind: "poke"; readonly poke: Poke }
    /** At the console of a stock guest, which then runs on. */
    | { readonly kind: "type"; readonly text: string };

/** A cluster's harts do nothing for `count` cycles; its bank costs so many more for an access; so many of its free frames are gone. */
export interface Poke {
    readonly kind: "delay" | "slow" | "frames";
    readonly cluster: number;
    readonly count: number;
}

export type Question = keyof Questions;

export type ToMachine =
    | { readonly kind: "open"; readonly wanted: Wanted }
    | { readonly kind: "order"; readonly order: Order }
    /** One picture is sent back, as soon as there is one. */
    | { readonly kind: "picture" }
    | { [Q in Question]: { kind: "ask"; id: number; question: Q; about: Questions[Q]["about"] } }[Question];

/** What does not change while a run is open. */
export interface Facts {
    /** A system with our kernel, or a stock guest, of which the machine and what a lens shows can be seen. */
    readonly kind: "kernel" | "guest";
    readonly mesh: readonly [number, number];
    readonly hartsPerCluster: number;
    readonly bankSize: number;
    readonly quantum: number;
    readonly seed: number;
    readonly programs: readonly { readonly path: string; readonly nodes: number }[];
    /** Clusters without harts, without memory. */
    readonly noHarts: readonly number[];
    readonly noMemory: readonly number[];
}

/** Where the run stands, and what has changed since the picture before. */
export interface Picture {
    readonly clock: number;
    /** The furthest clock that is known. */
    readonly furthest: number;
    /** Instructions of all harts. */
    readonly executed: number;
    /** The number of the next event; those from here to `known` lie ahead. */
    readonly heard: number;
    readonly known: number;
    /** The event that was told last, when its hart has gone no further. */
    readonly atEvent: number | undefined;
    readonly busy: boolean;
    readonly ended: { readonly end: string; readonly message: string } | undefined;
    /** Of the hash of `archipel boot`; only of a run that has ended. */
    readonly stateHash: string | undefined;
    /** Bytes of the console from `consoleFrom` on, and how many of all are written at this place. */
    readonly console: Uint8Array;
    readonly consoleFrom: number;
    readonly written: number;
    /** As Frames.takeChanged has them. */
    readonly frames: { readonly all: boolean; readonly rows: Uint32Array };
    /** All that are known, in the order in which they began. */
    readonly processes: readonly ProcessFacts[];
    /** What the user did to the machine, and when: such a run is not the config's. */
    readonly deeds: readonly { readonly clock: number; readonly text: string }[];
    /** Clocks of the moments that the run can go back to at once. */
    readonly moments: readonly number[];
}

export interface ProcessFacts {
    readonly pid: number;
    /** The index of its program in the config. */
    readonly program: number;
    readonly node: number;
    /** A fork of another process. */
    readonly isFork: boolean;
    /** Its reference cluster. */
    readonly cxy: number;
    /** The numbers of the events with which it began and ended; undefined: it is not known to have ended. */
    readonly from: number;
    readonly to: number | undefined;
}

export type FromMachine =
    | { readonly kind: "opened"; readonly facts: Facts }
    | { readonly kind: "picture"; readonly picture: Picture }
    | { readonly kind: "answer"; readonly id: number; readonly answer: unknown }
    /** What was asked, opened or ordered cannot be had. */
    | { readonly kind: "refused"; readonly id: number | undefined; readonly lines: readonly string[] };
