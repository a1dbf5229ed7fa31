/** What must hold in every state of the model, and what only when no operation is under way (vmm-policy 4): each invariant a predicate. */

import { Broken } from "../dsm/explore.ts";
import type { Model } from "./model.ts";
import { type Entry, isAtRest, isPrivate, type Rights, type Vseg } from "./state.ts";

/** What is wrong, or undefined. */
type Invariant = (model: Model) => string | undefined;

const ALWAYS: readonly (readonly [string, Invariant])[] = Object.entries({
    I7,
    I8,
    I9,
    I10,
    I12,
    "5.9": sharers,
    "7.2": frozen,
    "5.4": content,
});
const AT_REST: readonly (readonly [string, Invariant])[] = Object.entries({
    I1,
    I2,
    I3,
    I4,
    I5,
    I6,
    I10: owners,
    I11,
    "5.9.2": marks,
    "5.8": rights,
});

export function checkState(model: Model): void {
    test(model, ALWAYS);
    if (model.isQuiet()) test(model, AT_REST);
    // Nobody needs that others begin something.
    const busy = model.state.tasks.filter((task) => !isAtRest(task));
    const stuck = busy.length > 0 && !busy.some((task) => !task.asleep && model.canRun(task));
    if (stuck) throw new Broken(`wait without end: ${busy.map(({ step }) => step).join(", ")}`);
}

function test(model: Model, invariants: typeof ALWAYS): void {
    for (const [name, invariant] of invariants) {
        const wrong = invariant(model);
        if (wrong !== undefined) throw new Broken(`${name}: ${wrong}`);
    }
}

/** The first thing wrong with a page of a cluster, told with both. */
function ofPages({ state, kinds }: Model, wrong: (cxy: number, page: number, entry: Entry) => string | undefined) {
    for (let cxy = 0; cxy < state.clusters.length; cxy++) {
        for (let page = 0; page < kinds.length; page++) {
            const what = wrong(cxy, page, state.clusters[cxy]?.entries[page] as Entry);
            if (what !== undefined) return `page ${page} of cluster ${cxy} ${what}`;
        }
    }
    return undefined;
}

function ofVsegs({ state }: Model, wrong: (cxy: number, vseg: Vseg) => boolean): string | undefined {
    for (let cxy = 0; cxy < state.clusters.length; cxy++)
        for (const vseg of state.clusters[cxy]?.vsegs ?? [])
            if (wrong(cxy, vseg)) return `${vseg.kind} [${vseg.first}, ${vseg.end}) of cluster ${cxy}`;
    return undefined;
}

/** VSL(P,K) holds every private vseg of K, and (2.2) none of another cluster: CODE where P is, the STACK of each thread. */
function I1(model: Model): string | undefined {
    return ofPages(model, (cxy, page) => {
        const kind = model.kinds[page];
        const { attached } = model.cluster(cxy);
        const wanted =
            kind === "code" ? attached : model.state.tasks.some((task) => task.cxy === cxy && task.slot === page);
        const there = model.vseg(cxy, page) !== null;
        if (!isPrivate(kind as "heap") || there === wanted) return undefined;
        return there ? "is a private vseg of nobody there" : "has lost its private vseg";
    });
}

/** VSL(P,K), K != Z, holds only HEAP that a thread in K has accessed. */
function I2(model: Model): string | undefined {
    return ofVsegs(model, (cxy, { kind, first, end }) => {
        const pages = (1 << end) - (1 << first);
        return cxy !== 0 && kind === "heap" && (model.cluster(cxy).known & pages) !== pages;
    });
}

/** VSL(P,Z) holds every public vseg of P: what calls have mapped and not unmapped, with the rights that they gave it. */
function I3(model: Model): string | undefined {
    for (const [page, kind] of model.kinds.entries()) {
        const has = model.vseg(0, page)?.rights ?? 0;
        if (kind !== "stack" && has !== model.state.space[page]) return `page ${page} of Z is not as it was asked for`;
    }
    return undefined;
}

/** GPT(P,K) holds an entry for each mapped private page of K: no private frame of K's is without one. */
function I4(model: Model): string | undefined {
    for (const [index, { owners, page, home }] of model.state.frames.entries())
        if (owners > 0 && home >= 0 && model.entry(home, page).frame !== index)
            return `page ${page} of cluster ${home}`;
    return undefined;
}

/** GPT(P,K), K != Z, holds entries only for public pages that a thread in K has accessed. */
function I5(model: Model): string | undefined {
    return ofPages(model, (cxy, page, { frame }) => {
        const touched = cxy === 0 || frame < 0 || ((model.cluster(cxy).touched >> page) & 1) === 1;
        return touched || isPrivate(model.kinds[page] as "heap") ? undefined : "was not accessed";
    });
}

/** GPT(P,Z) holds an entry for every mapped public page of P: each public frame that is not the child's alone is there. */
function I6(model: Model): string | undefined {
    const { frames, child } = model.state;
    for (const [index, { owners, page, home }] of frames.entries()) {
        const own = owners - (child?.[page] === index ? 1 : 0);
        if (own > 0 && home < 0 && model.entry(0, page).frame !== index) return `page ${page} has a frame that Z lacks`;
    }
    return undefined;
}

