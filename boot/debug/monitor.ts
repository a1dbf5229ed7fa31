/** What `monitor` in GDB can ask of a run. */

import type { Debuggee } from "../report/debuggee.ts";

const MODES = ["user", "supervisor", "", "machine"];
const HELP = `monitor info harts      where each hart is
monitor info frames     frames of each cluster, by type
monitor physical on|off memory by physical address, or as the hart translates it
`;

/** The text of an answer. */
export function monitor(debuggee: Debuggee, words: readonly string[]): string {
    switch (words.join(" ")) {
        case "info harts":
            return harts(debuggee);
        case "info frames":
            return debuggee.frames?.() ?? "a bare-metal run has no frames\n";
        case "help":
        case "":
            return HELP;
        default:
            return `there is no command ${JSON.stringify(words.join(" "))}\n${HELP}`;
    }
}

function harts({ machine, functionAt }: Debuggee): string {
    const size = machine.options.hartsPerCluster;
    const rows = Array.from({ length: machine.hartCount }, (_, index) => {
        const hart = machine.hart(index);
        const mode = hart.waiting ? "waits" : (MODES[hart.privilege] ?? "");
        const place = `0x${hart.pc.toString(16)} ${functionAt(index, hart.pc) ?? ""}`.trimEnd();
        return `hart ${index}, cluster ${Math.floor(index / size)}: ${mode}, cycle ${hart.cycles}, ${place}`;
    });
    return `${rows.join("\n")}\n`;
}
