// The load or store that a user thread has trapped at (RISC-V unprivileged ISA: RV64I, A, F, D, C): the bytes that it accesses, and its
// register. It is read through the pages of the thread, which was executing it.

import { FRAME_PC } from "../abi/trap-frame";
import { uaddr_t } from "../hal/platform";
import { fstate_get, fstate_set } from "../sched/fstate";
import { this_thread } from "../sched/thread";
import { process_t } from "./process-table";
import { copy_from_user } from "./uaccess";

/** The kinds: no load or store; a plain load; a plain store; LR, SC or an AMO. */
export const INSTRUCTION_OTHER: u32 = 0;
export const INSTRUCTION_LOAD: u32 = 1;
export const INSTRUCTION_STORE: u32 = 2;
export const INSTRUCTION_ATOMIC: u32 = 3;

@unmanaged
export class instruction_t {
    /** INSTRUCTION_*; the fields below except `length` are set for an access only. */
    kind: u32;
    /** Bytes of the instruction; `width` has the bytes of the access, `vaddr` its user address. */
    length: u32;
    width: u32;
    /** The x or f register that is loaded or stored; 0 for an atomic access. */
    register: u32;
    float: u32;
    /** 1 for a load that extends the sign. */
    signed: u32;
    vaddr: u64;
}

/** Decodes the instruction at the frame's pc into the running thread's buffer. The second half of the buffer holds its bits. */
export function instruction_at(process: process_t, frame: usize): instruction_t {
    const buffer = this_thread().buffer;
    const found = changetype<instruction_t>(buffer);
    found.kind = INSTRUCTION_OTHER;
    const pc: uaddr_t = load<u64>(frame + FRAME_PC);
    const bits = buffer + 256;
    store<u32>(bits, 0);
    if (copy_from_user(process, bits, pc, 2) != 0) return found;
    found.length = (load<u32>(bits) & 3) == 3 ? 4 : 2;
    if (found.length == 2) decode_short(found, frame, load<u32>(bits));
    else if (copy_from_user(process, bits + 2, pc + 2, 2) == 0) decode(found, frame, load<u32>(bits));
    return found;
}

const LOAD: u32 = 0x03;
const LOAD_FP: u32 = 0x07;
const STORE: u32 = 0x23;
const STORE_FP: u32 = 0x27;
const AMO: u32 = 0x2f;

function decode(found: instruction_t, frame: usize, bits: u32): void {
    const funct3 = (bits >> 12) & 7;
    const base = x(frame, (bits >> 15) & 31);
    const opcode = bits & 127;
    const load_offset = <i64>(<i32>bits >> 20);
    const store_offset = <i64>((<i32>bits >> 25) << 5) | <i64>((bits >> 7) & 31);
    if (opcode == LOAD || opcode == LOAD_FP) {
        set(found, INSTRUCTION_LOAD, 1 << (funct3 & 3), base + <u64>load_offset, (bits >> 7) & 31, opcode == LOAD_FP);
        found.signed = funct3 < 4 ? 1 : 0;
    } else if (opcode == STORE || opcode == STORE_FP) {
        set(
            found,
            INSTRUCTION_STORE,
            1 << (funct3 & 3),
            base + <u64>store_offset,
            (bits >> 20) & 31,
            opcode == STORE_FP,
        );
    } else if (opcode == AMO) {
        set(found, INSTRUCTION_ATOMIC, 1 << (funct3 & 3), base, 0, false);
    }
}

/** Decodes a compressed instruction: within a quadrant, funct3 gives width, direction and kind of register. */
function decode_short(found: instruction_t, frame: usize, bits: u32): void {
    const quadrant = bits & 3;
    const funct3 = bits >> 13;
    if (quadrant == 1 || (funct3 & 3) == 0) return;
    const kind = funct3 < 4 ? INSTRUCTION_LOAD : INSTRUCTION_STORE;
    const width: u32 = (funct3 & 3) == 2 ? 4 : 8;
    const float = (funct3 & 3) == 1;
    found.signed = 1;
    if (quadrant == 0) {
        const base = x(frame, 8 + ((bits >> 7) & 7));
        const high = width == 4 ? ((bits >> 4) & 4) | ((bits << 1) & 0x40) : (bits << 1) & 0xc0;
        set(found, kind, width, base + <u64>(((bits >> 7) & 0x38) | high), 8 + ((bits >> 2) & 7), float);
        return;
    }
    const sp = x(frame, 2);
    if (kind == INSTRUCTION_LOAD) {
        const low =
            width == 4 ? ((bits >> 2) & 0x1c) | ((bits << 4) & 0xc0) : ((bits >> 2) & 0x18) | ((bits << 4) & 0x1c0);
        set(found, kind, width, sp + <u64>(((bits >> 7) & 0x20) | low), (bits >> 7) & 31, float);
    } else {
        const low =
            width == 4 ? ((bits >> 7) & 0x3c) | ((bits >> 1) & 0xc0) : ((bits >> 7) & 0x38) | ((bits >> 1) & 0x1c0);
        set(found, kind, width, sp + <u64>low, (bits >> 2) & 31, float);
    }
}

function set(found: instruction_t, kind: u32, width: u32, vaddr: u64, register: u32, float: bool): void {
    found.kind = kind;
    found.width = width;
    found.vaddr = vaddr;
    found.register = register;
    found.float = float ? 1 : 0;
}

/** An x register as the frame has it (abi/trap-frame.ts). */
function x(frame: usize, register: u32): u64 {
    return register == 0 ? 0 : load<u64>(frame + FRAME_PC + ((<usize>register) << 3));
}

/** The value that the store stores. */
export function instruction_value(found: instruction_t, frame: usize): u64 {
    return found.float != 0 ? fstate_get(found.register) : x(frame, found.register);
}

/** Completes a load with `value`, whose bytes beyond its width are 0. */
export function instruction_loaded(found: instruction_t, frame: usize, value: u64): void {
    if (found.float != 0) {
        fstate_set(found.register, found.width == 4 ? value | 0xffff_ffff_0000_0000 : value);
        return;
    }
    const unused = <u64>(64 - (found.width << 3));
    const extended = found.signed != 0 ? <u64>(<i64>(value << unused) >> unused) : value;
    if (found.register != 0) store<u64>(frame + FRAME_PC + ((<usize>found.register) << 3), extended);
}

/** Sets the frame's pc behind the instruction. */
export function instruction_done(found: instruction_t, frame: usize): void {
    store<u64>(frame + FRAME_PC, load<u64>(frame + FRAME_PC) + found.length);
}
