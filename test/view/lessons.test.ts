/** The lessons (docs/lessons): what each of them says is seen at its place. */

import { beforeAll, describe, expect, it } from "vitest";
import { buildArtifacts } from "../../boot/build/artifacts.ts";
import { parseLesson, readLessons } from "../../boot/build/lessons.ts";
import type { Replica } from "../../boot/report/replica.ts";
import type { Lesson } from "../../boot/system/site.ts";
import { parseConfig } from "../../configs/check.ts";
import { loadConfig } from "../../configs/load.ts";
import { ANSWERS } from "../../view/machine/answers.ts";
import { KernelSession } from "../../view/machine/kernel-session.ts";
import type { Command } from "../../view/machine/session.ts";

const CODE_PAGE = 0x10;
const CLUSTERS = 4;
const PID = 1;

function drive(command: Command): void {
    while (command.next().done !== true);
}

async function sessionOf({ run }: Lesson, beside = false): Promise<KernelSession> {
    const { config: name, own, cycle } = run;
    const overrides = beside ? (run.beside ?? "").split(",").map((pair) => `kernel.${pair}`) : [];
    const file = name === undefined ? "own" : `configs/${name}.json`;
    const config =
        own === undefined ? loadConfig(file, { sets: overrides }).config : parseConfig(JSON.stringify(own), file);
    const session = new KernelSession(config, await buildArtifacts({ config, file, directory: "." }));
    drive(session.goTo(cycle));
    return session;
}

function replicas(session: KernelSession): Replica[] {
    const all = ANSWERS.replicas(session, { pid: PID, clusters: [0, 1, 2, 3] });
    return all.map((replica, cxy) => {
        if (replica === undefined) throw new Error(`process ${PID} is not in cluster ${cxy}`);
        return replica;
    });
}

const bankOf = ({ entries }: Replica, vpn: number) => entries.find((entry) => entry.vpn === vpn)?.bank;
const within = ({ vsegs }: Replica, type: string) => vsegs.filter((vseg) => vseg.type === type);
const entriesIn = (replica: Replica, type: string) =>
    replica.entries.filter(({ vpn }) => within(replica, type).some(({ first, end }) => vpn >= first && vpn < end));

