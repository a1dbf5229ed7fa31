/** The debugger's side of GDB's protocol (interface.md 9), packet by packet, and with packets that are none. */

import { describe, expect, it } from "vitest";
import { framed, PacketReader } from "../../../boot/debug/packets.ts";
import type { Machine } from "../../../emu/machine.ts";
import { type GuestOptions, random, run } from "../../emu/engine/guest.ts";
import { COUNTING, GuestSession } from "./guest-session.ts";

const NIGHTLY = process.env["ARCHIPEL_NIGHTLY"] !== undefined;
const FUZZED = NIGHTLY ? 100_000 : 400;
const PC = 32;
const [S1, S3, T1] = [9, 19, 6];
const NO_THREAD = "E01";

/** Where harts are, and what they have executed. */
function placeOf(made: Machine): string {
    return Array.from(
        { length: made.hartCount },
        (_, i) => `${made.hart(i).pc} ${made.hart(i).executed} ${made.hart(i).x(T1)}`,
    ).join();
}

describe("packets", () => {
    it("come out as they went in, however they are cut", () => {
        const next = random(3);
        for (let i = 0; i < 200; i++) {
            const data = Array.from({ length: next() % 40 }, () => String.fromCharCode(next() % 256)).join("");
            const reader = new PacketReader(() => {});
            const text = `+${framed(data)}`;
            const cut = next() % text.length;
            expect([...reader.push(text.slice(0, cut)), ...reader.push(text.slice(cut))]).toEqual([
                { kind: "packet", data },
            ]);
        }
    });

    it("that are damaged are asked for again; Ctrl-C is no packet", () => {
        const answers: string[] = [];
        const reader = new PacketReader((text) => answers.push(text));
        expect(reader.push("$g#00\x03$g#67")).toEqual([{ kind: "interrupt" }, { kind: "packet", data: "g" }]);
        expect(answers).toEqual(["-", "+"]);
    });
});

describe("a session", () => {
    it("shows harts as threads of their clusters' processes", async () => {
        const session = new GuestSession();
        expect(await session.ask("qfThreadInfo")).toBe("mp1.1,p1.2,p2.3,p2.4");
        expect(await session.ask("qC")).toBe("QCp1.1");
        expect(await session.ask("Hgp2.4")).toBe("OK");
        expect(await session.register(PC)).toBe(BigInt(session.machine.hart(3).pc));
        for (const thread of ["p1.3", "p3.1", "p1.9", "x", ""])
            expect(await session.ask(`Hg${thread}`)).toBe(NO_THREAD);
        expect(await session.ask("Tp2.3")).toBe("OK");
        expect(await session.ask("?")).toBe("T05thread:p1.1;");
    });

    it("steps a hart by one instruction while the machine keeps its schedule", async () => {
        const session = new GuestSession();
        const { machine } = session;
        for (let i = 1; i <= 300; i++) {
            expect(await session.ask("vCont;s:p2.3")).toBe("T05thread:p2.3;");
            expect(machine.hart(2).executed).toBe(i);
        }
        expect(machine.hart(0).executed).toBeGreaterThan(0);
    });

    it("stops at breakpoints of the process, and goes on from them", async () => {
        const session = new GuestSession();
        await session.ask("Hgp2.3");
        const at = session.address("store");
        expect(await session.ask(`Z0,${at.toString(16)},4`)).toBe("OK");
        const counts: bigint[] = [];
        for (let i = 0; i < 6; i++) {
            expect(await session.ask("vCont;c")).toMatch(/^T05thread:p2\.[34];swbreak:;$/);
            expect(await session.register(PC)).toBe(at);
            counts.push(await session.register(T1));
        }
        expect(
            counts
                .map(Number)
                .sort((a, b) => a - b)
                .at(-1),
        ).toBeGreaterThanOrEqual(3);
    });

    it("stops behind accesses that a watchpoint sees", async () => {
        const session = new GuestSession();
        const word = session.address("words") + 8n;
        expect(await session.ask(`Z2,${word.toString(16)},8`)).toBe("OK");
        expect(await session.ask("vCont;c")).toBe(`T05thread:p1.2;watch:${word.toString(16)};`);
        expect(await session.register(PC)).toBe(session.address("store") + 4n);
        expect(session.machine.hart(1).x(S1)).toBe(word);
        await session.ask(`z2,${word.toString(16)},8`);
        expect(await session.ask(`Z4,${word.toString(16)},8`)).toBe("OK");
        expect(await session.ask("vCont;c")).toBe(`T05thread:p1.2;awatch:${word.toString(16)};`);
        expect(await session.register(PC)).toBe(session.address("again") + 4n);
    });

    it("refuses with a sentence to run a thread alone", async () => {
        const session = new GuestSession();
        expect(await session.ask("vCont;c:p1.1")).toBe(
            "E.the harts of this machine run by one schedule: a thread cannot run while others stand (set scheduler-locking off)",
        );
        expect(await session.ask("vCont;c:p1.-1")).toMatch(/^T0f/);
    });

    it("goes back: by an instruction, and to the breakpoint before", async () => {
        const session = new GuestSession();
        const { machine } = session;
        const at = session.address("store").toString(16);
        await session.ask(`Z0,${at},4`);
        const places: string[] = [];
        for (let i = 0; i < 9; i++) {
            await session.ask("vCont;c");
            places.push(placeOf(machine));
        }
        await session.ask("bs");
        for (const place of places.slice(0, -1).reverse()) {
            expect(await session.ask("bc")).toMatch(/swbreak/);
            expect(placeOf(machine)).toBe(place);
        }
        expect(await session.ask("bc")).toMatch(/replaylog:begin;$/);
        for (const place of places) {
            await session.ask("vCont;c");
            expect(placeOf(machine)).toBe(place);
        }
    });

    it("a write of the debugger ends what can be gone back to", async () => {
        const session = new GuestSession();
        const at = session.address("words");
        expect(await session.ask(`M${at.toString(16)},8:0700000000000000`)).toBe("OK");
        expect(await session.ask(`m${at.toString(16)},8`)).toBe("0700000000000000");
        expect(await session.ask("bc")).toMatch(/replaylog:begin;$/);
        expect(await session.ask(`m${at.toString(16)},8`)).toBe("0700000000000000");
        expect(await session.ask(`P${S3.toString(16)}=0200000000000000`)).toBe("OK");
        expect(session.machine.hart(0).x(S3)).toBe(2n);
    });

    it("memory is the hart's, or physical", async () => {
        const session = new GuestSession();
        expect(await session.ask("m10,4")).toBe("E0e");
        expect(await session.ask("Qqemu.PhyMemMode:1")).toBe("OK");
        expect(await session.ask("qqemu.PhyMemMode")).toBe("1");
        const at = session.address("shared");
        expect(await session.ask(`m${at.toString(16)},8`)).toBe("0000000000000000");
        expect(await session.ask("m7ffffffff000,4")).toBe("E0e");
    });
});