/** For a public page GPT(P,K) is absent or names the frame of GPT(P,Z), with no more rights. */
function I7(model: Model): string | undefined {
    return ofPages(model, (_, page, { frame, rights }) => {
        if (rights === 0 || isPrivate(model.kinds[page] as "heap")) return undefined;
        const own = model.entry(0, page);
        return frame !== own.frame || rights > own.rights ? "is not as Z has it" : undefined;
    });
}

/** No two vsegs that can be seen together overlap: those of one VSL, and those with Z's public ones that they are no part of. */
function I8(model: Model): string | undefined {
    const zone = ofVsegs(model, (_, { kind, first, end }) =>
        model.kinds.slice(first, end).some((each) => each !== kind),
    );
    if (zone !== undefined) return `${zone} lies in another zone`;
    return ofVsegs(model, (cxy, vseg) => model.overlapping(cxy, vseg.first, vseg.end).some((other) => other !== vseg));
}

/** The public part of VSL(P,K) is a subset of Z's: same pages, type and rights. (That of GPT(P,K): I7.) */
function I9(model: Model): string | undefined {
    return ofVsegs(model, (cxy, { kind, first, end, rights }) => {
        if (cxy === 0 || kind === "stack") return false;
        for (let page = first; page < end; page++) {
            const own = model.vseg(0, page);
            if (own?.kind !== kind || own.rights !== rights) return true;
        }
        return false;
    });
}

/** A freed frame is in no GPT and in no TLB; and what a TLB has is the frame of its page. */
function I10(model: Model): string | undefined {
    return ofPages(model, (cxy, page, entry) => {
        const cached = model.cluster(cxy).tlb[page] as { frame: number; rights: Rights };
        for (const { frame, rights } of [entry, cached]) {
            if (rights === 0) continue;
            const named = model.state.frames[frame];
            if (named === undefined || named.owners === 0 || named.page !== page) return "names a freed frame";
        }
        return undefined;
    });
}

/** A frame's reference count equals its owners; no TLB has what its table has not. */
function owners(model: Model): string | undefined {
    const { clusters, frames, child } = model.state;
    for (const [index, frame] of frames.entries()) {
        const private_ = frame.home >= 0;
        let count = child?.includes(index) === true ? 1 : 0;
        for (const [cxy, { entries }] of clusters.entries())
            for (const entry of entries) if (entry.frame === index && (private_ || cxy === 0)) count++;
        if (count !== frame.owners)
            return `a frame of page ${frame.page} has ${count} owners and counts ${frame.owners}`;
    }
    return ofPages(model, (cxy, page, { frame, rights }) => {
        const cached = model.cluster(cxy).tlb[page] as { frame: number; rights: Rights };
        const stale = cached.rights > rights || (cached.rights > 0 && cached.frame !== frame);
        return stale ? "is in a TLB with what is gone" : undefined;
    });
}

/** CODE replicas have the same virtual addresses and the same content: Z's. */
function I11(model: Model): string | undefined {
    const other = ofVsegs(model, (_, { kind, first, end }) => {
        const own = kind === "code" ? model.vseg(0, first) : null;
        return kind === "code" && (own?.first !== first || own.end !== end);
    });
    if (other !== undefined) return other;
    return ofPages(model, (_, page, { frame }) =>
        model.kinds[page] === "code" && frame >= 0 && !model.isCurrent(frame) ? "has other content" : undefined,
    );
}

/** The frame of a private page lies in the bank of its own cluster. */
function I12(model: Model): string | undefined {
    return ofPages(model, (cxy, page, { frame }) => {
        if (frame < 0 || !isPrivate(model.kinds[page] as "heap")) return undefined;
        return model.state.frames[frame]?.home === cxy ? undefined : "lies in another bank";
    });
}

/** Whoever has something of a public page or of CODE is known to Z as a sharer: additions reach Z first. */
function sharers(model: Model): string | undefined {
    return ofPages(model, (cxy, page, { rights }) => {
        if (cxy === 0 || model.kinds[page] === "stack") return undefined;
        const has = rights > 0 || model.vseg(cxy, page) !== null;
        const known = ((model.vseg(0, page)?.sharers ?? 0) >> cxy) & 1;
        return has && known === 0 ? "is of no sharer" : undefined;
    });
}

/** What a child must find nobody may write. */
function frozen(model: Model): string | undefined {
    return ofPages(model, (cxy, page) => {
        const { frame, rights } = model.cluster(cxy).tlb[page] as { frame: number; rights: Rights };
        return rights === 2 && model.state.frames[frame]?.child === true
            ? "may be written, and a child must find it"
            : undefined;
    });
}

/** What a thread may read is what P wrote there last; of CODE see I11. */
function content(model: Model): string | undefined {
    return ofPages(model, (cxy, page) => {
        const { frame, rights } = model.cluster(cxy).tlb[page] as { frame: number; rights: Rights };
        const old = rights > 0 && model.kinds[page] !== "code" && !model.isCurrent(frame);
        return old ? "is an old copy" : undefined;
    });
}

function marks(model: Model): string | undefined {
    return ofPages(model, (_, __, { busy, removing }) => (busy || removing ? "has kept a mark" : undefined));
}

/** No entry gives more than the vseg; K's may have to be registered anew. */
function rights(model: Model): string | undefined {
    return ofPages(model, (cxy, page, entry) => {
        const vseg = model.vseg(model.kinds[page] === "stack" ? cxy : 0, page);
        return entry.rights > (vseg?.rights ?? 0) ? "has more rights than its vseg" : undefined;
    });
}
