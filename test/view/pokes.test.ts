/** What is done to a running system by hand (docs/view.md, "By hand"): its effect, and that the run is the same up to there. */

import { beforeAll, describe, expect, it } from "vitest";
import { buildArtifacts } from "../../boot/build/artifacts.ts";
import type { Artifacts } from "../../boot/system/artifacts.ts";
import { parseConfig } from "../../configs/check.ts";
import type { Config } from "../../configs/schema/config.ts";
import { ANSWERS } from "../../view/machine/answers.ts";
import { KernelSession } from "../../view/machine/kernel-session.ts";
import { poke } from "../../view/machine/pokes.ts";
import type { Command } from "../../view/machine/session.ts";
import type { Poke } from "../../view/protocol.ts";

const MACHINE = { mesh: [2, 1], hartsPerCluster: 1, bankSize: "4MiB", fidelity: "latency" };
const config = parseConfig(JSON.stringify({ machine: MACHINE, programs: [{ path: "sort", args: ["8192"] }] }), "test");

function drive(command: Command): void {
    while (command.next().done !== true);
}

describe("done by hand", () => {
    let artifacts: Artifacts;
    let end: number;
    let hash: string;
    /** Shortly before cluster 0 serves a request. */
    let place: number;
    const sessionOf = (own: Config = config) => new KernelSession(own, artifacts);

    beforeAll(async () => {
        artifacts = await buildArtifacts({ config, file: "test", directory: "." });
        const session = sessionOf();
        drive(session.run());
        end = session.clock;
        hash = session.system.stateHash();
        const served = ANSWERS.events(session, { from: 0, count: 1000, kinds: ["rpcServed"] });
        place = (served.filter(({ cluster }) => cluster === 0)[2]?.cycle ?? 0) - 3000;
    });

    function poked(...pokes: Poke[]): KernelSession {
        const session = sessionOf();
        drive(session.goTo(place));
        for (const each of pokes) drive(poke(session, each));
        return session;
    }

    it("a cluster that answers late serves what waits for it so much later", () => {
        const served = (session: KernelSession) => {
            drive(session.goTo(place));
            for (;;) {
                drive(session.toNext(new Set(["rpcServed"] as const)));
                const [row] = ANSWERS.events(session, { from: session.journal.heard - 1, count: 1, kinds: [] });
                if (row?.cluster === 0) return row.cycle;
            }
        };
        const plain = served(sessionOf());
        const late = served(poked({ kind: "delay", cluster: 0, count: 50_000 }));
        expect(late).toBeGreaterThanOrEqual(place + 50_000);
        expect(plain).toBeLessThan(place + 50_000);
    });

    it("a bank that is slow makes the run longer, and was not slow before", () => {
        const session = poked({ kind: "slow", cluster: 0, count: 50 });
        drive(session.run());
        expect(session.ended?.end).toBe("halted");
        expect(session.clock).toBeGreaterThan(1.05 * end);
        const slow = session.system.stateHash();
        drive(session.goTo(place - 10_000));
        const before = session.system.stateHash();
        const plain = sessionOf();
        drive(plain.goTo(place - 10_000));
        expect(before).toBe(plain.system.stateHash());
        drive(session.run());
        expect(session.system.stateHash()).toBe(slow);
        expect(slow).not.toBe(hash);
    });

    it("frames that are gone are given to nobody: pages spill to the other bank", () => {
        const session = sessionOf();
        drive(session.toNext(new Set(["process"] as const)));
        const spilled = () => session.system.report().clusters.reduce((sum, { spills }) => sum + spills, 0);
        const free = session.system.report().clusters[1]?.freeFrames ?? 0;
        drive(poke(session, { kind: "frames", cluster: 1, count: free - 16 }));
        drive(session.run());
        expect(session.ended?.end).toBe("halted");
        expect(spilled()).toBeGreaterThan(0);
        expect(session.deeds.map(({ text }) => text)).toEqual([`${free - 16} frames of bank 1 are gone`]);
    });

    it("nothing done is the config's run, and what was done is forgotten by what is done before it", () => {
        const session = poked({ kind: "delay", cluster: 1, count: 1000 });
        drive(session.goTo(place - 10_000));
        drive(poke(session, { kind: "delay", cluster: 0, count: 2000 }));
        expect(session.deeds.map(({ text }) => text)).toEqual(["cluster 0 answers 2000 cycles late"]);
        const other = sessionOf();
        drive(other.run());
        drive(other.goTo(0));
        drive(other.run());
        expect(other.system.stateHash()).toBe(hash);
    });

    it.each([
        [
            "more frames than are free",
            { kind: "frames", cluster: 0, count: 1e6 },
            /bank 0 has \d+ free frames; take fewer/,
        ],
        ["no cycles", { kind: "delay", cluster: 0, count: 0 }, /must be an integer from 1 up/],
        ["more than a delay can be", { kind: "delay", cluster: 0, count: 1e9 }, /must be at most/],
        ["more than an access can cost", { kind: "slow", cluster: 0, count: 1e6 }, /must be at most/],
    ] as const)("refuses %s", (_name, what, text) => expect(() => poked(what)).toThrow(text));

    it("refuses a slow bank where banks cost nothing", async () => {
        const own = parseConfig(
            JSON.stringify({ machine: { ...MACHINE, fidelity: "functional" }, programs: [{ path: "hello" }] }),
            "x",
        );
        const session = new KernelSession(own, await buildArtifacts({ config: own, file: "x", directory: "." }));
        expect(() => drive(poke(session, { kind: "slow", cluster: 0, count: 5 }))).toThrow('needs fidelity "latency"');
    });
});
