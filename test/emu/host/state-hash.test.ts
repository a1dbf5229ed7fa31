import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { type HashableState, stateHash } from "../../../emu/host/state-hash.ts";
import type { StatePart } from "../../../emu/state/state-part.ts";

function page(...content: number[]): Uint8Array {
    const bytes = new Uint8Array(4096);
    bytes.set(content);
    return bytes;
}

const HART: StatePart = { name: "hart/0/pc", bytes: Uint8Array.of(1, 2), reset: Uint8Array.of(0, 16) };
const DEVICE: StatePart = { name: "uart/ier", bytes: Uint8Array.of(9) };

function state(change: Partial<HashableState> = {}): HashableState {
    return { parts: () => [HART, DEVICE], pages: () => [[0x8000_0000, page(1)]], ...change };
}

describe("the state hash", () => {
    const base = stateHash(state());

    it("is 64 hex digits and the same each time", () => {
        expect(base).toMatch(/^[0-9a-f]{64}$/);
        expect(stateHash(state())).toBe(base);
    });

    it("7.2 is SHA-256 of the format, and of each part's name and bytes behind their lengths", () => {
        const hash = createHash("sha256");
        hash.update("archipel-state/2\n");
        const add = (name: string, bytes: Uint8Array) => {
            const length = Buffer.alloc(4);
            length.writeUInt32LE(name.length);
            hash.update(length).update(name);
            length.writeUInt32LE(bytes.length);
            hash.update(length).update(bytes);
        };
        add("hart/0/pc", HART.bytes);
        add("uart/ier", DEVICE.bytes);
        add("memory/0x80000000", page(1));
        expect(base).toBe(hash.digest("hex"));
    });

    it("7.3 a part that is as it was at reset adds nothing, wherever it stands", () => {
        const later: StatePart[] = [
            { name: "hart/0/vstart", bytes: new Uint8Array(8) },
            { name: "hart/0/vtype", bytes: Uint8Array.of(0, 128), reset: Uint8Array.of(0, 128) },
            { name: "rtc/input", bytes: new Uint8Array(0) },
        ];
        expect(stateHash(state({ parts: () => [...later, HART, ...later, DEVICE, ...later] }))).toBe(base);
        const used = [...later, HART, DEVICE].map((part) =>
            part === later[1] ? { ...part, bytes: HART.bytes } : part,
        );
        expect(stateHash(state({ parts: () => used }))).not.toBe(base);
    });

    it("does not depend on who computes SHA-256", () => {
        const hash = createHash("sha256");
        const native = { update: (bytes: Uint8Array) => void hash.update(bytes), hexDigest: () => hash.digest("hex") };
        expect(stateHash(state(), native)).toBe(base);
    });

    it("7.3 skips zero pages, alone or among others", () => {
        const two = new Uint8Array(8192);
        two[0] = 1;
        expect(
            stateHash(
                state({
                    pages: () => [
                        [0x8000_0000, two],
                        [0x8001_0000, page()],
                    ],
                }),
            ),
        ).toBe(base);
    });

    it.each<[string, Partial<HashableState>]>([
        ["a part", { parts: () => [HART, { ...DEVICE, bytes: Uint8Array.of(8) }] }],
        ["a part that becomes zero", { parts: () => [{ ...HART, bytes: new Uint8Array(2) }, DEVICE] }],
        ["a part's name", { parts: () => [HART, { ...DEVICE, name: "uart/fcr" }] }],
        ["a byte", { pages: () => [[0x8000_0000, page(1, 0, 0, 0, 0, 1)]] }],
        ["a page's address", { pages: () => [[0x1_8000_0000, page(1)]] }],
    ])("changes with %s", (_what, change) => {
        expect(stateHash(state(change))).not.toBe(base);
    });

    it("refuses pages out of order, which would make the hash depend on the engine", () => {
        expect(() =>
            stateHash(
                state({
                    pages: () => [
                        [0x2000, page(1)],
                        [0x1000, page(1)],
                    ],
                }),
            ),
        ).toThrow("out of order");
    });
});
