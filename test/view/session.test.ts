/** A session of the view, driven without a page (docs/view.md): back and forth, to events, and what it tells of a place. */

import { beforeAll, describe, expect, it } from "vitest";
import type { EventName } from "../../boot/abi/events.ts";
import { buildArtifacts } from "../../boot/build/artifacts.ts";
import type { Artifacts } from "../../boot/system/artifacts.ts";
import { bootSystem } from "../../boot/system/boot-system.ts";
import { parseConfig } from "../../configs/check.ts";
import { ANSWERS } from "../../view/machine/answers.ts";
import { KernelSession } from "../../view/machine/kernel-session.ts";
import { Painter } from "../../view/machine/painter.ts";
import type { Command } from "../../view/machine/session.ts";
import { TRAFFIC_PARTS } from "../../view/questions.ts";

const CONFIG = {
    machine: { mesh: [2, 2], hartsPerCluster: 2, bankSize: "4MiB" },
    programs: [{ path: "threads" }, { path: "sort" }, { path: "share", nodes: 4 }],
};
const config = parseConfig(JSON.stringify(CONFIG), "test");
const kinds = (...names: EventName[]) => new Set(names);
const PAGE_SIZE = 4096;
const PAGE_BITS = 12n;
/** U, R and V of an entry. */
const READABLE = 0b10011n;
/** Instructions behind which the next one follows. */
const isFlow = /^(?:c\.)?(?:addi?w?|ld|sd|lw|sw|lbu|sb|mv|li|lui|and|or|s[lr]li|sub)\b/;

function drive(command: Command): void {
    while (command.next().done !== true);
}

