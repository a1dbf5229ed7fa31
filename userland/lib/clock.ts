// The hart's clock, for programs that measure a piece of themselves.
import { CSR_CYCLE } from "../../kernel/abi/csr";
import { csr_read } from "./hal";

/** Cycles of the running hart, its idle time and stalls included: only differences on one hart mean anything. */
export function clock(): u64 {
    return csr_read(CSR_CYCLE);
}

/** Makes the word (u64) the greater of itself and `value`: several threads may. */
export function keep_most(word: usize, value: u64): void {
    let most = atomic.load<u64>(word);
    while (value > most) {
        const seen = atomic.cmpxchg<u64>(word, most, value);
        if (seen == most) return;
        most = seen;
    }
}
