import { it } from "vitest";
import { readFileSync, writeFileSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { assemble } from "../../../boot/asm/assemble.ts";
import { disassemble } from "../../../emu/isa/disassemble.ts";
import { machine, RAM } from "./guest.ts";
import { randomProgram } from "./random-program.ts";
it("trace", () => {
    const { sections } = assemble(randomProgram(66), "r.s");
    const b = sections[0]!.bytes;
    writeFileSync("/tmp/e1/r.bin", b);
    spawnSync("qemu-system-riscv64", ["-M", "virt", "-cpu", "rv64,f=off,d=off,h=off,zba=off,zbb=off,zbc=off,zbs=off,sstc=off", "-display", "none", "-serial", "null", "-monitor", "none", "-bios", "/tmp/e1/r.bin", "-singlestep", "-d", "cpu,nochain", "-D", "/tmp/e1/q.log"], { timeout: 60000 });
    const q = readFileSync("/tmp/e1/q.log", "utf8").split(/^ V = .*$|(?=^ pc )/m).filter((x) => x.startsWith(" pc")).map((x) => { const g = (n: string) => BigInt("0x" + (new RegExp(` ${n}\\s+([0-9a-f]+)`).exec(x)?.[1] ?? "0")); return { pc: g("pc"), a: [10, 11, 12, 13, 14, 15, 16, 17].map((r) => g(`x${r}/a${r - 10}`)) }; });
    const start = q.findIndex((s) => s.pc === 0x80000000n);
    const m = machine({ scheduler: "instruction", quantum: 1 });
    m.writePhysical(RAM, b);
    m.hart(0).pc = BigInt(RAM);
    let k = start; const hist: string[] = [];
    for (let i = 0; i < 3000; i++) {
        const pc = m.hart(0).pc;
        while (k < q.length && q[k]!.pc !== pc) k++;
        if (k >= q.length) { console.log("lost", pc.toString(16), hist.slice(-10)); break; }
        const a = [10, 11, 12, 13, 14, 15, 16, 17].map((r) => m.hart(0).x(r));
        hist.push(pc.toString(16) + " " + disassemble(new DataView(m.readPhysical(Number(pc), 4).buffer).getUint32(0, true)));
        if (i > 70 && a.some((x, j) => x !== q[k]!.a[j])) { console.log("differ at", hist.slice(-12).join("\n"), a.map((x) => x.toString(16)), q[k]!.a.map((x) => x.toString(16))); break; }
        k++;
        if (m.run({ maxInstructions: 1 }).kind !== "instructions") break;
    }
}, 100000);
