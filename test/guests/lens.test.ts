/** Debian's Linux through a lens (docs/lenses/linux-6.12.json): its list of tasks is what its own ps says. */

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { compileCore } from "../../boot/build/core.ts";
import { parseLens } from "../../boot/observe/lens/format.ts";
import { Lens } from "../../boot/observe/lens/lens.ts";
import { TURN_DEFAULTS } from "../../boot/system/bare-machine.ts";
import { GuestSession } from "../../view/machine/guest-session.ts";
import { FIRMWARE, openSbi } from "./firmware.ts";
import { linux, linuxFiles } from "./linux-files.ts";

const root = FIRMWARE[0]?.root;
const LENS = "docs/lenses/linux-6.12.json";
/** The shell's own list, and where the kernel has its own of these. */
const SCRIPT = `echo 0 > /proc/sys/kernel/kptr_restrict
grep -wE 'init_task|swapper_pg_dir' /proc/kallsyms
for each in /proc/[0-9]*; do read line < $each/stat; echo "TASK $line"; done
echo READY
sleep 1000`;

describe.skipIf(linux === undefined || root === undefined)("Linux through a lens", () => {
    it("has the tasks that it tells of itself, and their page tables", async () => {
        if (root === undefined) return;
        const guest = { firmware: openSbi(root, "fw_dynamic.elf"), ...linuxFiles(SCRIPT) };
        const shape = { mesh: [1, 1] as const, harts: 1, memory: 512 * 2 ** 20 };
        const request = { ...shape, guest, seed: 1, turns: TURN_DEFAULTS, engine: {} };
        const lens = JSON.parse(readFileSync(LENS, "utf8")) as { symbols: Record<string, string> };
        const session = new GuestSession(request, await compileCore());
        const [text, symbols] = ready(session);
        const own = parseLens(JSON.stringify({ ...lens, symbols }), LENS);
        const [tasks, tables, kernel] = new Lens(own, session.machine, () => undefined).tables(0);
        const told = [...text.matchAll(/TASK (\d+) \((.*)\) /g)];
        expect(told.length).toBeGreaterThan(20);
        const shown = new Map(tasks?.rows.map(([pid = "", comm = ""]) => [pid, comm]));
        // /proc adds to the names of workers what they work on.
        for (const [, pid = "", name] of told) expect(name).toMatch(new RegExp(`^${shown.get(pid) ?? "nobody"}`));
        expect([...shown.values()].at(-1)).toBe("sleep");
        const init = tables?.rows.filter(([pid]) => pid === "1") ?? [];
        expect(init.some(([, , , , rights]) => rights === "r-xu")).toBe(true);
        expect(kernel?.rows.some(([first]) => first === "0xffffffff80000000")).toBe(true);
    });

    /** Runs until the script sleeps; what was printed, and the addresses in it. */
    function ready(session: GuestSession): [string, Record<string, string>] {
        const text = () => new TextDecoder().decode(Uint8Array.from(session.console));
        for (const command = session.run(); !text().includes("READY"); ) if (command.next().done === true) break;
        for (let i = 0, command = session.run(); i < 400; i++) command.next();
        const found = [...text().matchAll(/([0-9a-f]{16}) \w (\w+)/g)].map(([, address, name]) => [
            name,
            `0x${address}`,
        ]);
        return [text(), Object.fromEntries(found)];
    }
});
