/** The invariants of the lists. I9 holds always; I1, I2, I3, I8 and the sharers of 5.9 hold when nothing is in flight. */

import { PAGE_SHIFT, USER_TOP } from "../../kernel/abi/memory-map.ts";
import { VSEG_CODE, VSEG_STACK } from "../../kernel/abi/vseg-type.ts";
import { broken, hex } from "../report/violation.ts";
import {
    DSM_END,
    DSM_FIRST,
    HIGH_END,
    HIGH_FIRST,
    isHeapLike,
    isValid,
    kindName,
    kindOf,
    PROCESS_DYING,
    REGION_MAPPED,
    within,
} from "./kernel-facts.ts";
import type { Replica, Vseg } from "./replica.ts";
import type { World } from "./world.ts";

export interface StackZone {
    readonly stackPages: number;
    readonly slots: number;
    /** True when slots of all clusters differ (kernel.checkStacks). The slots of cluster K begin at K * slots. */
    readonly unique: boolean;
}

/** I9: every page of a public vseg of K lies in a vseg of Z of that type, with no more rights. Z may have cut it in several vsegs. */
export function checkListsAlways(world: World, pid: number): void {
    const reference = world.reference(pid);
    if (reference === undefined) return;
    for (const replica of world.replicas(pid)) {
        if (replica.isReference) continue;
        for (const vseg of replica.vsegs) {
            if (kindOf(vseg.type)?.isPrivate !== false) continue;
            const missing = firstMissing(reference, vseg);
            if (missing >= vseg.end) continue;
            const clusters = [replica.cxy, reference.cxy];
            const there = describe(reference.vsegs.find((each) => each.end > missing));
            const text = `VSL(P,${replica.cxy}) has ${describe(vseg)}, VSL(P,${reference.cxy}) has ${there}`;
            broken("I9", { pid, page: vseg.first, clusters }, text);
        }
    }
}

export function checkListsAtRest(world: World, pid: number, zone: StackZone): void {
    const reference = world.reference(pid);
    if (reference === undefined) return;
    for (const replica of world.replicas(pid)) {
        checkOrder(replica);
        checkPrivate(world, replica, reference, zone);
        if (!replica.isReference) checkAccessed(world, replica);
        checkTogether(replica, reference);
    }
    checkCovered(world, reference);
    checkHeapZone(reference);
}

/** 5.9: Z knows every cluster that holds an entry of a public vseg. Otherwise an invalidation would pass it by. */
export function checkSharer(world: World, reference: Replica, replica: Replica, vpn: number): void {
    const vseg = reference.vsegOf(vpn);
    if (vseg === undefined || !isValid(replica.entries.get(vpn) ?? 0)) return;
    const word = vseg.address + world.memory.sizeOf("vseg_t") + (replica.cxy >>> 5) * 4;
    if ((world.memory.u32(reference.cxy, word) >>> (replica.cxy & 31)) & 1) return;
    const where = { pid: replica.pid, page: vpn, clusters: [reference.cxy, replica.cxy] };
    const text = `GPT(P,${replica.cxy}) has an entry of ${describe(vseg)}, and Z's set of sharers lacks the cluster`;
    broken("5.9", where, text);
}

/** I8 in one list: the vsegs are sorted and disjoint. */
function checkOrder({ pid, cxy, vsegs }: Replica): void {
    vsegs.forEach((vseg, i) => {
        const next = vsegs[i + 1];
        if (vseg.first >= vseg.end)
            broken("I8", { pid, page: vseg.first, clusters: [cxy] }, `${describe(vseg)} is empty`);
        if (next === undefined || vseg.end <= next.first) return;
        const text = `VSL(P,${cxy}) has ${describe(vseg)} before ${describe(next)}`;
        broken("I8", { pid, page: next.first, clusters: [cxy] }, text);
    });
}

/** I8: a thread in K can see K's list and Z's public vsegs. */
function checkTogether(replica: Replica, reference: Replica): void {
    if (replica === reference) return;
    const { pid, cxy } = replica;
    for (const own of replica.vsegs) {
        if (kindOf(own.type)?.isPrivate === false) continue;
        for (const other of reference.vsegs) {
            if (kindOf(other.type)?.isPrivate !== false) continue;
            if (own.end <= other.first || other.end <= own.first) continue;
            const text = `VSL(P,${cxy}) has ${describe(own)}, VSL(P,${reference.cxy}) has ${describe(other)}`;
            broken("I8", { pid, page: own.first, clusters: [cxy, reference.cxy] }, text);
        }
    }
}

/**
 * I8, 6.3: the heap zone is where its vsegs lie. The region of the sm_* calls is free of them in a node of a group, and the part above all
 * physical addresses in a program whose pointers have 32 bits.
 */
