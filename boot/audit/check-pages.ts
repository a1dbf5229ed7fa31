/**
 * The invariants of single pages. I7, I9, I12 and the home rule 2.3 hold always; I4, I5, I6, I11 and rights (5.8) when nothing is in
 * flight.
 */

import { VSEG_CODE, VSEG_DSM, VSEG_FILE, VSEG_HEAP } from "../../kernel/abi/vseg-type.ts";
import { sameFrames } from "../observe/guest-memory.ts";
import { broken, firstDifference, hex } from "../report/violation.ts";
import { checkSharer } from "./check-vsegs.ts";
import {
    describeEntry,
    describeRights,
    hasFrame,
    isValid,
    kindName,
    PTE_W,
    ppnOf,
    rightsOf,
    within,
} from "./kernel-facts.ts";
import type { Replica } from "./replica.ts";
import { BY_PAGE } from "./rules.ts";
import type { World } from "./world.ts";

/** The type of the page's vseg as K or Z has it; undefined when no list has it. */
function typeOf(reference: Replica, replica: Replica, vpn: number): number | undefined {
    return (replica.vsegOf(vpn) ?? reference.vsegOf(vpn))?.type;
}

export function checkPageAlways(world: World, pid: number, vpn: number): void {
    const reference = world.reference(pid);
    if (reference === undefined) return;
    for (const replica of world.replicas(pid)) {
        const entry = replica.entries.get(vpn) ?? 0;
        const type = typeOf(reference, replica, vpn);
        if (!isValid(entry) || type === undefined) continue;
        const isPrivate = world.rules.isPrivate(type);
        if (!isPrivate && !replica.isReference) checkCopy(reference, replica, vpn, entry);
        checkHome(world, reference, replica, vpn, type, ppnOf(entry));
    }
}

/** I9, I7: K has an entry of a public page only when Z has one. It names the same frame and gives no more rights. */
function checkCopy(reference: Replica, replica: Replica, vpn: number, entry: number): void {
    const original = reference.entries.get(vpn) ?? 0;
    const isThere = isValid(original);
    if (isThere && ppnOf(original) === ppnOf(entry) && within(entry, original)) return;
    const where = { pid: replica.pid, page: vpn, clusters: [reference.cxy, replica.cxy] };
    const both =
        `GPT(P,${replica.cxy}) has ${describeEntry(entry)}, ` +
        `GPT(P,${reference.cxy}) of Z has ${describeEntry(original)}`;
    broken(isThere ? "I7" : "I9", where, both);
}

/** I12 for private pages, rule 2.3 for public ones. A spill that the kernel reported is no violation (5.7). */
function checkHome(world: World, reference: Replica, replica: Replica, vpn: number, type: number, ppn: number): void {
    const vseg = reference.vsegOf(vpn) ?? replica.vsegOf(vpn);
    const named = vseg?.named ?? -1;
    const placed = vseg !== undefined && named === BY_PAGE ? vseg.filePage + vpn - vseg.first : vpn;
    const record = world.pool.allocated.get(ppn);
    const owner = record?.pid ?? 0;
    const place = { vpn: placed, own: replica.cxy, reference: owner === 0 ? reference.cxy : owner >>> 16, named };
    const isFiles = type === VSEG_HEAP && record?.kind === VSEG_FILE;
    if (isFiles) checkUnwritten(replica, vpn, ppn);
    const home = world.rules.home(isFiles ? VSEG_FILE : type, place);
    const cluster = world.memory.clusterOf(ppn);
    if (home === undefined || home === cluster || world.evidence.spilledTo(ppn) === cluster) return;
    const where = { pid: replica.pid, page: vpn, clusters: [home, cluster] };
    const text = `frame ${hex(ppn)} of the ${kindName(type)} page lies in cluster ${cluster}, its home is ${home}`;
    broken(world.rules.isPrivate(type) ? "I12" : "2.3", where, text);
}

/** 5.4: a page of a private file mapping that is still the file's has no right to write. */
function checkUnwritten(replica: Replica, vpn: number, ppn: number): void {
    const entry = replica.entries.get(vpn) ?? 0;
    if ((rightsOf(entry) & PTE_W) === 0) return;
    const where = { pid: replica.pid, page: vpn, clusters: [replica.cxy] };
    broken(
        "5.4",
        where,
        `GPT(P,${replica.cxy}) has ${describeEntry(entry)} of a private page, and frame ${hex(ppn)} is the file's`,
    );
}

