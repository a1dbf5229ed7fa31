/** Small guests of devices, whole: what drivers of other machines do, and what they may rely on. */

import { beforeAll, describe, expect, it } from "vitest";
import { compileCore } from "../../../boot/build/core.ts";
import { type GuestFiles, makeBareMachine, TURN_DEFAULTS } from "../../../boot/system/bare-machine.ts";
import { assemble } from "../../../toolchain/asm/assemble.ts";
import { writeElf } from "../../../toolchain/link/elf.ts";
import { link } from "../../../toolchain/link/link.ts";

let core: Uint8Array;
beforeAll(async () => {
    core = await compileCore();
});

const END = "li t0, 0x100000\nli t1, 0x5555\nsw t1, 0(t0)\n9: j 9b";
/** Prints the `digits` lowest hexadecimal digits of s2. */
const print = (digits: number) => `
    li a1, ${4 * digits}
    li s0, 0x10000000
    1: addi a1, a1, -4
    srl a3, s2, a1
    andi a3, a3, 15
    addi a4, a3, 48
    li a5, 10
    blt a3, a5, 2f
    addi a4, a4, 39
    2: sb a4, 0(s0)
    bnez a1, 1b`;

function run(text: string, { input = "", ...files }: Partial<GuestFiles> & { input?: string } = {}) {
    const segments = [
        {
            name: "ram",
            address: 0x8000_0000,
            sections: [".text"],
            flags: { read: true, write: true, execute: true },
        },
    ];
    const object = assemble(`.globl _start\n_start:\n${text}\n`, "guest.S");
    const firmware = { file: "guest.elf", bytes: writeElf(link([object], { segments, entry: "_start" })) };
    let out = "";
    const request = {
        guest: { firmware, ...files },
        mesh: [1, 1] as const,
        harts: 1,
        memory: 2 ** 20,
        seed: 1,
        turns: TURN_DEFAULTS,
        engine: {},
    };
    const machine = makeBareMachine(request, core, (byte) => {
        out += String.fromCharCode(byte);
    });
    machine.receive(new TextEncoder().encode(input));
    const end = machine.step(2_000_000, 2_000_000);
    return { end, out, hash: machine.stateHash() };
}

describe("the UART", () => {
    it("a guest that clears its receiver at the start still gets all input", () => {
        const text = `
            li s0, 0x10000000
            li t0, 7
            sb t0, 2(s0)
            1: lbu t0, 5(s0)
            andi t0, t0, 1
            beqz t0, 1b
            lbu t0, 0(s0)
            sb t0, 0(s0)
            ${END}`;
        expect(run(text, { input: "hello" })).toMatchObject({ out: "h", end: { end: "exit", code: 0 } });
    });

    it("the transmitter's interrupt comes once, although the handler never reads IIR", () => {
        const text = `
            la t0, trap
            csrw mtvec, t0
            li s0, 0x10000000
            li s1, 0x0c000000
            li s2, 0
            li t0, 1
            sw t0, 40(s1)
            li t1, 0x0c002000
            li t0, 0x400
            sw t0, 0(t1)
            li t1, 0x0c200000
            sw x0, 0(t1)
            li t0, 2
            sb t0, 1(s0)
            li t0, 0x800
            csrs mie, t0
            csrsi mstatus, 8
            li s3, 10000
            1: addi s3, s3, -1
            bgtz s3, 1b
            csrci mstatus, 8
            ${print(4)}
            ${END}
            .balign 4
            trap: addi s2, s2, 1
            li t6, 0x0c200004
            lw t5, 0(t6)
            sw t5, 0(t6)
            mret`;
        expect(run(text).out).toBe("0001");
    });

    it("20 bytes through the loopback: 16 stay, and LSR tells of an overrun", () => {
        const text = `
            li s0, 0x10000000
            li t0, 0x10
            sb t0, 4(s0)
            li t0, 7
            sb t0, 2(s0)
            li t1, 20
            1: sb t1, 0(s0)
            addi t1, t1, -1
            bnez t1, 1b
            lbu s2, 5(s0)
            slli s2, s2, 8
            2: lbu t0, 5(s0)
            andi t0, t0, 1
            beqz t0, 3f
            lbu t0, 0(s0)
            addi s2, s2, 1
            j 2b
            3: sb x0, 4(s0)
            ${print(4)}
            ${END}`;
        expect(run(text).out).toBe("6310");
    });
});

describe("HTIF", () => {
    const call = (words: string) => `
        la t0, block
        la t1, tohost
        sd t0, 0(t1)
        la t1, fromhost
        1: ld t0, 0(t1)
        beqz t0, 1b
        sd x0, 0(t1)
        la t1, tohost
        li t0, 7
        sd t0, 0(t1)
        9: j 9b
        .balign 64
        .globl tohost, fromhost
        tohost: .dword 0
        .balign 64
        fromhost: .dword 0
        .balign 64
        block: .dword ${words}, 0, 0, 0, 0
        text: .word 0x0a6968`;

    it("writes for the guest, which waits for it and goes on", () => {
        expect(run(call("64, 1, text, 3"))).toMatchObject({ out: "hi\n", end: { end: "exit", code: 3 } });
    });

    it("exits for the guest, and names what else it asks for", () => {
        expect(run(call("93, 42, 0, 0")).end).toMatchObject({ end: "exit", code: 42 });
        expect(run(call("57, 1, 0, 0")).end).toMatchObject({
            end: "input",
            message: expect.stringMatching(
                /^guest\.elf asks for HTIF: system call 57; there are write \(system call 64\)/,
            ),
        });
    });
});

