/** A session of the view, driven without a page (docs/view.md): back and forth, to events, and what it tells of a place. */

import { beforeAll, describe, expect, it } from "vitest";
import type { EventName } from "../../boot/abi/events.ts";
import { buildArtifacts } from "../../boot/build/artifacts.ts";
import type { Artifacts } from "../../boot/system/artifacts.ts";
import { bootSystem } from "../../boot/system/boot-system.ts";
import { parseConfig } from "../../configs/check.ts";
import { ANSWERS } from "../../view/machine/answers.ts";
import { Painter } from "../../view/machine/painter.ts";
import { type Command, Session } from "../../view/machine/session.ts";

const CONFIG = {
    machine: { mesh: [2, 2], hartsPerCluster: 2, bankSize: "4MiB" },
    programs: [{ path: "threads" }, { path: "sort" }, { path: "share", nodes: 4 }],
};
const config = parseConfig(JSON.stringify(CONFIG), "test");
const kinds = (...names: EventName[]) => new Set(names);
const PAGE_BITS = 12n;
/** U, R and V of an entry. */
const READABLE = 0b10011n;

function drive(command: Command): void {
    while (command.next().done !== true);
}

describe("a session", () => {
    let artifacts: Artifacts;
    let hash: string;
    let session: Session;

    beforeAll(async () => {
        artifacts = await buildArtifacts({ config, file: "test", directory: "." });
        const run = bootSystem(config, artifacts, { onConsole: () => {}, onPhase: () => {} });
        while (!run.step(1e7, 1e9).ended);
        hash = run.stateHash();
        session = new Session(config, artifacts);
        drive(session.run());
    });

    it("ends in the state of a run that nobody looks at", () => {
        expect(session.ended?.end).toBe("halted");
        expect(session.system.stateHash()).toBe(hash);
    });

    it("ends there again after going back, to events, and instruction by instruction", () => {
        drive(session.goTo(session.furthest / 2));
        for (let i = 0; i < 5; i++) drive(session.toNext(kinds("faultBegin")));
        drive(session.toPrevious(kinds("rpcSent")));
        for (let i = 0; i < 4; i++) drive(session.stepHart(3));
        drive(session.stepHartBack(3));
        drive(session.run());
        expect(session.system.stateHash()).toBe(hash);
        expect(session.journal.heard).toBe(session.journal.known);
    });

    it("goes to the same place forwards and backwards", () => {
        const { machine } = session;
        const state = () => [session.clock, session.journal.heard, session.written, session.system.stateHash()];
        drive(session.goTo(0));
        drive(session.goTo(400_000));
        const forwards = state();
        drive(session.run());
        drive(session.goTo(400_000));
        expect(state()).toEqual(forwards);
        expect(machine.looks.isInTurn).toBe(false);
    });

    it("stands right behind the record of an event that it goes to", () => {
        drive(session.goTo(300_000));
        for (const name of ["faultBegin", "phase", "dsm", "exit"] as const) {
            drive(session.toNext(kinds(name)));
            const at = session.journal.heard - 1;
            const [row] = ANSWERS.events(session, { from: at, count: 1, kinds: [] });
            expect(row?.event).toBe(name);
            expect(session.atEvent).toBe(at);
            const { hart, executed } = session.journal.teller(at);
            expect(session.machine.hart(hart).executed).toBe(executed);
        }
    });

    it("steps a hart by one instruction, and back to the same state", () => {
        drive(session.goTo(500_000));
        const hart = session.machine.hart(2);
        drive(session.stepHart(2));
        const [pc, executed] = [hart.pc, hart.executed];
        drive(session.stepHart(2));
        expect(hart.executed).toBe(executed + 1);
        drive(session.stepHartBack(2));
        expect([hart.pc, hart.executed]).toEqual([pc, executed]);
    });

    it("walks a fault through Z in the order of its phases, each with its cluster", () => {
        drive(session.goTo(0));
        for (;;) {
            drive(session.toNext(kinds("fault")));
            expect(session.ended).toBeUndefined();
            const walk = ANSWERS.fault(session, { index: session.journal.heard - 1 });
            if (walk?.how !== "throughZ" || walk.type !== "HEAP") continue;
            const phases = walk.steps.map(({ phase }) => phase);
            expect(phases[0]).toBe("begin");
            expect(phases.at(-1)).toBe("end");
            const order = ["rpcOut", "queue", "service", "return"].map((phase) => phases.indexOf(phase));
            expect(order).toEqual([...order].sort((a, b) => a - b));
            expect(order).not.toContain(-1);
            const service = walk.steps.find(({ phase }) => phase === "service");
            expect(service?.cluster).toBe(walk.reference);
            expect(walk.steps[0]?.cluster).not.toBe(walk.reference);
            expect(walk.steps[0]?.source?.file).toBe("kernel/trap.ts");
            expect(walk.steps.every(({ source }) => source !== undefined)).toBe(true);
            return;
        }
    });

    it("shows the page tables that the harts walk", () => {
        drive(session.goTo(0));
        let pages = 0;
        for (let i = 0; i < 12; i++) {
            drive(session.toNext(kinds("faultEnd")));
            const at = session.journal.heard - 1;
            const { hart } = session.journal.teller(at);
            const cluster = Math.floor(hart / config.machine.hartsPerCluster);
            const pid = ANSWERS.fault(session, { index: at })?.pid ?? 0;
            const [replica] = ANSWERS.replicas(session, { pid, clusters: [cluster] });
            // The kernel has its own root while it works for the process.
            const state = session.machine.hart(hart);
            for (let n = 0; n < 200 && state.privilege !== 0; n++) drive(session.stepHart(hart));
            const root = state.csr("satp") & ((1n << 44n) - 1n);
            if (replica === undefined || BigInt(replica.root) !== root) continue;
            for (const { vpn, ppn, entry } of replica.entries) {
                if ((entry & READABLE) !== READABLE) continue;
                const paddr = session.machine.translate(BigInt(vpn) << PAGE_BITS, hart);
                expect(paddr).toBe(ppn * 4096);
                pages++;
            }
        }
        expect(pages).toBeGreaterThan(20);
    });

    it("knows each bank's free frames", () => {
        drive(session.run());
        const perBank = config.machine.bankSize / 4096;
        const used = new Map<number, number>();
        session.frames.showAll();
        const { rows } = new Painter(session).picture(false).frames;
        for (let i = 0; i < rows.length; i += 3) {
            const cxy = Math.floor(((rows[i] ?? 0) - 0x80000) / perBank);
            if (rows[i + 1] !== 0) used.set(cxy, (used.get(cxy) ?? 0) + 1);
        }
        const free = session.system.report().clusters.map(({ freeFrames }) => freeFrames);
        expect([0, 1, 2, 3].map((cxy) => perBank - (used.get(cxy) ?? 0))).toEqual(free);
    });

    it("has all events in the counts over the run", () => {
        const { rows } = ANSWERS.density(session, { from: 0, to: session.furthest + 1, parts: 7 });
        const total = rows.reduce((sum, { counts }) => sum + counts.reduce((a, b) => a + b, 0), 0);
        expect(total).toBe(session.journal.known);
    });
});
