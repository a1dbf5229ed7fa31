/** GPT(P,K): Sv39 tables, read back by a walker written from the privileged specification. */

import fc from "fast-check";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { PROBE_FRAME } from "../../kernel/abi/event.ts";
import { BANK_BASE, PAGE_SIZE, USER_END, WINDOW_BASE } from "../../kernel/abi/memory-map.ts";
import { FRAME_GPT } from "../../kernel/abi/vseg-type.ts";
import { type GuestModule, loadGuest } from "./harness/guest-module.ts";
import type { Instance } from "./harness/instance.ts";
import { Machine } from "./harness/machine.ts";
import { runs, SEED } from "./harness/properties.ts";
import { translate } from "./harness/sv39.ts";

const PID = 0x20001;
const CXY = 2;
/** Pages of user space: the lower half of Sv39. */
const USER_PAGES = USER_END / PAGE_SIZE;
// Rights as Sv39 places them in an entry.
const R = 2n;
const W = 4n;
const X = 8n;

let guest: GuestModule;
let machine: Machine;
let gpt: Instance;

beforeAll(async () => {
    guest = await loadGuest("memory");
});
beforeEach(() => {
    machine = new Machine(guest, { clusters: 3 });
    gpt = machine.at(CXY);
});
afterEach(() => machine.dispose());

const freeFrames = () => gpt.call("ppm_free_frames");
const walk = (root: number, vpn: number) => translate(machine, gpt.wide("gpt_satp", root, 7), vpn * PAGE_SIZE);

function map(root: number, vpn: number, ppn: bigint, rights: bigint): number {
    const slot = gpt.call("gpt_slot", root, vpn, 1, PID);
    gpt.view.setBigUint64(slot, gpt.wide("pte_user", ppn, rights), true);
    return slot;
}

