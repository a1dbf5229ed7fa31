// CBO.ZERO (RISC-V CMO extensions, Zicboz): a block becomes zero as by one store of all of it. Its address need not be aligned, and is what
// a trap tells. An access is counted and timed as one store; of notes (docs/spec/turns.md 2.7) it makes one for each of its words.
import { CELL_STORE } from "../state/accounting-layout";
import { L0_WRITE, MENVCFG, PRIVILEGE, PRIVILEGE_M, PRIVILEGE_U, SENVCFG } from "../state/hart-layout";
import { BLOCK_BYTES, STORE_DEPTH } from "../state/machine-layout";
import { LINE_SHIFT, TIMING } from "../state/timing-layout";
import { accessed } from "./accounts";
import { noted } from "./conflicts";
import { ENVCFG_CBZE } from "./csr/masks";
import { frameAt, hostOf } from "./frames";
import { lookUp } from "./l0";
import { resolveBlock, stored } from "./memory";
import { buffer_store } from "./store-buffer";
import { raiseIllegal } from "./system";

/** Engines call this function. */
export function zero_block(h: usize, vaddr: u64): void {
    if (!mayZero(h)) {
        raiseIllegal(h);
        return;
    }
    const known = entryCoversBlock() ? lookUp(<usize>load<u32>(h, L0_WRITE), vaddr) : 0;
    const frame = known ? frameAt(known) : resolveBlock(h, vaddr);
    if (frame < 0) return;
    const offset = <u32>vaddr & <u32>(4096 - BLOCK_BYTES);
    const block = hostOf(frame) + offset;
    accessed(h, frame, CELL_STORE);
    for (let word = 0; word < BLOCK_BYTES; word += 8) noted(h, block + <usize>word, true);
    if (load<u32>(STORE_DEPTH)) {
        for (let word = 0; word < BLOCK_BYTES; word += 8) buffer_store(h, block + <usize>word, 8, 0);
        return;
    }
    memory.fill(block, 0, BLOCK_BYTES);
    if (!known) stored(h, frame, offset, BLOCK_BYTES);
}

/** With fidelity "timing" an entry of L0 is of a line, which may be smaller. */
function entryCoversBlock(): bool {
    return !load<u32>(TIMING) || (<u32>1) << load<u32>(LINE_SHIFT) >= <u32>BLOCK_BYTES;
}

/** The present privilege counts, whatever MPRV says of the access. */
function mayZero(h: usize): bool {
    const privilege = load<i32>(h, PRIVILEGE);
    if (privilege == PRIVILEGE_M) return true;
    if (!(load<u64>(h, MENVCFG) & ENVCFG_CBZE)) return false;
    return privilege != PRIVILEGE_U || (load<u64>(h, SENVCFG) & ENVCFG_CBZE) != 0;
}
