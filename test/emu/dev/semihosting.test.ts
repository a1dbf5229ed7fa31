import { describe, expect, it } from "vitest";
import { Semihosting } from "../../../emu/dev/semihosting.ts";

const TEXT = 0x1000;

function setUp(text = "") {
    const memory = new Uint8Array(0x2000);
    const view = new DataView(memory.buffer);
    memory.set(new TextEncoder().encode(text), TEXT);
    let out = "";
    const log: string[] = [];
    const semihosting = new Semihosting({
        onByte: (byte) => {
            out += String.fromCharCode(byte);
        },
        onExit: (code) => log.push(`exit ${code}`),
        onUnknown: (request) => log.push(request),
    });
    const read = (vaddr: bigint, length: number) => {
        const at = Number(vaddr);
        return at + length <= memory.length ? memory.slice(at, at + length) : undefined;
    };
    /** Calls with a block of words at 0. */
    const call = (operation: number, ...block: (number | bigint)[]) => {
        for (const [index, word] of block.entries())
            view.setBigUint64(8 * index, BigInt.asUintN(64, BigInt(word)), true);
        return semihosting.call(operation, 0n, { read });
    };
    return {
        call,
        at: (operation: number, argument: number) => semihosting.call(operation, BigInt(argument), { read }),
        output: () => out,
        log,
    };
}

describe("semihosting", () => {
    it("opens the console, by the mode, and nothing else", () => {
        const { call, log } = setUp(":tt");
        expect([0, 3, 4, 8, 11, 12].map((mode) => call(1, TEXT, mode, 3))).toEqual([1n, 1n, 2n, 3n, 3n, -1n]);
        expect(setUp(":tx").call(1, TEXT, 4, 3)).toBe(-1n);
        expect(setUp("file").call(1, TEXT, 4, 4)).toBe(-1n);
        expect([call(1, 0x1fff, 4, 3), call(2, 2), call(2, 9), log]).toEqual([-1n, 0n, -1n, []]);
    });

    it("writes characters, texts, and buffers, and says how much it did not write", () => {
        const { call, at, output } = setUp("hi there\0rest");
        at(3, TEXT);
        at(4, TEXT);
        expect([call(5, 2, TEXT, 2), call(5, 3, TEXT, 2), call(5, 1, TEXT, 2), call(5, 2, 0x1fff, 2)]).toEqual([
            0n,
            0n,
            2n,
            2n,
        ]);
        expect(output()).toBe("hhi therehihi");
    });

    it("ends the run with the program's code, and with a failure for any other reason", () => {
        const { call, at, log } = setUp();
        call(0x18, 0x20026, 5);
        call(0x20, 0x20026, 0);
        call(0x18, 0x20023, 0);
        call(0x18, 0x20023, 5);
        at(0x18, 0x20026);
        expect(log).toEqual(["exit 5", "exit 0", "exit 1", "exit 5", "exit 1"]);
    });

    it("names what is not there", () => {
        const { call, log } = setUp();
        expect(call(0x06, 1, TEXT, 1)).toBe(-1n);
        expect(log).toEqual([expect.stringMatching(/^operation 0x6; there are SYS_OPEN of :tt/)]);
    });
});