function checkHeapZone({ pid, cxy, vsegs, fields }: Replica): void {
    for (const vseg of vsegs) {
        if (!isHeapLike(vseg.type)) continue;
        const inLow = fields.heap_first <= vseg.first && vseg.end <= fields.heap_end;
        const outsideRegion =
            fields.group === 0 || fields.region === REGION_MAPPED || vseg.end <= DSM_FIRST || vseg.first >= DSM_END;
        const inHigh = fields.own_program === 0 && vseg.first >= HIGH_FIRST && vseg.end <= HIGH_END;
        if ((inLow && outsideRegion) || inHigh) continue;
        const text = `${describe(vseg)} lies outside the heap zone ${pages(fields.heap_first, fields.heap_end)}`;
        broken("I8", { pid, page: vseg.first, clusters: [cxy] }, text);
    }
}

/** I1: K has CODE as in Z (registered lazily, once a page of it is mapped), and a STACK vseg for every slot of a thread of K. */
function checkPrivate(
    world: World,
    replica: Replica,
    reference: Replica,
    { stackPages, slots, unique }: StackZone,
): void {
    const { pid, cxy, vsegs, fields } = replica;
    // P ended before its copy was whole (7.5): the copy is freed with nothing in it, and no thread of it runs.
    if (!replica.isReference && fields.state === PROCESS_DYING && vsegs.length === 0) return;
    const lazy = world.rules.policy.registration === "lazy" && !replica.isReference;
    for (const code of reference.vsegs) {
        if (code.type !== VSEG_CODE || vsegs.some((vseg) => vseg.type === VSEG_CODE && sameRange(vseg, code))) continue;
        if (lazy && !hasResolved(world, replica, code)) continue;
        const text = `VSL(P,${cxy}) lacks ${describe(code)}, which VSL(P,${reference.cxy}) has`;
        broken("I1", { pid, page: code.first, clusters: [cxy, reference.cxy] }, text);
    }
    const at = replica.address + world.memory.offsetOf("process_t", "stack_slots");
    const words = [world.memory.u32(cxy, at), world.memory.u32(cxy, at + 4)] as const;
    for (let slot = 0; slot < slots; slot++) {
        const used = ((words[slot < 32 ? 0 : 1] >>> (slot & 31)) & 1) !== 0;
        const end = (USER_TOP >>> PAGE_SHIFT) - (slot + (unique ? cxy * slots : 0)) * stackPages;
        const found = vsegs.find((vseg) => vseg.type === VSEG_STACK && vseg.end === end);
        if (used === (found !== undefined)) continue;
        const text = used
            ? `slot ${slot} is a thread's, and VSL(P,${cxy}) has no STACK vseg for it`
            : `no thread has ${describe(found)}`;
        broken("I1", { pid, page: end - stackPages + 1, clusters: [cxy] }, text);
    }
}

function hasResolved(world: World, { pid, cxy }: Replica, { first, end }: Vseg): boolean {
    return [...world.evidence.resolved(pid, cxy)].some((vpn) => first <= vpn && vpn < end);
}

/** I2: nothing is registered in K before a thread of K touches it. */
function checkAccessed(world: World, { pid, cxy, vsegs }: Replica): void {
    if (world.rules.policy.gpt === "eager") return;
    for (const vseg of vsegs) {
        if (kindOf(vseg.type)?.onDemand !== true) continue;
        if (world.evidence.accessed(pid, cxy, vseg.first, vseg.end)) continue;
        const text = `VSL(P,${cxy}) has ${describe(vseg)}, and no thread there has accessed it`;
        broken("I2", { pid, page: vseg.first, clusters: [cxy] }, text);
    }
}

/** I3: a vseg that was registered at Z and never removed is still in its list. */
function checkCovered(world: World, reference: Replica): void {
    const { pid, cxy } = reference;
    let found: Vseg | undefined;
    for (const vpn of world.evidence.covered(pid)) {
        // Most pages lie in the same vseg as the page before.
        if (found === undefined || vpn < found.first || vpn >= found.end) found = reference.vsegOf(vpn);
        if (found !== undefined && kindOf(found.type)?.isPrivate === false) continue;
        const text = `a public vseg with this page was registered and not removed, VSL(P,${cxy}) has ${describe(found)}`;
        broken("I3", { pid, page: vpn, clusters: [cxy] }, text);
    }
}

/** The first page that Z's list does not have as `part` has it; part.end when there is none. */
function firstMissing(reference: Replica, part: Vseg): number {
    let next = part.first;
    for (const { first, end, type, rights } of reference.vsegs) {
        if (end <= next) continue;
        if (first > next || next >= part.end || type !== part.type || !within(part.rights, rights)) break;
        next = end;
    }
    return next;
}

function sameRange(a: Vseg, b: Vseg): boolean {
    return a.first === b.first && a.end === b.end;
}

function pages(first: number, end: number): string {
    return `[${hex(first * 4096)}, ${hex(end * 4096)})`;
}

export function describe(vseg: Vseg | undefined): string {
    return vseg === undefined ? "nothing there" : `${kindName(vseg.type)} ${pages(vseg.first, vseg.end)}`;
}
