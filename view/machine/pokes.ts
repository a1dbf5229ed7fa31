/** What the user does to a running system by hand: a cluster that answers late, a bank that is slow, frames that are gone. */

import { GuestMemory } from "../../boot/observe/guest-memory.ts";
import { CommandError } from "../../boot/report/exit-codes.ts";
import { BANK_BASE, WINDOW_BASE } from "../../kernel/abi/memory-map.ts";
import type { Poke } from "../protocol.ts";
import type { KernelSession } from "./kernel-session.ts";
import type { Command } from "./session.ts";

/** Cycles of an access that a row of stalls can hold, and more than any distance. */
const MOST_SLOW = 10_000;
const MOST_DELAY = 100_000_000;
/** Rounds in which the lock of a bank must become free. */
const MOST_ROUNDS = 1000;

/** Throws CommandError("input") for what cannot be done in this run. */
export function* poke(session: KernelSession, { kind, cluster, count }: Poke): Command {
    const { machine, config } = session;
    if (!Number.isInteger(count) || count < 1) throw refusal(`${count}; must be an integer from 1 up`);
    if (kind === "delay") {
        if (config.machine.fidelity === "timing") throw refusal('a delay is not for fidelity "timing"');
        if (count > MOST_DELAY) throw refusal(`${count} cycles; must be at most ${MOST_DELAY}`);
        const { hartsPerCluster } = config.machine;
        yield* session.act(`cluster ${cluster} answers ${count} cycles late`, () => {
            for (let lid = 0; lid < hartsPerCluster; lid++) machine.hart(cluster * hartsPerCluster + lid).delay(count);
        });
    } else if (kind === "slow") {
        if (config.machine.fidelity !== "latency")
            throw refusal('a slow bank needs fidelity "latency" (machine.fidelity)');
        if (count > MOST_SLOW) throw refusal(`${count} cycles; must be at most ${MOST_SLOW}`);
        yield* session.act(`bank ${cluster} costs ${count} cycles more`, () => session.slow(cluster, count));
    } else yield* takeFrames(session, cluster, count);
}

/** Keeps frames of a bank from everybody, as the kernel itself keeps those of a reserve (kernel/mm/ppm.ts). */
function* takeFrames(session: KernelSession, cluster: number, count: number): Command {
    const { machine, artifacts, config } = session;
    const memory = new GuestMemory(machine.ram(), config.machine.bankSize, artifacts.layouts);
    const read = memory.reader("bank_t", ["free_frames", "reserved", "lock"]);
    const bank = session.system.tables().bank(cluster);
    if (bank === undefined) throw refusal(`cluster ${cluster} has not booted yet`);
    for (let round = 0; read(cluster, bank).lock !== 0; round++) {
        if (round === MOST_ROUNDS) throw refusal(`the lock of bank ${cluster} is held for ${MOST_ROUNDS} rounds`);
        yield* session.goTo(session.clock + machine.quantum);
    }
    const free = read(cluster, bank).free_frames - read(cluster, bank).reserved;
    if (count > free) throw refusal(`bank ${cluster} has ${free} free frames; take fewer than ${count}`);
    const address =
        BANK_BASE + cluster * config.machine.bankSize + bank - WINDOW_BASE + memory.offsetOf("bank_t", "reserved");
    yield* session.act(`${count} frames of bank ${cluster} are gone`, () => {
        const word = new Uint8Array(4);
        new DataView(word.buffer).setUint32(0, read(cluster, bank).reserved + count, true);
        machine.writePhysical(address, word);
    });
}

function refusal(text: string): CommandError {
    return new CommandError("input", text);
}
