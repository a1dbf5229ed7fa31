/** A hart as it stands: registers, the code around its pc with the source's lines, and the calls that lead there. */

import type { SourcePlace } from "../../../boot/report/report.ts";
import { isLong } from "../../../emu/isa/decode.ts";
import { disassemble } from "../../../emu/isa/disassemble.ts";
import { registerName } from "../../../emu/isa/registers.ts";
import { unwind } from "../../../toolchain/link/unwind.ts";
import type { CodeLine, HartState, Questions, SourceLine } from "../../questions.ts";
import type { Session } from "../session.ts";

const REGISTERS = 32;
const [RA, SP] = [1, 2];
const [USER, SUPERVISOR] = [0, 1];
const MODES: Readonly<Record<number, string>> = { [USER]: "user", [SUPERVISOR]: "supervisor", 3: "machine" };
const SHOWN_CSRS = ["sstatus", "satp", "scause", "stval", "sepc", "sie", "sip", "stvec"] as const;
/** Instructions before the pc, and behind it. */
const [BEFORE, BEHIND] = [10, 14];
/** Bytes from a function's begin in which its instructions are counted; in a longer one the code begins at the pc. */
const MOST_BYTES = 16_384;

export function hartState(session: Session, { hart: index }: Questions["hart"]["about"]): HartState {
    const hart = session.machine.hart(index);
    const { pc, privilege, waiting, cycles, instructions } = hart;
    return {
        hart: index,
        cluster: Math.floor(index / session.shape.hartsPerCluster),
        mode: MODES[privilege] ?? String(privilege),
        waiting,
        cycles,
        instructions,
        pc,
        place: lineOf(placeAt(session, index, pc)),
        registers: Array.from({ length: REGISTERS - 1 }, (_, i) => [registerName(i + 1), hart.x(i + 1)] as const),
        csrs: SHOWN_CSRS.map((name) => [name, hart.csr(name)] as const),
        code: codeAround(session, index),
        stack: privilege === USER ? [] : stackOf(session, index),
    };
}

function placeAt({ debuggee }: Session, hart: number, pc: bigint): SourcePlace | undefined {
    return debuggee.placeAt?.(hart, pc);
}

function lineOf(place: SourcePlace | undefined): SourceLine | undefined {
    if (place === undefined || place.function === null) return undefined;
    return { function: place.function, file: place.file ?? undefined, line: place.line ?? undefined };
}

/** From the begin of the function on, when it is near, so that instructions are found where they begin. */
function codeAround(session: Session, hart: number): CodeLine[] {
    const { pc } = session.machine.hart(hart);
    const start = beginOf(session, hart, pc);
    const before = start === pc ? [] : codeFrom(session, hart, start, (at) => at < pc);
    let left = BEHIND;
    return [...before.slice(-BEFORE), ...codeFrom(session, hart, pc, () => left-- > 0)];
}

/** Where the function begins that the pc is in; the pc itself when that is too far, or not known. */
function beginOf(session: Session, hart: number, pc: bigint): bigint {
    const name = placeAt(session, hart, pc)?.function ?? undefined;
    if (name === undefined) return pc;
    let [near, far] = [0n, 2n];
    while (far < MOST_BYTES && placeAt(session, hart, pc - far)?.function === name) far *= 2n;
    if (far >= MOST_BYTES) return pc;
    // The function covers pc - near, and not pc - far.
    while (far - near > 2n) {
        const middle = ((near + far) / 4n) * 2n;
        if (placeAt(session, hart, pc - middle)?.function === name) near = middle;
        else far = middle;
    }
    return pc - near;
}

function codeFrom(session: Session, hart: number, start: bigint, goesOn: (at: bigint) => boolean): CodeLine[] {
    const lines: CodeLine[] = [];
    for (let at = start; goesOn(at); ) {
        const first = halfwordAt(session, hart, at);
        if (first === undefined) break;
        const second = isLong(first) ? halfwordAt(session, hart, at + 2n) : 0;
        if (second === undefined) break;
        const word = first + second * 2 ** 16;
        const source = lineOf(placeAt(session, hart, at));
        lines.push({ pc: at, word, text: disassemble(word, Number(at)), source });
        at += isLong(first) ? 4n : 2n;
    }
    return lines;
}

/** Undefined where the hart cannot fetch. */
function halfwordAt({ machine }: Session, hart: number, vaddr: bigint): number | undefined {
    const paddr = machine.translate(vaddr, hart, "fetch");
    if (paddr === undefined) return undefined;
    try {
        const [low = 0, high = 0] = machine.readPhysical(paddr, 2, hart);
        return low + 256 * high;
    } catch {
        return undefined;
    }
}

/** The kernel's calls, innermost first. */
function stackOf(session: Session, index: number): SourceLine[] {
    const { machine, unwindTable } = session;
    if (unwindTable === undefined) return [];
    const hart = machine.hart(index);
    const read = (address: number): number | undefined => {
        const paddr = machine.translate(BigInt(address), index);
        if (paddr === undefined) return undefined;
        try {
            const bytes = machine.readPhysical(paddr, 8, index);
            return Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
        } catch {
            return undefined;
        }
    };
    const start = { pc: Number(hart.pc), sp: Number(hart.x(SP)), ra: Number(hart.x(RA)) };
    const trace = unwind(unwindTable, start, read);
    return trace.flatMap((pc, i) => lineOf(placeAt(session, index, BigInt(i === 0 ? pc : pc - 1))) ?? []);
}
