// The slow paths, one Wasm module: what engines, the scheduler and the host call.
export { div, divu, divuw, divw, mulh, mulhsu, mulhu, rem, remu, remuw, remw } from "./arithmetic";
export { amo, load_reserved, store_conditional } from "./atomic";
export { csr } from "./csr";
export { fetch, fetch_crossing } from "./fetch";
export {
    hart_clock,
    hart_set_csr,
    host_stored,
    read_csr,
    reset_hart,
    set_time,
    set_time_compare,
    time_now,
    translate_for_host,
} from "./host-access";
export { load_slow, store_slow } from "./memory";
export { system } from "./system";
export { run_turns, wake } from "./turns";
