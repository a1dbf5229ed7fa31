/**
 * The invariants of vmm-policy 4 that hold for a process at rest, checked on lists and tables as they lie in the
 * banks.
 */

import { expect } from "vitest";
import { BANK_BASE, PAGE_SIZE } from "../../../kernel/abi/memory-map.ts";
import { VSEG_CODE, VSEG_STACK } from "../../../kernel/abi/vseg-type.ts";
import type { Translation } from "./sv39.ts";
import type { TestProcess, Vseg } from "./test-process.ts";

const isPrivate = ({ type }: Vseg) => type === VSEG_CODE || type === VSEG_STACK;
const holds = ({ first, end }: Vseg, vpn: number) => first <= vpn && vpn < end;

/** Checks I1 to I12 for the clusters where P is active. */
export function expectInvariants(process: TestProcess, clusters: readonly number[]): void {
    const atZ = { vsl: process.vsl(process.z), gpt: process.mappings(process.z) };
    const owned = new Map<number, string>();
    for (const cxy of clusters) {
        const vsl = process.vsl(cxy);
        expectSortedApart(vsl);
        for (const vseg of vsl) if (!isPrivate(vseg)) expect(atZ.vsl, "I3, I9").toContainEqual(vseg);
        for (const [vpn, entry] of process.mappings(cxy)) {
            const vseg = vsl.find((each) => holds(each, vpn));
            if (vseg === undefined) throw new Error(`page ${vpn.toString(16)} of cluster ${cxy} is in no vseg`);
            if (isPrivate(vseg)) expectOwnFrame(process, cxy, vpn, entry);
            else expectCopy(entry, atZ.gpt.get(vpn), `I6, I7: page ${vpn.toString(16)} of cluster ${cxy}`);
            expectSingleOwner(owned, entry.paddr, isPrivate(vseg) ? `${cxy}/${vpn}` : `${vpn}`);
            expect((entry.pte >> 8n) & 3n, "busy or being removed").toBe(0n);
        }
    }
    expectEqualCode(process, clusters);
}

function expectSortedApart(vsl: readonly Vseg[]): void {
    vsl.forEach((vseg, i) => {
        expect(vseg.end, "I8").toBeLessThanOrEqual(vsl[i + 1]?.first ?? Infinity);
    });
}

function expectOwnFrame(process: TestProcess, cxy: number, vpn: number, { paddr }: Translation): void {
    const home = Math.floor((paddr - BANK_BASE) / process.machine.bankSize);
    expect(home, `I12: page ${vpn.toString(16)}`).toBe(cxy);
}

function expectCopy(entry: Translation, reference: Translation | undefined, what: string): void {
    expect(entry.paddr, what).toBe(reference?.paddr);
    for (const right of ["read", "write", "execute"] as const) {
        if (entry[right]) expect(reference?.[right], what).toBe(true);
    }
}

/** I10, the part that shows at rest: no two pages share a frame. */
function expectSingleOwner(owned: Map<number, string>, paddr: number, owner: string): void {
    expect(owned.get(paddr) ?? owner, `I10: frame ${paddr.toString(16)}`).toBe(owner);
    owned.set(paddr, owner);
}

function expectEqualCode(process: TestProcess, clusters: readonly number[]): void {
    const code = process.vsl(process.z).filter(({ type }) => type === VSEG_CODE);
    for (const { first, end } of code) {
        for (let vpn = first; vpn < end; vpn++) {
            const holders = clusters.filter((cxy) => process.entry(cxy, vpn) !== undefined);
            const contents = holders.map((cxy) => Buffer.from(process.bytes(cxy, vpn)).toString("base64"));
            expect(new Set(contents).size, `I11: page ${(vpn * PAGE_SIZE).toString(16)}`).toBeLessThanOrEqual(1);
        }
    }
}
