// The hart's clock, for programs that measure a piece of themselves.
import { CSR_CYCLE } from "../../kernel/abi/csr";
import { csr_read } from "./hal";

/** Cycles of the running hart, its idle time and stalls included: only differences on one hart mean anything. */
export function clock(): u64 {
    return csr_read(CSR_CYCLE);
}
