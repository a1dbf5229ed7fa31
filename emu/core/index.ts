// The slow paths are one Wasm module. Engines, the scheduler and the host call its functions.
export { div, divu, divuw, divw, mulh, mulhsu, mulhu, rem, remu, remuw, remw } from "./arithmetic";
export { amo, load_reserved, store_conditional } from "./atomic";
export { zero_block } from "./block";
export { conflict } from "./conflicts";
export { csr } from "./csr/csr";
export { fetch, fetch_crossing, fetch_line } from "./fetch";
export { float_ask } from "./float/ask";
export {
    fclass_d,
    fclass_s,
    feq_d,
    feq_s,
    fle_d,
    fle_s,
    flt_d,
    flt_s,
    fmax_d,
    fmax_s,
    fmin_d,
    fmin_s,
    fsgnj_d,
    fsgnj_s,
    fsgnjn_d,
    fsgnjn_s,
    fsgnjx_d,
    fsgnjx_s,
} from "./float/compare";
export {
    fcvt_d_l,
    fcvt_d_lu,
    fcvt_d_s,
    fcvt_d_w,
    fcvt_d_wu,
    fcvt_l_d,
    fcvt_l_s,
    fcvt_lu_d,
    fcvt_lu_s,
    fcvt_s_d,
    fcvt_s_l,
    fcvt_s_lu,
    fcvt_s_w,
    fcvt_s_wu,
    fcvt_w_d,
    fcvt_w_s,
    fcvt_wu_d,
    fcvt_wu_s,
} from "./float/convert";
export {
    fadd_d,
    fadd_s,
    fdiv_d,
    fdiv_s,
    fmadd_d,
    fmadd_s,
    fmsub_d,
    fmsub_s,
    fmul_d,
    fmul_s,
    fnmadd_d,
    fnmadd_s,
    fnmsub_d,
    fnmsub_s,
    fsqrt_d,
    fsqrt_s,
    fsub_d,
    fsub_s,
} from "./float/float";
export {
    hart_clock,
    hart_restored,
    hart_set_csr,
    host_stored,
    read_csr,
    reset_hart,
    set_alarm,
    set_time,
    set_time_compare,
    time_now,
    translate_for_host,
} from "./host-access";
export { load_slow, store_slow } from "./memory";
export { buffer_load, buffer_store } from "./store-buffer";
export { system } from "./system";
export { start_timing } from "./timing/turns";
export { run_turns, wake } from "./turns";
