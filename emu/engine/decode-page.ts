/** Fills the slots of decoded pages with micro-ops (emu/state/code-layout.ts), a straight run at a time. */
import { type Decoded, decode, isLong } from "../isa/decode.ts";
import { executed } from "../isa/hints.ts";
import { isFloatField } from "../isa/row.ts";
import {
    DECODED_CONTENT,
    OP_CROSSING,
    OP_HOOK,
    OP_ILLEGAL,
    OP_LINE_HEAD,
    SLOT,
    SLOT_SHIFT,
    UOP_AUX,
    UOP_IMM,
    UOP_OP,
    UOP_RD,
    UOP_RS1,
    UOP_RS2,
} from "../state/code-layout.ts";
import { F, SINK, X } from "../state/hart-layout.ts";
import { opOf, reachOf } from "./arms.ts";

const PAGE_BYTES = 4096;
const REGISTER_BYTES = 8;
/** The number of instructions decoded ahead in one go. A page of data that is taken for code must not cost more. */
const RUN_LIMIT = 32;
/** An offset that puts every branch of an instruction in a stand-in, long or short, out of its page. */
const CROSSING_OFFSET = PAGE_BYTES - 1;

/**
 * Decodes the slot at host address `slot` of the page at `page`, and the slots that follow it up to a jump. The host hears of instructions
 * at the `hooks`, offsets in the page, before they run. With fidelity "timing" the first instructions of a line are marked, and
 * `lineShift` is log2 of its bytes.
 */
export function decodeRun(
    memory: DataView,
    page: number,
    slot: number,
    hooks?: ReadonlySet<number>,
    lineShift = 0,
): void {
    const mark = (address: number, flag: number) =>
        memory.setUint16(address + UOP_OP, memory.getUint16(address + UOP_OP, true) | flag, true);
    let offset = (slot - page) >> SLOT_SHIFT;
    for (let i = 0; i < RUN_LIMIT && offset < PAGE_BYTES; i++) {
        const address = page + (offset << SLOT_SHIFT);
        if (i > 0 && memory.getUint16(address, true) !== 0) return;
        const halfword = memory.getUint16(page + DECODED_CONTENT + offset, true);
        const long = isLong(halfword);
        if (long && offset === PAGE_BYTES - 2) {
            memory.setUint16(address + UOP_OP, OP_CROSSING, true);
            if (hooks?.has(offset)) mark(address, OP_HOOK);
            return;
        }
        const word = long ? memory.getUint32(page + DECODED_CONTENT + offset, true) : halfword;
        const instruction = microOpOf(word);
        write(memory, address, instruction, offset);
        if (hooks?.has(offset)) mark(address, OP_HOOK);
        if (lineShift > 0 && mayHeadLine(offset, long, 1 << lineShift)) mark(address, OP_LINE_HEAD);
        if (instruction === undefined || endsRun(instruction.decoded)) return;
        offset += instruction.decoded.length;
    }
}

/** Tells whether straight code may enter a line with the instruction: behind a whole one, or a half, or with its own second half. */
function mayHeadLine(offset: number, long: boolean, lineBytes: number): boolean {
    const inLine = offset % lineBytes;
    return inLine <= 2 || (long && inLine === lineBytes - 2);
}

/** Decodes an instruction that is alone in its stand-in page (emu/core/fetch.ts) into the micro-op at host address `slot`. */
export function decodeCrossing(memory: DataView, slot: number, word: number): void {
    write(memory, slot, microOpOf(word), CROSSING_OFFSET);
}

/** What is the same in all micro-ops of an instruction word: registers as their offsets from the hart. */
interface MicroOp {
    readonly decoded: Decoded;
    readonly rd: number;
    readonly rs1: number;
    readonly rs2: number;
    readonly rs3: number;
}

/** By word; undefined for what is illegal. Programs have few different ones, and the tables are slow to search. */
const known = new Map<number, MicroOp | undefined>();
const MOST_KNOWN = 65536;

function microOpOf(word: number): MicroOp | undefined {
    if (known.has(word)) return known.get(word);
    if (known.size >= MOST_KNOWN) known.clear();
    const decoded = decode(word);
    const made = decoded && makeMicroOp(executed(decoded));
    known.set(word, made);
    return made;
}

function makeMicroOp(decoded: Decoded): MicroOp {
    const register = (field: "rd" | "rs1" | "rs2" | "rs3") =>
        (isFloatField(decoded.row, field) ? F : X) + decoded[field] * REGISTER_BYTES;
    const rd = register("rd");
    return { decoded, rd: rd === 0 ? SINK : rd, rs1: register("rs1"), rs2: register("rs2"), rs3: register("rs3") };
}

function endsRun(decoded: Decoded): boolean {
    return decoded.row.format === "J" || decoded.row.name === "jalr" || decoded.row.extension === "Machine";
}

function write(memory: DataView, address: number, instruction: MicroOp | undefined, offset: number): void {
    if (instruction === undefined) {
        memory.setUint16(address + UOP_OP, OP_ILLEGAL, true);
        return;
    }
    const { decoded, rd, rs1, rs2, rs3 } = instruction;
    const reach = reachOf(decoded, offset);
    memory.setUint16(address + UOP_RD, rd, true);
    memory.setUint16(address + UOP_RS1, rs1, true);
    memory.setUint16(address + UOP_RS2, rs2, true);
    memory.setInt32(address + UOP_IMM, decoded.imm, true);
    const near = reach === "forward" || reach === "backward";
    memory.setInt32(address + UOP_AUX, near ? decoded.imm * (SLOT / 2) : rs3, true);
    memory.setUint16(address + UOP_OP, opOf(decoded, reach), true);
}