describe("semihosting", () => {
    const ask = "slli x0, x0, 0x1f\nebreak\nsrai x0, x0, 7";
    const text = (call: string) => `
        j start
        .balign 8
        text: .dword 0x0a6968
        block: .dword 0x20026, 9
        .balign 64
        trap: li t1, 0x73333
        li t0, 0x100000
        sw t1, 0(t0)
        9: j 9b
        .balign 64
        .option norvc
        start: la t0, trap
        csrw mtvec, t0
        li a0, 4
        la a1, text
        ${call}
        li a0, 0x18
        la a1, block
        ${call}
        9: j 9b`;

    it("writes and exits for a guest that asks by an ebreak between two shifts", () => {
        expect(run(text(ask), { semihosting: true })).toMatchObject({ out: "hi\n", end: { end: "exit", code: 9 } });
    });

    it("is a breakpoint where it is not asked for, and where a shift is another", () => {
        expect(run(text(ask))).toMatchObject({ out: "", end: { end: "exit", code: 7 } });
        for (const other of [ask.replace("0x1f", "0x1e"), ask.replace(", 7", ", 8"), "ebreak"])
            expect(run(text(other), { semihosting: true })).toMatchObject({ out: "", end: { code: 7 } });
    });

    it("names what is not there", () => {
        const { end } = run(text(ask).replace("li a0, 4", "li a0, 6"), { semihosting: true });
        expect(end).toMatchObject({
            end: "input",
            message: expect.stringMatching(/^guest\.elf asks for semihosting: operation 0x6; there are/),
        });
    });
});

describe("a disk", () => {
    /** Reads sector 0 to `code` by a queue of one chain: header, data, status. */
    const READ_SECTOR = `
        li s0, 0x10001000
        sw x0, 0x70(s0)
        li t0, 3
        sw t0, 0x70(s0)
        li t0, 1
        sw t0, 0x24(s0)
        sw t0, 0x20(s0)
        li t0, 11
        sw t0, 0x70(s0)
        sw x0, 0x30(s0)
        li t0, 4
        sw t0, 0x38(s0)
        la t0, descriptors
        sw t0, 0x80(s0)
        la t0, available
        sw t0, 0x90(s0)
        la t0, used
        sw t0, 0xa0(s0)
        li t0, 1
        sw t0, 0x44(s0)
        li t0, 15
        sw t0, 0x70(s0)
        sw x0, 0x50(s0)`;
    const QUEUE = `
        .balign 16
        descriptors:
        .dword header
        .word 16, 0x10001
        .dword code
        .word 512, 0x20003
        .dword status
        .word 1, 2
        .balign 16
        available: .word 0x10000, 0
        .balign 16
        used: .space 64
        header: .dword 0, 0
        status: .dword 0
        .balign 4096
        code: li a0, 1
        ret
        .space 512`;
    const program = (fence: string) => `
        la s1, code
        jalr s1
        mv s2, a0
        ${READ_SECTOR}
        ${fence}
        jalr s1
        slli s2, s2, 4
        or s2, s2, a0
        ${print(2)}
        ${END}
        ${QUEUE}`;
    const sector = new Uint8Array(512);
    // li a0, 2; ret
    new DataView(sector.buffer).setUint32(0, 0x0020_0513, true);
    new DataView(sector.buffer).setUint32(4, 0x0000_8067, true);
    const image = { sizeBytes: 512, read: (offset: number, length: number) => sector.slice(offset, offset + length) };

    it("that writes over code which was run: the new code runs", () => {
        expect(run(program("fence.i"), { drives: [{ image, readOnly: false }] }).out).toBe("12");
    });

    it("that writes over the code which comes next, in a page that another one equals: the new code runs", () => {
        const [setUp = "", notify = ""] = READ_SECTOR.split(/(?=sw x0, 0x50\(s0\))/);
        // Equal pages are decoded once, for both.
        const page = (name: string) =>
            `.balign 4096\n${name}: jr ra\n${notify}\nfence.i\n${name}code: li a0, 1\nret\n.space 512\n`;
        const text = `
            la s1, first
            jalr s1
            la s1, second
            jalr s1
            ${setUp}
            la ra, after
            la t0, second
            addi t0, t0, 4
            jr t0
            after: mv s2, a0
            ${print(1)}
            ${END}
            ${QUEUE.replace(".dword code", ".dword secondcode").replace(/\.balign 4096[\s\S]*/, "")}
            .option norvc
            ${page("first")}
            ${page("second")}
            .balign 4096`;
        expect(run(text, { drives: [{ image, readOnly: false }] }).out).toBe("2");
    });

    it("runs are the same each time, and differ by what is on the disk", () => {
        const hash = (last: number) => {
            const bytes = sector.slice();
            bytes[511] = last;
            const read = (offset: number, length: number) => bytes.slice(offset, offset + length);
            return run(program("fence.i"), { drives: [{ image: { sizeBytes: 512, read }, readOnly: false }] }).hash;
        };
        expect(hash(1)).toBe(hash(1));
        expect(hash(1)).not.toBe(hash(2));
    });

    it("a reservation is lost when the disk writes there", () => {
        const text = `
            la s1, code
            lr.d t1, (s1)
            ${READ_SECTOR}
            sc.d s2, x0, (s1)
            ${print(1)}
            ${END}
            ${QUEUE}`;
        expect(run(text, { drives: [{ image, readOnly: false }] }).out).toBe("1");
        expect(run(text.replace("sw x0, 0x50(s0)", "")).out).toBe("0");
    });
});