const MODELS: readonly GuestOptions[] = [
    {},
    { fidelity: "latency" },
    { fidelity: "timing" },
    { scheduler: "conflicts" },
];

describe("whatever comes", () => {
    it.each(MODELS)("a debugger that only looks changes nothing: %j", async (model) => {
        const common = { hartsPerCluster: 2, meshX: 2, ...model };
        const { machine: plain } = run(COUNTING, common);
        const session = new GuestSession(model);
        const next = random(11);
        const store = session.address("store").toString(16);
        for (let i = 0; i < 60; i++) {
            const packets = [
                "g",
                "vCont;s:p1.2",
                "vCont;s:p2.3",
                "vCont;c",
                `Z0,${store},4`,
                `z0,${store},4`,
                "bs",
                "bc",
                `Z2,${store},8`,
                "?",
            ];
            await session.ask(packets[next() % packets.length] as string);
        }
        await session.ask(`z0,${store},4`);
        await session.ask(`z2,${store},8`);
        for (let reply = ""; !reply.startsWith("T0f"); ) reply = await session.ask("vCont;c");
        expect(session.machine.stateHash()).toBe(plain.stateHash());
        expect(session.machine.counters()).toEqual(plain.counters());
    });

    it(`${FUZZED} random packets neither crash nor hang it`, { timeout: 3_600_000 }, async () => {
        const next = random(5);
        const heads = [
            "g",
            "G",
            "p",
            "P",
            "m",
            "M",
            "X",
            "Hg",
            "Hc",
            "Z0,",
            "z1,",
            "Z2,",
            "vCont;",
            "vCont;s:",
            "qXfer:features:read:target.xml:",
            "qRcmd,",
            "vAttach;",
            "T",
            "bs",
            "bc",
            "s",
            "qSupported",
            "c",
        ];
        const tails = [
            "80000000",
            "p1.1",
            "0",
            "-1",
            ",",
            "4",
            ":",
            "ffffffffffffffff",
            "=",
            "p2.3",
            "zz",
            "c",
            ";",
            "\x80",
        ];
        let session = new GuestSession();
        for (let i = 0; i < FUZZED; i++) {
            const tail = Array.from({ length: next() % 5 }, () => tails[next() % tails.length]).join("");
            const packet = `${heads[next() % heads.length]}${tail}`;
            const raw = next() % 8 === 0 ? framed(packet).slice(0, -(1 + (next() % 4))) : framed(packet);
            session.push(raw);
            session.push("\x03");
            if (next() % 50 === 0) {
                session.push(framed("D"));
                expect(
                    await Promise.race([
                        session.left.then(() => "left"),
                        new Promise((resolve) => setTimeout(resolve, 60_000, "hangs")),
                    ]),
                ).toBe("left");
                session = new GuestSession();
            }
        }
        session.close();
    });
});