export function checkPageAtRest(world: World, pid: number, vpn: number): void {
    const reference = world.reference(pid);
    if (reference === undefined) return;
    for (const replica of world.replicas(pid)) {
        const type = typeOf(reference, replica, vpn);
        const entry = replica.entries.get(vpn) ?? 0;
        if (type === undefined) {
            if (isValid(entry)) orphan(reference, replica, vpn, entry);
            continue;
        }
        const isPrivate = world.rules.isPrivate(type);
        if (isPrivate) checkMapped(world, replica, vpn, type, entry);
        else if (type !== VSEG_DSM) checkMappedAtZ(world, reference, replica, vpn, type);
        if (!isValid(entry)) continue;
        if (!isPrivate && !replica.isReference && !world.rules.isLinked(type)) {
            checkAccessed(world, replica, vpn, type);
            checkSharer(world, reference, replica, vpn);
        }
        checkRights(reference, replica, vpn, entry);
        if (type === VSEG_CODE && isPrivate && !replica.isReference)
            checkContent(world, reference, replica, vpn, entry);
    }
}

/** Checks I11 alone. */
export function checkCodeAtRest(world: World, pid: number, vpn: number): void {
    const reference = world.reference(pid);
    if (reference === undefined) return;
    for (const replica of world.replicas(pid)) {
        const type = typeOf(reference, replica, vpn);
        const entry = replica.entries.get(vpn) ?? 0;
        if (type === VSEG_CODE && world.rules.isPrivate(type) && !replica.isReference && isValid(entry))
            checkContent(world, reference, replica, vpn, entry);
    }
}

/** An entry must lie in a vseg: a private entry in a vseg of K (I1), a public entry in a vseg of Z (I3). */
function orphan(reference: Replica, replica: Replica, vpn: number, entry: number): never {
    const where = { pid: replica.pid, page: vpn, clusters: [replica.cxy, reference.cxy] };
    const text = `GPT(P,${replica.cxy}) has ${describeEntry(entry)}, and no vseg of K or Z holds the page`;
    broken(replica.isReference ? "I3" : "I9", where, text);
}

/** 5.8: no entry gives a right that the vseg does not. */
function checkRights(reference: Replica, replica: Replica, vpn: number, entry: number): void {
    const vseg = replica.vsegOf(vpn) ?? reference.vsegOf(vpn);
    if (vseg === undefined || within(entry, vseg.rights)) return;
    const where = { pid: replica.pid, page: vpn, clusters: [replica.cxy] };
    broken(
        "5.8",
        where,
        `GPT(P,${replica.cxy}) has ${describeEntry(entry)}, the vseg allows ${describeRights(vseg.rights)}`,
    );
}

/** I4: a private page that K has mapped stays mapped as long as its vseg. */
function checkMapped(world: World, replica: Replica, vpn: number, type: number, entry: number): void {
    if (isValid(entry) || !world.evidence.resolved(replica.pid, replica.cxy).has(vpn)) return;
    const where = { pid: replica.pid, page: vpn, clusters: [replica.cxy] };
    const text = `cluster ${replica.cxy} has mapped the ${kindName(type)} page, GPT(P,${replica.cxy}) has ${describeEntry(entry)}`;
    broken("I4", where, text);
}

/** I6: Z's table has every public page that some cluster has mapped. */
function checkMappedAtZ(world: World, reference: Replica, replica: Replica, vpn: number, type: number): void {
    const original = reference.entries.get(vpn) ?? 0;
    if (hasFrame(original) || !world.evidence.resolved(replica.pid, replica.cxy).has(vpn)) return;
    const where = { pid: replica.pid, page: vpn, clusters: [reference.cxy, replica.cxy] };
    const text = `cluster ${replica.cxy} has mapped the ${kindName(type)} page, GPT(P,${reference.cxy}) of Z has ${describeEntry(original)}`;
    broken("I6", where, text);
}

/** I5: K has an entry of a public page only when a thread in K touched it. */
function checkAccessed(world: World, replica: Replica, vpn: number, type: number): void {
    if (world.rules.policy.gpt === "eager" || world.evidence.touched(replica.pid, replica.cxy).has(vpn)) return;
    const where = { pid: replica.pid, page: vpn, clusters: [replica.cxy] };
    const text = `GPT(P,${replica.cxy}) has an entry of the ${kindName(type)} page, and no thread there has accessed it`;
    broken("I5", where, text);
}

/** I11: the page has the same content as Z's copy. */
function checkContent(world: World, reference: Replica, replica: Replica, vpn: number, entry: number): void {
    const original = reference.entries.get(vpn) ?? 0;
    if (!isValid(original)) return;
    const [here, there] = [world.memory.frame(ppnOf(entry)), world.memory.frame(ppnOf(original))];
    if (here === undefined || there === undefined || sameFrames(here, there)) return;
    const at = firstDifference(here, there);
    const where = { pid: replica.pid, page: vpn, clusters: [replica.cxy, reference.cxy] };
    const bytes = `${hex(here[at] ?? 0)} in cluster ${replica.cxy}, ${hex(there[at] ?? 0)} in Z (cluster ${reference.cxy})`;
    broken("I11", where, `the CODE page differs from byte ${at} on: ${bytes}`);
}
