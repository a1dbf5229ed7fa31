/** The state hash of machines (docs/spec/turns.md, section 7); its stream is checked in test/emu/host/state-hash.test.ts. */

import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { Machine } from "../../../emu/machine.ts";
import { machine, RAM, run } from "../engine/guest.ts";

/** The names of the parts that went into the hash, by its stream. */
function partsOf(made: Machine): string[] {
    const bytes: number[] = [];
    made.stateHash({ update: (some) => void bytes.push(...some), hexDigest: () => "" });
    const view = new DataView(Uint8Array.from(bytes).buffer);
    const names: string[] = [];
    for (let at = "archipel-state/2\n".length; at < bytes.length; ) {
        const nameLength = view.getUint32(at, true);
        names.push(String.fromCharCode(...bytes.slice(at + 4, at + 4 + nameLength)));
        at += 4 + nameLength;
        at += 4 + view.getUint32(at, true);
    }
    return names;
}

describe("the state hash", () => {
    it("7.2, 7.3 of a machine after reset has no parts, whatever it has of harts and devices", () => {
        const empty = createHash("sha256").update("archipel-state/2\n").digest("hex");
        for (const options of [{}, { hartsPerCluster: 4 }, { meshX: 4, localWindow: true }])
            expect(machine(options).stateHash()).toBe(empty);
    });

    it("7.2 names what a run has used, in a fixed order", () => {
        const { machine: made } = run(
            `
            csrr t0, mhartid
            bnez t0, 1f
            li t0, 0x10000000
            li t1, 5
            sb t1, 1(t0)
            csrw mscratch, t1
            .word 0x0100000f
            finish
        1:  li t1, 2
            sw t1, 1024(sp)
            wfi`,
            { hartsPerCluster: 2, prepare: (m) => m.hart(1).setX(2, BigInt(RAM + 0x4000)) },
        );
        const first = ["pc", "x"];
        const last = ["clock", "instructions"];
        expect(partsOf(made)).toEqual([
            ...[...first, "mscratch", "mcycle", "minstret", ...last].map((name) => `hart/0/${name}`),
            ...[...first, "mcycle", "minstret", "waiting", ...last].map((name) => `hart/1/${name}`),
            "uart/ier",
            "memory/0x80000000",
            "memory/0x80004000",
        ]);
    });

    it("7.3 a part that was written and is as at reset again adds nothing", () => {
        const of = (writes: string) => {
            const guest = run(`${writes}\n 1: j 1b`, { held: true, quantum: 100, preemption: false });
            guest.machine.run({ maxRounds: 1 });
            return partsOf(guest.machine).filter((name) => name.startsWith("hart/0/") || name.startsWith("uart"));
        };
        const used = of("csrw sscratch, sp\n csrw sscratch, zero\n li t0, 0x10000000\n sb t0, 7(t0)\n li t0, 0");
        expect(used).toEqual(of("nop\n li t0, 0"));
        expect(of("li t0, 7\n csrw sscratch, t0")).toContain("hart/0/sscratch");
    });

    it("7.1 changes with every register, CSR, device register and byte", () => {
        const changes: readonly ((made: Machine) => void)[] = [
            (made) => made.hart(0).setX(31, 1n),
            (made) => made.hart(0).setF(31, 1n),
            (made) => (made.hart(0).pc = 4n),
            (made) => made.hart(0).setCsr("satp", 8n << 60n),
            (made) => made.hart(0).setCsr("stimecmp", 5n),
            (made) => made.hart(1).setCsr("stimecmp", 5n),
            (made) => made.pushInput(Uint8Array.of(1)),
            (made) => made.writePhysical(RAM + 4095, Uint8Array.of(1)),
            (made) => made.writePhysical(RAM + 4096, Uint8Array.of(1)),
        ];
        const hashes = changes.map((change) => {
            const made = machine({ hartsPerCluster: 2 });
            change(made);
            return made.stateHash();
        });
        expect(new Set([...hashes, machine().stateHash()]).size).toBe(changes.length + 1);
    });
});
