/** What `monitor` in GDB can ask of a run. */

import type { Debuggee } from "../report/debuggee.ts";
import type { Replica } from "../report/replica.ts";

const MODES = ["user", "supervisor", "", "machine"];
/** Of an entry (privileged specification, 12.3.1). */
const BITS = [
    [1n, "v"],
    [2n, "r"],
    [4n, "w"],
    [8n, "x"],
    [16n, "u"],
    [64n, "a"],
    [128n, "d"],
] as const;
const HELP = `monitor info harts      where each hart is
monitor info frames     frames of each cluster, by type
monitor info vsl PID [CXY]
                        vsegs of the process in the cluster, or in each that it is in
monitor info gpt PID CXY
                        its page table there
monitor physical on|off memory by physical address, or as the hart translates it
`;

/** The text of an answer. */
export function monitor(debuggee: Debuggee, words: readonly string[]): string {
    const [first, second, ...numbers] = words;
    if (first === "info" && (second === "vsl" || second === "gpt")) return tables(debuggee, second, numbers);
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

/** A pid and a cluster, in decimal or with 0x. */
function tables({ tables: reader }: Debuggee, list: "vsl" | "gpt", numbers: readonly string[]): string {
    const [pid, cxy] = numbers.map(Number);
    const isGood = numbers.every((text) => /^(0x[0-9a-f]+|[0-9]+)$/i.test(text)) && pid !== undefined;
    if (!isGood || numbers.length > 2 || (list === "gpt" && cxy === undefined))
        return `info ${list} needs ${list === "vsl" ? "PID [CXY]" : "PID CXY"}, as numbers\n${HELP}`;
    if (reader === undefined) return "a bare-metal run has no kernel of ours\n";
    const asked = cxy === undefined ? Array.from({ length: reader.clusters }, (_, each) => each) : [cxy];
    const found = asked.flatMap((each) => (each < reader.clusters ? (reader.replica(pid, each) ?? []) : []));
    if (found.length === 0) return `no process ${pid} in ${cxy === undefined ? "any cluster" : `cluster ${cxy}`}\n`;
    return found.map((replica) => (list === "vsl" ? vslText(replica) : gptText(replica))).join("");
}

function vslText({ cxy, isReference, vsegs }: Replica): string {
    const rows = vsegs.map(({ type, first, end, rights, named }) => {
        const where = named === undefined ? "" : ` in cluster ${named}`;
        return `  ${type.padEnd(7)} ${hex(first)} to ${hex(end - 1)} ${rights}${where}\n`;
    });
    return `cluster ${cxy}${isReference ? " (Z)" : ""}: ${vsegs.length} vsegs, by page\n${rows.join("")}`;
}

function gptText({ cxy, isReference, root, entries }: Replica): string {
    const rows = entries.map(({ vpn, ppn, bank, entry }) => {
        const bits = BITS.map(([bit, letter]) => ((entry & bit) === 0n ? "-" : letter)).join("");
        return `  page ${hex(vpn)}: frame ${hex(ppn)}, ${bank < 0 ? "the window" : `bank ${bank}`}, ${bits}\n`;
    });
    return `cluster ${cxy}${isReference ? " (Z)" : ""}: root frame ${hex(root)}, ${entries.length} entries\n${rows.join("")}`;
}

function hex(value: number): string {
    return `0x${value.toString(16)}`;
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