/** By the file's number. */
const CLAIMS: readonly ((session: KernelSession, lesson: Lesson) => void | Promise<void>)[] = [
    (session) => {
        const [z] = ANSWERS.replicas(session, { pid: PID, clusters: [0] }) as [Replica];
        const areas = within(z, "HEAP").filter(({ first, end }) => end - first > 64);
        expect(areas.map(({ first, end }) => end - first)).toEqual([256]);
        const [area] = areas;
        const touched = z.entries.filter(({ vpn }) => vpn >= (area?.first ?? 0) && vpn < (area?.end ?? 0));
        expect(touched.length).toBe(64);
    },
    (session) => {
        for (let i = 0; i < 60; i++) {
            drive(session.toNext(new Set(["faultEnd"] as const)));
            const walk = ANSWERS.fault(session, { index: session.journal.heard - 1 });
            const served = walk?.steps.find(({ phase }) => phase === "frameAllocation");
            if (walk?.how !== "throughZ" || walk.type !== "HEAP" || served === undefined) continue;
            const clusters = walk.steps.map(({ cluster }) => cluster);
            expect(clusters[0]).not.toBe(walk.reference);
            expect(clusters).toContain(walk.reference);
            expect(served.cluster).toBe(walk.reference);
            return;
        }
        expect.unreachable("no fault through Z");
    },
    (session) => {
        const all = replicas(session);
        expect(all.map((replica) => bankOf(replica, CODE_PAGE))).toEqual([0, 1, 2, 3]);
    },
    (session) => {
        const [, one, , three] = replicas(session) as [Replica, Replica, Replica, Replica];
        const tops = [one, three].map((replica) => {
            const [stack] = within(replica, "STACK");
            const top = Math.max(...entriesIn(replica, "STACK").map(({ vpn }) => vpn));
            return { first: stack?.first, end: stack?.end, top, bank: bankOf(replica, top) };
        });
        expect(tops[0]).toEqual({ ...tops[1], bank: 1 });
        expect(tops[1]?.bank).toBe(3);
    },
    (session) => {
        const [z] = replicas(session) as [Replica];
        const heap = entriesIn(z, "HEAP");
        expect(heap.length).toBeGreaterThan(4);
        expect(bankOf(z, 0x4605)).toBe(1);
        for (const { vpn, bank } of heap) expect(bank).toBe(vpn % CLUSTERS);
        expect(new Set(heap.map(({ bank }) => bank)).size).toBe(CLUSTERS);
    },
    (session) => {
        const [z, , , three] = replicas(session) as [Replica, Replica, Replica, Replica];
        const [all, some] = [entriesIn(z, "HEAP"), entriesIn(three, "HEAP")];
        expect(some.length).toBeGreaterThan(0);
        expect(some.length).toBeLessThan(all.length);
        for (const { vpn, ppn } of some) expect(all.find((entry) => entry.vpn === vpn)?.ppn).toBe(ppn);
    },
    (session) => {
        const area = within(replicas(session)[0] as Replica, "HEAP").find(({ first, end }) => end - first === 16);
        const isInArea = ({ vpn }: { vpn: number }) => vpn >= (area?.first ?? 0) && vpn < (area?.end ?? 0);
        const heapOf = () => replicas(session).map(({ entries }) => entries.filter(isInArea).length);
        let most = [0, 0, 0, 0];
        for (;;) {
            drive(session.toNext(new Set(["rpcServed", "rpcSent", "faultEnd"] as const)));
            const now = heapOf();
            most = most.map((count, cxy) => Math.max(count, now[cxy] ?? 0));
            if ((now[0] ?? 0) === most[0]) continue;
            // Z loses its first entry: nobody else has one any more.
            expect(most).toEqual([16, 16, 16, 16]);
            expect(now.slice(1)).toEqual([0, 0, 0]);
            return;
        }
    },
    (session) => {
        const pages = () => ANSWERS.dsm(session, {}).at(-1)?.pages ?? [];
        let [writers, readers] = [0, 0];
        while (session.ended === undefined) {
            drive(session.toNext(new Set(["dsm"] as const)));
            for (const { states } of pages()) {
                if (states.filter((state) => state === "read").length > 1) readers++;
                if (!states.includes("alone") && !states.includes("write")) continue;
                writers++;
                expect(states.filter((state) => state !== "none").length).toBe(1);
            }
        }
        expect(Math.min(writers, readers)).toBeGreaterThan(10);
    },
    (session) => {
        const page = ANSWERS.dsm(session, {})
            .at(-1)
            ?.pages.find(({ advice }) => advice !== undefined);
        expect(page?.advice).toContain("give each part its own pages");
        const about = { leader: undefined, vpn: page?.vpn, before: 100, ahead: 100 };
        const writes = ANSWERS.messages(session, about).filter(({ action }) => action === "write_fault");
        expect(new Set(writes.map(({ node }) => node)).size).toBe(4);
        expect(writes.length).toBeGreaterThan(8);
    },
    async (session, lesson) => {
        const other = await sessionOf(lesson, true);
        const hottest = [session, other].map((run) => {
            drive(run.run());
            return ANSWERS.figures(run, {}).hottest;
        });
        expect(hottest[1]?.bank).toBe(0);
        expect(hottest[1]?.remote ?? 0).toBeGreaterThan(2 * (hottest[0]?.remote ?? Infinity));
    },
];

describe("lessons", () => {
    const lessons = readLessons();
    let sessions: KernelSession[];
    beforeAll(async () => {
        sessions = [];
        for (const lesson of lessons) sessions.push(await sessionOf(lesson));
    });

    it("are ten, each with its claim", () => expect([lessons.length, CLAIMS.length]).toEqual([10, 10]));

    it.each(lessons.map(({ title }, i) => [i + 1, title] as const))("%i: %s", async (number) => {
        const [session, lesson, claim] = [sessions[number - 1], lessons[number - 1], CLAIMS[number - 1]];
        if (session === undefined || lesson === undefined || claim === undefined)
            throw new Error(`no lesson ${number}`);
        await claim(session, lesson);
    });

    it("tell what has not their form", () => {
        expect(() => parseLesson("# A title\n", "x.md")).toThrow("x.md: has not the form of a lesson");
    });
});
