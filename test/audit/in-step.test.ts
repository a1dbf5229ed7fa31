/**
 * What the auditor holds of the kernel's lists and tables it compares with guest memory word by word, and reads anew only what
 * changed (boot/audit/replica.ts). At kernel exits that is what a reader without a past reads, also in kernels that are broken: so
 * the checks find the same at the same cycle as if they read everything each time.
 */

import { describe, expect, it } from "vitest";
import { Evidence } from "../../boot/audit/evidence.ts";
import { FramePool } from "../../boot/audit/frame-pool.ts";
import type { Replica } from "../../boot/audit/replica.ts";
import { type Roots, rootsReader } from "../../boot/audit/roots.ts";
import { Rules } from "../../boot/audit/rules.ts";
import { World } from "../../boot/audit/world.ts";
import { buildKernel } from "../../boot/build/kernel-image.ts";
import { buildAndBoot } from "../../boot/cli/build-and-boot.ts";
import { GuestMemory } from "../../boot/observe/guest-memory.ts";
import { Broken } from "../../boot/report/violation.ts";
import { parseConfig } from "../../configs/check.ts";
import type { Config } from "../../configs/schema/config.ts";
import { topologyOf } from "../../configs/topology.ts";
import type { Machine } from "../../emu/machine.ts";
import { PROBE_LEAVE, PROBE_ROOTS } from "../../kernel/abi/event.ts";
import {
    MUTANT_EXTRA_ENTRY,
    MUTANT_LOST_INVALIDATION,
    MUTANT_OVERLAP,
    MUTANT_VSEG_LOST,
} from "../../kernel/mutants/policy.ts";
import type { StructLayout } from "../../toolchain/link/layout.ts";
import { wordsOf } from "../boot/observe/tell.ts";
import { chaosConfig, chaosOf } from "../system/harness/chaos.ts";
import { GUEST_FOLDER } from "../system/harness/guest.ts";
import { machineOf } from "../system/harness/run.ts";

/** A reader without a past is dear: one kernel exit in so many. */
const EVERY = 5;
const LIMIT = 20_000_000;

/** Follows a run as the auditor does, and compares. */
class Follower {
    compared = 0;
    readonly #roots = new Map<number, Roots>();
    readonly #memory: GuestMemory;
    readonly #rules: Rules;
    readonly #world: World;
    readonly #touched = new Set<number>();
    #exits = 0;
    /** A mutant lets a program store into a freed frame: when that has become a page table, an audit ends there, as here. */
    #isOver = false;

    constructor(machine: Machine, config: Config, layouts: readonly StructLayout[]) {
        this.#memory = new GuestMemory(machine.ram(), config.machine.bankSize, layouts);
        this.#rules = new Rules(config.kernel, topologyOf(config).memory);
        this.#world = this.#newWorld();
    }

    record(cxy: number, [event = 0, a = 0, b = 0]: readonly number[]): void {
        this.#touched.add(cxy);
        if (event === PROBE_ROOTS) this.#roots.set(a, rootsReader(this.#memory)(a, b));
        if (event !== PROBE_LEAVE || this.#isOver) return;
        try {
            for (const each of this.#touched) this.#world.refreshCluster(each);
            if (++this.#exits % EVERY === 0) for (const each of this.#touched) this.#compare(each);
        } catch (error) {
            if (!(error instanceof Broken)) throw error;
            this.#isOver = true;
        }
        this.#touched.clear();
    }

    #newWorld(): World {
        const pool = new FramePool(this.#memory, this.#roots, this.#rules);
        return new World(this.#memory, this.#roots, pool, new Evidence(), this.#rules);
    }

    #compare(cxy: number): void {
        const anew = this.#newWorld();
        anew.refreshCluster(cxy);
        const [held, read] = [replicasOf(this.#world, cxy), replicasOf(anew, cxy)];
        expect(held.map(({ pid }) => pid)).toEqual(read.map(({ pid }) => pid));
        held.forEach((replica, i) => {
            this.compared++;
            expect(contentOf(replica)).toEqual(contentOf(read[i] as Replica));
        });
    }
}

function replicasOf(world: World, cxy: number): Replica[] {
    const all = [...world.processes.keys()].flatMap((pid) => world.replicas(pid));
    return all.filter((replica) => replica.cxy === cxy).sort((a, b) => a.pid - b.pid);
}

/** While somebody changes list and tables, both keep what they had. */
function contentOf({ fields, locked, vsegs, entries, address }: Replica): object {
    if (locked) return { address, fields };
    return { address, fields, vsegs, entries: [...entries].sort(([a], [b]) => a - b) };
}

async function follow(text: object, mutant: number): Promise<number> {
    const config = parseConfig(JSON.stringify(text), "test");
    const { layouts } = await buildKernel(true);
    const hooks = { onConsole: () => {}, onPhase: () => {}, mutant, audit: undefined };
    const run = await buildAndBoot({ config, file: "test", directory: GUEST_FOLDER }, hooks);
    const machine = machineOf(run);
    const follower = new Follower(machine, config, layouts);
    const next = machine.onProbe;
    machine.onProbe = (hart, halves) => {
        const words = wordsOf(halves);
        follower.record(Math.floor(hart / config.machine.hartsPerCluster), words);
        next?.(hart, halves);
    };
    while (!run.step(LIMIT, LIMIT).ended);
    return follower.compared;
}

describe("what the auditor holds of lists and tables", () => {
    it.each([1, 2, 8])("is what they are: random calls of seed %i", async (seed) => {
        expect(await follow(await chaosConfig(chaosOf(seed)), 0)).toBeGreaterThan(100);
    });

    it.each(Object.entries({ MUTANT_EXTRA_ENTRY, MUTANT_LOST_INVALIDATION, MUTANT_OVERLAP, MUTANT_VSEG_LOST }))(
        "is what they are, when they are wrong: %s",
        async (_, mutant) => {
            expect(await follow(await chaosConfig(chaosOf(8)), mutant)).toBeGreaterThan(100);
        },
    );
});
