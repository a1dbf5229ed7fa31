// Engines call these functions to find decoded code.
import { DECODED_CONTENT, OP_PAGE_END, SLOT } from "../state/code-layout";
import { CROSS_END, CROSS_SLOT, CROSS_WORD, RAISED, TRAPPED, TRIGGER_EXECUTE } from "../state/hart-layout";
import { LINE_SHIFT, TIMING, UNCOUNTED } from "../state/timing-layout";
import { attach, guardedPage, isGuardedPage } from "./code";
import { hostOf } from "./frames";
import { decode_crossing } from "./host";
import { fetchedFrame, isGuarded } from "./l0";
import { fetchFrame } from "./memory";
import { isFetchedFrom, SLOTS_FETCH, SLOTS_FETCH_NEXT, touchFetch } from "./timing/access";
import { setLine } from "./timing/line-entries";
import { triggered } from "./triggers";

/** Above a short instruction in CROSS_WORD. */
const SHORT: u32 = 0xffff0000;

/** Returns the host address of the decoded page of pc, or 0 after a trap or when the hart has to wait. */
export function fetch(h: usize, pc: u64): usize {
    if (triggered(h, pc, 1, TRIGGER_EXECUTE)) {
        // The instruction was not fetched.
        store<u64>(h, load<u64>(h, TRAPPED) - 1, TRAPPED);
        return 0;
    }
    store<u32>(UNCOUNTED, 1);
    const frame = fetchFrame(h, pc, SLOTS_FETCH);
    store<u32>(UNCOUNTED, 0);
    if (frame < 0) return 0;
    return isGuarded(h, pc) ? guardedPage() : attach(frame);
}

/**
 * With fidelity "timing": brings the line of the instruction at pc into L1I, and that of its second half in the same page. Returns 0 when
 * the hart has to wait.
 */
export function fetch_line(h: usize, pc: u64): u32 {
    store<u32>(UNCOUNTED, 1);
    const frame = fetchedFrame(h, pc);
    const offset = <u32>pc & 4095;
    const isReady = lineReady(h, SLOTS_FETCH, pc, frame) && secondHalfReady(h, pc, frame, offset);
    store<u32>(UNCOUNTED, 0);
    return isReady ? 1 : 0;
}

function lineReady(h: usize, slots: u32, vaddr: u64, frame: i32): bool {
    const offset = <u32>vaddr & 4095;
    if (!touchFetch(h, slots, frame, offset)) return false;
    if (isFetchedFrom(h, frame, offset)) setLine(h, vaddr);
    return true;
}

function secondHalfReady(h: usize, pc: u64, frame: i32, offset: u32): bool {
    const next = offset + 2;
    if ((offset ^ next) >> load<u32>(LINE_SHIFT) == 0 || next > 4094) return true;
    if ((load<u16>(hostOf(frame) + <usize>offset) & 3) != 3) return true;
    return lineReady(h, SLOTS_FETCH_NEXT, pc + 2, frame);
}

/**
 * For an instruction at pc that starts in the last halfword of its page and ends in the next page, and for any of a guarded page. Returns the
 * base of a stand-in page whose slot of pc holds the instruction and is followed by the end mark, or 0 after a trap (with the address of the
 * second half as tval).
 */
export function fetch_crossing(h: usize, pc: u64, decoded: usize): usize {
    const offset = <usize>pc & 4095;
    const first = isGuardedPage(decoded) ? hostOf(fetchedFrame(h, pc)) : decoded + DECODED_CONTENT;
    let word = <u32>load<u16>(first + offset);
    if ((word & 3) == 3) {
        const raised = load<u64>(h, RAISED);
        const frame = fetchFrame(h, pc + 2, SLOTS_FETCH_NEXT);
        if (frame < 0) {
            // The first half of the instruction was fetched.
            if (load<u64>(h, RAISED) != raised) store<u64>(h, load<u64>(h, TRAPPED) + 1, TRAPPED);
            return 0;
        }
        if (load<u32>(TIMING) && !lineReady(h, SLOTS_FETCH_NEXT, pc + 2, frame)) return 0;
        word |= (<u32>load<u16>(hostOf(frame) + (<usize>(pc + 2) & 4095))) << 16;
    } else word |= SHORT;
    if (load<u32>(h, CROSS_WORD) != word) {
        decode_crossing(h + CROSS_SLOT, word);
        store<u32>(h, word, CROSS_WORD);
        if ((word & 3) != 3) store<u16>(h, OP_PAGE_END, CROSS_SLOT + SLOT);
        store<u16>(h, OP_PAGE_END, CROSS_END);
    }
    return h + CROSS_SLOT - (offset >> 1) * SLOT;
}
