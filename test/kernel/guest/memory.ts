// Entry of the tests of one instance's memory: PPM, KCM, VSL, GPT.

export {
    add_capped,
    multiply_capped,
    offset_moved,
    pages_of,
    range_fits,
    smaller,
} from "../../../kernel/hal/checked";
export { gpt_create, gpt_destroy, gpt_get, gpt_next, gpt_next_set, gpt_satp, gpt_slot } from "../../../kernel/mm/gpt";
export { kcm_alloc, kcm_free } from "../../../kernel/mm/kcm";
export {
    page_zero,
    ppm_alloc,
    ppm_alloc_zeroed,
    ppm_free,
    ppm_free_frames,
    ppn_cxy,
    ppn_of_local,
    ppn_to_local,
} from "../../../kernel/mm/ppm";
export { pte_ppn, pte_user } from "../../../kernel/mm/pte";
export { vseg_add_sharer, vseg_create, vseg_is_private } from "../../../kernel/mm/vseg";
export { vsl_find, vsl_gap, vsl_insert, vsl_remove } from "../../../kernel/mm/vsl";

import { vseg_sharer_word, vseg_t } from "../../../kernel/mm/vseg";

export { client_thread, hart_address, idle_thread, instance_start } from "./instance";

/** One bit of the set of sharers. */
export function vseg_has_sharer(vseg: vseg_t, cxy: u32): bool {
    return ((vseg_sharer_word(vseg, cxy >> 5) >> (cxy & 31)) & 1) != 0;
}

const head: usize = memory.data(12, 4);

/** An empty VSL: the address of its head. */
export function vsl_head(): usize {
    return head;
}
