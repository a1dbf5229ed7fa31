import { describe, expect, it } from "vitest";
import { hwcap, hwprobeBits, isaExtensions, isaString, misa, userMarch } from "../../../emu/isa/extensions.ts";
import { INSTRUCTIONS } from "../../../emu/isa/table.ts";

/** Of the table's names those that are no extension of a device tree, and what has them there. */
const MODES: ReadonlySet<string> = new Set(["machine", "supervisor"]);

describe("the list of extensions", () => {
    it("has each extension of the instruction table", () => {
        const names = new Set(INSTRUCTIONS.map(({ extension }) => extension.toLowerCase()));
        expect([...names].filter((name) => !MODES.has(name) && !isaExtensions().includes(name))).toEqual([]);
    });

    it("is in canonical order, whole and as a string", () => {
        const names = isaExtensions();
        expect(isaString().replace("rv64", "").split("_").join("")).toBe(names.join(""));
        expect(isaString()).toMatch(/^rv64imafdc_zicboz_.*_zba_zbb_zbs_sdtrig_sstc_svadu_svinval_svpbmt$/);
        const [z, s] = ["z", "s"].map((letter) => names.filter((name) => name.length > 1 && name.startsWith(letter)));
        const single = names.filter((name) => name.length === 1);
        expect(names).toEqual([...single, ...(z ?? []), ...(s ?? [])]);
        const order = "imafdqlcb";
        const place = (name: string) => `${order.indexOf(name[1] ?? "")} ${name}`;
        expect(z?.toSorted((a, b) => (place(a) < place(b) ? -1 : 1))).toEqual(z);
        expect(s?.toSorted()).toEqual(s);
    });

    it("names svade beside svadu where page faults come until software sets ADUE", () => {
        expect(isaExtensions()).not.toContain("svade");
        expect(isaString({ adue: false })).toContain("_sstc_svade_svadu_");
    });

    it("gives misa, AT_HWCAP, riscv_hwprobe and -march", () => {
        expect(misa()).toBe(0x8000_0000_0014_112fn);
        expect(hwcap()).toBe(0x112dn);
        // FD, C, Zba, Zbb, Zbs, Zicboz, Zicond, Zihintpause, Zicntr, Zihpm (Linux asm/hwprobe.h).
        const bits = [0, 1, 3, 4, 5, 6, 35, 36, 50, 51];
        expect(hwprobeBits()).toBe(bits.reduce((sum, bit) => sum | (1n << BigInt(bit)), 0n));
        expect(userMarch()).toBe("rv64gc");
    });
});
