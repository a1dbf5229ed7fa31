// Engines call these functions to find decoded code.
import { DECODED_CONTENT, OP_PAGE_END, SLOT } from "../state/code-layout";
import { CROSS_END, CROSS_SLOT, CROSS_WORD, TRAPPED } from "../state/hart-layout";
import { attach } from "./code";
import { hostOf } from "./frames";
import { decode_crossing } from "./host";
import { fetchFrame } from "./memory";

const LAST_SLOT: usize = 2047;

/** Returns the host address of the decoded page of pc, or 0 after a trap. */
export function fetch(h: usize, pc: u64): usize {
    const frame = fetchFrame(h, pc);
    return frame < 0 ? 0 : attach(frame);
}

/**
 * For an instruction at pc that starts in the last halfword of its page and ends in the next page. Returns the base of a stand-in page
 * whose last slot holds the instruction and is followed by the end mark, or 0 after a trap (with the second page's address as tval).
 */
export function fetch_crossing(h: usize, pc: u64, decoded: usize): usize {
    const frame = fetchFrame(h, pc + 2);
    if (frame < 0) {
        // The first half of the instruction was fetched.
        store<u64>(h, load<u64>(h, TRAPPED) + 1, TRAPPED);
        return 0;
    }
    const word = <u32>load<u16>(decoded, DECODED_CONTENT + 4094) | ((<u32>load<u16>(hostOf(frame))) << 16);
    if (load<u32>(h, CROSS_WORD) != word) {
        decode_crossing(h + CROSS_SLOT, word);
        store<u32>(h, word, CROSS_WORD);
        store<u16>(h, OP_PAGE_END, CROSS_END);
    }
    return h + CROSS_SLOT - LAST_SLOT * SLOT;
}