describe("GPT", () => {
    it("satp holds mode Sv39, the ASID and the global page number of the root", () => {
        const root = gpt.call("gpt_create", PID);
        const ppn = (BANK_BASE + CXY * machine.bankSize + (root - WINDOW_BASE)) / PAGE_SIZE;
        expect(gpt.wide("gpt_satp", root, 0x1234)).toBe((8n << 60n) | (0x1234n << 44n) | BigInt(ppn));
    });

    it.each([
        ["R", R],
        ["RW", R | W],
        ["RX", R | X],
        ["RWX", R | W | X],
    ])("a user entry with %s is a valid Sv39 leaf with U, A and D set", (_name, rights) => {
        const root = gpt.call("gpt_create", PID);
        map(root, 0x123, 0x80456n, rights);
        const found = walk(root, 0x123);
        expect(found).toMatchObject({ paddr: 0x80456000, user: true, accessed: true, dirty: true });
        expect([found?.read, found?.write, found?.execute]).toEqual([R, W, X].map((right) => (rights & right) !== 0n));
    });

    it("an entry's page number keeps all of its 44 bits", () => {
        const ppn = 0xabc_dead_beefn;
        const pte = gpt.wide("pte_user", ppn, R);
        expect(pte).toBe((ppn << 10n) | 0b1101_0011n);
        expect(gpt.wide("pte_ppn", pte | 0x300n)).toBe(ppn);
    });

    it("gpt_slot makes a leaf table once for its 512 pages, and only when asked", () => {
        const root = gpt.call("gpt_create", PID);
        expect(gpt.call("gpt_slot", root, 0, 1, PID)).not.toBe(0);
        const before = freeFrames();
        expect(gpt.call("gpt_slot", root, 512, 0, PID)).toBe(0);
        expect(freeFrames()).toBe(before);
        const first = gpt.call("gpt_slot", root, 512, 1, PID);
        expect(freeFrames()).toBe(before - 1);
        expect(gpt.call("gpt_slot", root, 1023, 1, PID)).toBe(first + 511 * 8);
        expect(gpt.call("gpt_slot", root, 512, 0, PID)).toBe(first);
        expect(freeFrames()).toBe(before - 1);
        expect(gpt.call("gpt_slot", root, 1024, 0, PID)).toBe(0);
    });

    it("gpt_slot makes a middle table once for each GiB, and only when asked", () => {
        const root = gpt.call("gpt_create", PID);
        const before = freeFrames();
        const vpn = USER_PAGES - 1;
        expect(gpt.call("gpt_slot", root, vpn, 0, PID)).toBe(0);
        expect(freeFrames()).toBe(before);
        expect(gpt.call("gpt_slot", root, vpn, 1, PID)).not.toBe(0);
        expect(freeFrames()).toBe(before - 2);
        expect(gpt.call("gpt_slot", root, vpn - 512, 1, PID)).not.toBe(0);
        expect(freeFrames()).toBe(before - 3);
    });

    it("gpt_next skips what has no table, up to the end of the range", () => {
        const root = gpt.call("gpt_create", PID);
        const first = USER_PAGES - 600;
        gpt.call("gpt_slot", root, first, 1, PID);
        expect(gpt.call("gpt_next", root, 5, USER_PAGES)).toBe(first & ~511);
        expect(gpt.call("gpt_next", root, 5, first & ~511)).toBe(first & ~511);
        expect(gpt.call("gpt_next", root, (first | 511) + 1, USER_PAGES)).toBe(USER_PAGES);
    });

    it("gpt_next finds each table of a sparse space, from everywhere before it, and none behind the end", () => {
        const root = gpt.call("gpt_create", PID);
        const tables = [0, 1, 6, 7, 8, 9, 23, 64, 511, 512, 519, 1024, 3000, USER_PAGES / 512 - 1];
        for (const table of tables) gpt.call("gpt_slot", root, 512 * table + 3, 1, PID);
        const places = [0, 1, 2, 5, 8, 10, 15, 16, 22, 24, 65, 510, 513, 600, 1023, 1025, 2999, 3001, 4096];
        for (const from of places.flatMap((table) => [512 * table, 512 * table + 200])) {
            for (const end of [from + 1, from + 512, 512 * 20, 512 * 63 + 1, 512 * 64 + 1, 512 * 700, USER_PAGES]) {
                if (end < from) continue;
                const here = tables.includes(Math.floor(from / 512));
                const next = 512 * (tables.find((table) => 512 * table > from) ?? USER_PAGES);
                const found = here ? from : Math.min(next, end);
                expect(gpt.call("gpt_next", root, from, end), `${from} ${end}`).toBe(from < end ? found : end);
            }
        }
    });

    it("gpt_table_end gives the end of a leaf table, or of the range", () => {
        expect(gpt.call("gpt_table_end", 0, 600)).toBe(512);
        expect(gpt.call("gpt_table_end", 511, 600)).toBe(512);
        expect(gpt.call("gpt_table_end", 512, 600)).toBe(600);
        expect(gpt.call("gpt_table_end", 512, USER_PAGES)).toBe(1024);
    });

    it("gpt_get gives the entry, and 0 where no table or no entry is", () => {
        const root = gpt.call("gpt_create", PID);
        const slot = map(root, 77, 0x80001n, R);
        expect(gpt.wide("gpt_get", root, 77)).toBe(gpt.view.getBigUint64(slot, true));
        expect(gpt.wide("gpt_get", root, 78)).toBe(0n);
        expect(gpt.wide("gpt_get", root, USER_PAGES - 1)).toBe(0n);
    });

    it("a bank without frames gives no table and loses none", () => {
        const taken: number[] = [];
        for (let at = gpt.call("ppm_alloc", 0, 8, 0); at !== 0; at = gpt.call("ppm_alloc", 0, 8, 0)) taken.push(at);
        expect(gpt.call("gpt_create", PID)).toBe(0);
        gpt.call("ppm_free", taken.pop() ?? 0);
        gpt.call("ppm_free", taken.pop() ?? 0);
        const root = gpt.call("gpt_create", PID);
        expect(gpt.call("gpt_slot", root, 0, 1, PID)).toBe(0);
        expect(walk(root, 0)).toBeUndefined();
        gpt.call("gpt_destroy", root);
        expect(freeFrames()).toBe(2);
    });

    it("frames of tables are recorded as the process's own page tables", () => {
        const root = gpt.call("gpt_create", PID);
        gpt.call("gpt_slot", root, 0, 1, PID);
        expect(machine.recorded(PROBE_FRAME, CXY, undefined, FRAME_GPT, PID, 1)).toHaveLength(3);
    });

    it(`random pages: the walker finds what was mapped, tables are local, destroy frees them (seed ${SEED})`, () => {
        const page = fc.record({
            vpn: fc.nat({ max: USER_PAGES - 1 }),
            ppn: fc.nat({ max: 0xfffff }),
            write: fc.boolean(),
        });
        const property = fc.property(fc.array(page, { maxLength: 12 }), (pages) => {
            const before = freeFrames();
            const root = gpt.call("gpt_create", PID);
            const model = new Map<number, { ppn: number; write: boolean }>();
            for (const { vpn, ppn, write } of pages) {
                map(root, vpn, BigInt(ppn), write ? R | W : R | X);
                model.set(vpn, { ppn, write });
            }
            for (const [vpn, { ppn, write }] of model) {
                const found = walk(root, vpn);
                expect(found).toMatchObject({ paddr: ppn * PAGE_SIZE, write, execute: !write });
                for (const table of found?.tables ?? []) {
                    expect(Math.floor((table * PAGE_SIZE - BANK_BASE) / machine.bankSize)).toBe(CXY);
                }
                for (const near of [vpn - 1, vpn + 1, vpn ^ 512]) {
                    if (near >= 0 && near < USER_PAGES && !model.has(near)) expect(walk(root, near)).toBeUndefined();
                }
            }
            const tables = (pages: number) => new Set([...model.keys()].map((vpn) => Math.floor(vpn / pages))).size;
            expect(before - freeFrames()).toBe(1 + tables(512) + tables(512 * 512));
            gpt.call("gpt_destroy", root);
            expect(freeFrames()).toBe(before);
        });
        fc.assert(property, runs(40));
    });
});
