import { describe, expect, it } from "vitest";
import { machine, RAM, run } from "./engine/guest.ts";

const MIB = 1048576;

describe("a machine", () => {
    it.each([
        [1, 1, 1],
        [4, 4, 2],
        [16, 16, 4],
    ])(
        "of %i x %i clusters with %i harts each constructs, and every hart starts in the reset ROM",
        (meshX, meshY, hartsPerCluster) => {
            const made = machine({ meshX, meshY, hartsPerCluster, bankSize: MIB, localWindow: true });
            const last = made.hart(made.hartCount - 1);
            expect([last.pc, last.privilege, last.csr("mhartid")]).toEqual([0x1000n, 3, BigInt(made.hartCount - 1)]);
        },
    );

    it("of one cluster may have any whole number of pages", () => {
        const made = machine({ bankSize: 4096 * 77 });
        made.writePhysical(RAM + 4096 * 77 - 1, Uint8Array.of(9));
        expect(made.readPhysical(RAM + 4096 * 77 - 1, 1)[0]).toBe(9);
        expect(() => made.readPhysical(RAM + 4096 * 77, 1)).toThrow("no memory at physical address 0x8004d000");
    });

    it.each([
        [{ meshX: 0 }, "meshX is 0"],
        [{ meshX: 300 }, "300 clusters; at most 256"],
        [{ hartsPerCluster: 2000 }, "2000 harts; at most 1024"],
        [{ meshX: 2, bankSize: 3 * MIB }, "bankSize is 3145728; must be a power of two"],
        [{ meshX: 8, bankSize: 512 * MIB }, "a machine with 4096 MiB of RAM does not fit; at most"],
        [{ quantum: 0.5 }, "quantum is 0.5"],
        [
            { sharedWindow: [{ offset: 0, sizeBytes: 100 }] },
            "sharedWindow at 0, 100 bytes: must be whole pages of a bank",
        ],
        [{ sharedWindow: [{ offset: MIB, sizeBytes: 2 * MIB }] }, "must be whole pages of a bank"],
        [{ sharedWindow: Array(3).fill({ offset: 0, sizeBytes: 4096 }) }, "sharedWindow has 3 parts; at most 2"],
    ])("refuses %j", (options, message) => {
        expect(() => machine(options)).toThrow(message);
    });

    it("counts instructions and cycles per hart and per cluster", () => {
        const guest = run("csrr t0, mhartid\n bnez t0, 1f\n finish\n 1: j 1b", { meshX: 2, hartsPerCluster: 2 });
        const harts = guest.machine.counters();
        const clusters = guest.machine.clusterCounters();
        expect(clusters.map(({ instructions }) => instructions)).toEqual([
            (harts[0]?.instructions ?? 0) + (harts[1]?.instructions ?? 0),
            (harts[2]?.instructions ?? 0) + (harts[3]?.instructions ?? 0),
        ]);
    });

    it("ends by HTIF with the guest's code, and prints its bytes", () => {
        const guest = run(
            `
            la s0, tohost
            li t0, 0x0101000000000041
            sd t0, 0(s0)
        1:  ld t1, 0(s0)
            bnez t1, 1b
            li t0, 7
            sd t0, 0(s0)
        2:  j 2b
            .balign 8
        tohost: .quad 0
        fromhost: .quad 0`,
            { held: true },
        );
        let printed = "";
        guest.machine.onConsole = (byte) => {
            printed += String.fromCharCode(byte);
        };
        guest.machine.watchHtif(Number(guest.address("tohost")), Number(guest.address("fromhost")));
        expect(guest.machine.run({ maxInstructions: 10000 })).toEqual({ kind: "htif", code: 3 });
        expect(printed).toBe("A");
    });

    it("ends by the finisher with its code, never 0 for a failure", () => {
        const end = (value: string) => run(`li t0, ${value}\n li t1, 0x100000\n sw t0, 0(t1)\n 1: j 1b`).stop;
        expect(end("0x5555")).toEqual({ kind: "finisher", code: 0 });
        expect(end("0x43333")).toEqual({ kind: "finisher", code: 4 });
        expect(end("0x3333")).toEqual({ kind: "finisher", code: 1 });
        expect(end("0x7777")).toEqual({ kind: "reset" });
    });

    it("prints through the UART", () => {
        const guest = run("li t0, 0x10000000\n li t1, 72\n sb t1, 0(t0)\n li t1, 105\n sb t1, 0(t0)\n finish", {
            held: true,
        });
        let printed = "";
        guest.machine.onConsole = (byte) => {
            printed += String.fromCharCode(byte);
        };
        guest.machine.run();
        expect(printed).toBe("Hi");
    });

    it("passes probe records on", () => {
        const guest = run("li t0, 0x10200000\n li t1, 5\n sd t1, 8(t0)\n li t1, 3\n sd t1, 0(t0)\n finish", {
            held: true,
            localWindow: true,
        });
        const records: number[][] = [];
        guest.machine.onProbe = (hart, words) => records.push([hart, ...words.slice(0, 4)]);
        guest.machine.run();
        expect(records).toEqual([[0, 3, 0, 5, 0]]);
    });

    it("tells a hart's last way out of user mode, and its first way in since its last probe record", () => {
        const guest = run(
            `la t0, trap
            csrw mtvec, t0
            la t0, user
            csrw mepc, t0
            li t1, 0x10200000
            sd zero, 0(t1)
            mret
        user:
            nop
            ecall
        trap:
            csrr t2, mcycle
            sd zero, 0(t1)
            sd zero, 0(t1)
            finish`,
            { held: true, localWindow: true },
        );
        const hart = guest.machine.hart(0);
        const seen: number[][] = [];
        guest.machine.onProbe = () => seen.push([hart.cycles, hart.leftUser, hart.enteredUser]);
        guest.machine.run();
        const [first = 0] = seen[0] ?? [];
        // One cycle an instruction: mret, nop, ecall, csrr, and the stores.
        expect(hart.x(7)).toBe(BigInt(first + 3));
        expect(seen).toEqual([
            [first, 0, 0],
            [first + 5, first + 3, first + 1],
            [first + 6, first + 3, 0],
        ]);
    });

    it("answers translate for host tools without changing anything", () => {
        const made = machine();
        expect(made.translate(BigInt(RAM + 8), 0)).toBe(RAM + 8);
        expect(made.translate(0x7000_0000n, 0)).toBeUndefined();
    });
});
