/** A session of a system with our kernel: it has frames, events, and what answers tell of processes. */

import { EVENTS, eventNumber } from "../../boot/abi/events.ts";
import { segmentOf } from "../../boot/observe/frame-kinds.ts";
import { VSEG_TYPES } from "../../boot/report/report.ts";
import type { Artifacts } from "../../boot/system/artifacts.ts";
import { bootSystem, type System } from "../../boot/system/boot-system.ts";
import type { Config } from "../../configs/schema/config.ts";
import type { ImageFrame } from "../../toolchain/link/image.ts";
import type { Picture } from "../protocol.ts";
import { Frames, type Used } from "./frames.ts";
import { Ears, Session, type Shape } from "./session.ts";

const OF_PROGRAMS: ReadonlySet<string> = new Set(VSEG_TYPES);

/** What a moment has beside the machine's. */
interface Own {
    readonly frames: ReadonlyMap<number, Used>;
    /** Cycles that banks cost more. */
    readonly slow: ReadonlyMap<number, number>;
}

export class KernelSession extends Session {
    readonly #slow = new Map<number, number>();
    readonly system: System;
    readonly config: Config;
    readonly artifacts: Artifacts;
    readonly frames: Frames;

    /** Accesses are counted, whatever the config says of that: the states are the same. */
    constructor(config: Config, artifacts: Artifacts) {
        const ears = new Ears();
        const system = bootSystem({ ...config, accounting: "accesses" }, artifacts, {
            onPhase: () => {},
            falseSharing: true,
            onConsole: (bytes) => {
                for (const byte of bytes) ears.onConsole(byte);
            },
            observers: [{ on: {}, onAny: (hart, halves) => ears.onRecord(hart, halves) }],
        });
        super(system, shapeOf(config), ears, ({ kind }) => (OF_PROGRAMS.has(segmentOf(kind)) ? "programs" : "kernel"));
        this.config = config;
        this.artifacts = artifacts;
        this.system = system;
        this.frames = new Frames(config, artifacts, this.machine.clusterCount);
    }

    override get unwindTable(): readonly ImageFrame[] {
        return this.artifacts.kernel.frames;
    }

    /** An access of the bank costs so many cycles more from here on. */
    slow(bank: number, cycles: number): void {
        this.#slow.set(bank, cycles);
        this.machine.accounts?.slow(bank, cycles);
    }

    protected override keepOwn(): Own {
        return { frames: this.frames.copy(), slow: new Map(this.#slow) };
    }

    protected override putBackOwn(own: unknown): void {
        const { frames, slow } = own as Own;
        this.frames.restore(frames);
        for (const [bank, cycles] of this.#slow) if (slow.get(bank) !== cycles) this.slow(bank, slow.get(bank) ?? 0);
    }

    override takeFrames(): Picture["frames"] {
        return this.frames.takeChanged();
    }

    protected override hears(halves: Uint32Array): void {
        const number = eventNumber(halves);
        if (number === EVENTS.frame.number) this.frames.frame(halves);
        else if (number === EVENTS.boot.number) this.frames.boot(halves);
    }
}

function shapeOf({ machine, seed, programs }: Config): Shape {
    const { mesh, hartsPerCluster, bankSize, clustersWithoutHarts, clustersWithoutMemory } = machine;
    const [x = 1, y = 1] = mesh;
    return {
        kind: "kernel",
        mesh: [x, y],
        hartsPerCluster,
        bankSize,
        seed,
        programs: programs.map(({ path, nodes }) => ({ path, nodes })),
        noHarts: clustersWithoutHarts,
        noMemory: clustersWithoutMemory,
    };
}