describe("a session", () => {
    let artifacts: Artifacts;
    let hash: string;
    let session: KernelSession;

    beforeAll(async () => {
        artifacts = await buildArtifacts({ config, file: "test", directory: "." });
        const run = bootSystem(config, artifacts, { onConsole: () => {}, onPhase: () => {} });
        while (!run.step(1e7, 1e9).ended);
        hash = run.stateHash();
        session = new KernelSession(config, artifacts);
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

    it("shows a hart's code where it executes: each line disassembles what lies there, and the next step is one of them", () => {
        drive(session.goTo(600_000));
        const { machine } = session;
        let steps = 0;
        for (let i = 0; i < 60; i++) {
            const { code, pc } = ANSWERS.hart(session, { hart: 1 });
            expect(pc).toBe(machine.hart(1).pc);
            const here = code.findIndex((line) => line.pc === pc);
            expect(here).toBeGreaterThanOrEqual(0);
            const { executed } = machine.hart(1);
            drive(session.stepHart(1));
            const next = machine.hart(1).pc;
            if (machine.hart(1).executed === executed || !isFlow.test(code[here]?.text ?? "")) continue;
            expect(code[here + 1]?.pc).toBe(next);
            steps++;
        }
        expect(steps).toBeGreaterThan(20);
    });

    it("tells the kernel's calls from the trap on", () => {
        drive(session.goTo(300_000));
        for (let i = 0; i < 4; i++) {
            drive(session.toNext(kinds("phase")));
            const { hart } = session.journal.teller(session.journal.heard - 1);
            const { stack, mode } = ANSWERS.hart(session, { hart });
            expect(mode).toBe("supervisor");
            expect(stack.length).toBeGreaterThan(2);
            expect(stack.every(({ file }) => file === undefined || file.startsWith("kernel/"))).toBe(true);
            const outermost = stack.map((place) => place.function).join(" ");
            expect(outermost).toMatch(/onTrap|threadStart|idle|serve|trap/i);
        }
    });

    it("has one writer of a shared page at most, and gives a node what its fault asked for", () => {
        drive(session.goTo(0));
        for (;;) {
            drive(session.toNext(kinds("dsm")));
            if (session.ended !== undefined) break;
            for (const { states } of ANSWERS.dsm(session, {}).flatMap(({ pages }) => pages)) {
                const having = states.filter((state) => state !== "none").length;
                if (states.includes("alone") || states.includes("write")) expect(having).toBe(1);
            }
        }
        const messages = ANSWERS.messages(session, { leader: undefined, vpn: undefined, before: 100, ahead: 100 });
        const faults = messages.filter(({ action }) => action.endsWith("_fault"));
        // sm-dsm.md 3.5, with four nodes: 2 (n - 1) read faults and one write fault.
        expect(faults.map(({ action }) => action).sort()).toEqual([...Array(6).fill("read_fault"), "write_fault"]);
        for (const { index, node, vpn, action, source } of faults) {
            expect(source?.file).toBe("userland/programs/share.ts");
            drive(session.toEvent(index));
            const pid = ANSWERS.dsm(session, {})
                .at(-1)
                ?.nodes.find((each) => each.node === node)?.pid;
            drive(session.toEvent(endOfFault(index, pid, vpn)));
            const group = ANSWERS.dsm(session, {}).at(-1);
            const page = group?.pages.find((each) => each.vpn === vpn);
            // Nodes that have ended are not there.
            expect(page?.states[group?.nodes.findIndex((each) => each.node === node) ?? -1]).toBe(
                action === "read_fault" ? "read" : "alone",
            );
        }
    });

    /** The first end, behind an event, of a fault of the process on the page. */
    function endOfFault(from: number, pid: number | undefined, vpn: number): number {
        const ends = ANSWERS.events(session, { from, count: 1000, kinds: ["faultEnd"] });
        const end = ends.find(({ index }) => {
            const fault = ANSWERS.fault(session, { index });
            return fault?.pid === pid && Math.floor((fault?.vaddr ?? 0) / PAGE_SIZE) === vpn;
        });
        return end?.index ?? -1;
    }

    it("tells who used which bank in a stretch of cycles: parts of the run add up to the machine's accounts", () => {
        drive(session.run());
        const parts = [...TRAFFIC_PARTS];
        const end = session.furthest;
        const { clocks, matrix, remote } = ANSWERS.bankUse(session, { from: 0, to: end, parts });
        const { traffic } = session.system.report();
        const clusters = session.machine.clusterCount;
        const expected = new Float64Array(clusters * clusters);
        for (const { source, home, count } of traffic ?? []) {
            if (home !== null) expected[source * clusters + home] = (expected[source * clusters + home] ?? 0) + count;
        }
        expect(matrix).toEqual(expected);
        const away = matrix.filter((_, at) => Math.floor(at / clusters) !== at % clusters);
        expect(remote.reduce((a, b) => a + b, 0)).toBe(away.reduce((a, b) => a + b, 0));
        expect(clocks.length).toBeGreaterThan(50);
        const middle = clocks[Math.floor(clocks.length / 3)] ?? 0;
        const [first, second] = [
            ANSWERS.bankUse(session, { from: 0, to: middle, parts }),
            ANSWERS.bankUse(session, { from: middle, to: end, parts }),
        ];
        expect(first.matrix.map((count, at) => count + (second.matrix[at] ?? 0))).toEqual(matrix);
        const apart = parts.map((part) => ANSWERS.bankUse(session, { from: 0, to: middle, parts: [part] }).matrix);
        expect(first.matrix).toEqual(
            first.matrix.map((_, at) => apart.reduce((sum, each) => sum + (each[at] ?? 0), 0)),
        );
    });

    it("tells of both banks and policies what the document of the run says", () => {
        const figures = ANSWERS.figures(session, {});
        const { clusters } = session.system.report();
        expect(figures.ended).toBe("halted");
        expect(figures.requests).toBe(clusters.reduce((sum, { rpcs }) => sum + rpcs.served, 0));
        expect(figures.dsmFaults).toBe(7);
        expect(figures.data.local).toBeLessThan(figures.data.all);
        expect(figures.hottest?.remote).toBeGreaterThan((figures.data.all - figures.data.local) / clusters.length);
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
