/** The table per program, with the output of each and the reason why it was killed. */

import { callsText, placeText } from "../calls.ts";
import { hex } from "../figure.ts";
import { DSM_METRICS } from "../metrics.ts";
import type { ProgramFault, ProgramRefusal, ProgramReport } from "../report.ts";
import { NOT_EXERCISED } from "./clusters.ts";
import { type Column, grouped, type Look, renderTable } from "./table.ts";

/** Lines of output shown per program. The console had all of them. */
const OUTPUT_LINES = 8;

export function renderPrograms(programs: readonly ProgramReport[], look: Look): string[] {
    if (programs.length === 0) return ["Programs: none"];
    const table = renderTable(COLUMNS, programs, { indent: 2, look });
    return ["Programs (exit code or signal; DSM events)", ...table, ...programs.flatMap(details)];
}

const COLUMNS: readonly Column<ProgramReport>[] = [
    { title: "program", align: "left", cell: ({ name }) => name },
    { title: "pid", align: "right", cell: ({ pid }) => (pid === null ? NOT_EXERCISED : `0x${pid.toString(16)}`) },
    { title: "cluster", align: "right", cell: ({ cluster }) => (cluster === null ? NOT_EXERCISED : String(cluster)) },
    { title: "nodes", align: "right", cell: ({ nodes }) => String(nodes) },
    { title: "exit", align: "right", cell: exitText },
    ...DSM_METRICS.map(({ key, title }): Column<ProgramReport> => {
        return { title, align: "right", cell: ({ dsm }) => (dsm === null ? NOT_EXERCISED : grouped(dsm[key])) };
    }),
];

/** "0", "SIGSEGV", or "not ended". */
export function exitText({ exit, pid }: ProgramReport): string {
    if (exit.signal !== null) return exit.signal;
    if (exit.code !== null) return String(exit.code);
    return pid === null ? "not started" : "not ended";
}

function details(program: ProgramReport): string[] {
    const lines = program.output.replace(/\n$/, "").split("\n");
    const shown = program.output === "" ? [] : lines.slice(-OUTPUT_LINES);
    const hidden = program.output === "" ? 0 : lines.length - shown.length;
    const fault = program.fault === null ? [] : [faultText(program.fault)];
    const refused = program.refused.map((refusal) => refusalText(refusal, program.name));
    if (shown.length + fault.length + refused.length === 0) return [];
    const more = hidden > 0 ? [`  (${hidden} lines before)`] : [];
    return [
        `  ${program.name}:`,
        ...[...more, ...shown.map((line) => `  | ${printable(line)}`), ...fault, ...refused].map((line) => `  ${line}`),
    ];
}

/** C libraries try some calls and go on without them, so this is no error. */
function refusalText({ call, what, errno, pid }: ProgramRefusal, name: string): string {
    const asked = what === null ? call : `${call}: ${what}`;
    return `  kernel: ${asked} is not carried out: ${errno} (${name}, pid 0x${pid.toString(16)})`;
}

/** One line with the address touched, the place in the program, and the thread; or with the calls that never meet. */
export function faultText(fault: ProgramFault): string {
    if (fault.calls !== null) return `  ${callsText(fault.calls)} never meet`;
    const where = placeText(fault);
    const touched = fault.vaddr === null ? "" : ` of ${hex(fault.vaddr)}`;
    return `  ${fault.access}${touched} at pc ${hex(fault.pc)}${where}, thread 0x${fault.thread.toString(16)}, cluster ${fault.cluster}${ownerText(fault)}`;
}

function ownerText({ stackOwner }: ProgramFault): string {
    if (stackOwner === null) return "";
    const { thread, cluster } = stackOwner;
    const owner = thread === null ? "a thread that has ended" : `thread 0x${thread.toString(16)}`;
    return `; that is the stack of ${owner}, cluster ${cluster}, which no other cluster can use`;
}

/** Control characters of a program's output must not move the terminal's cursor within the summary. */
function printable(line: string): string {
    return Array.from(line, (character) => {
        const code = character.codePointAt(0) ?? 0;
        return code < 0x20 || (code >= 0x7f && code < 0xa0) ? "\ufffd" : character;
    }).join("");
}
