import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { type HashableState, stateHash } from "../../emu/state-hash.ts";

function page(...content: number[]): Uint8Array {
    const bytes = new Uint8Array(4096);
    bytes.set(content);
    return bytes;
}

function state(change: Partial<HashableState> = {}): HashableState {
    return {
        hartCount: 2,
        hartBytes: (hart) => Uint8Array.of(hart, 1, 2),
        hashDevices: (update) => update(Uint8Array.of(9)),
        pages: () => [[0x8000_0000, page(1)]],
        ...change,
    };
}

describe("the state hash", () => {
    const base = stateHash(state());

    it("is 64 hex digits and the same each time", () => {
        expect(base).toMatch(/^[0-9a-f]{64}$/);
        expect(stateHash(state())).toBe(base);
    });

    it("does not depend on who computes SHA-256", () => {
        const hash = createHash("sha256");
        const native = { update: (bytes: Uint8Array) => void hash.update(bytes), hexDigest: () => hash.digest("hex") };
        expect(stateHash(state(), native)).toBe(base);
    });

    it("skips zero pages, alone or among others", () => {
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
        ["a hart", { hartBytes: (hart) => Uint8Array.of(hart, 1, 3) }],
        ["a device", { hashDevices: (update) => update(Uint8Array.of(8)) }],
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
