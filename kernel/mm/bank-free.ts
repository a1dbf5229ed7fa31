// The free memory of banks, which only their managers know (vmm-policy 8.4).

import { RPC_BANK_FREE } from "../abi/rpc-ops";
import { BANK_FREE_CXY, BANK_FREE_FRAMES } from "../abi/rpc-words";
import { xptr_t } from "../hal/platform";
import { bank_manager, has_memory } from "../hal/topology";
import { LEVEL_LEAF } from "../rpc/levels";
import { is_local, rpc_arguments, rpc_get, rpc_send, rpc_set } from "../rpc/rpc";
import { rpc_register } from "../rpc/serve";
import { ppm_free_in } from "./ppm";

export function bank_free_init(): void {
    const free: (desc: xptr_t) => void = serve_free;
    rpc_register(RPC_BANK_FREE, <u32>free.index);
}

/** The number of free frames in a cluster's bank, as its manager knows it at some moment of the call; 0 without a bank. Leaf. */
export function bank_free(cxy: u32): u32 {
    if (!has_memory(cxy)) return 0;
    if (is_local(bank_manager(cxy))) return ppm_free_in(cxy);
    const desc = rpc_arguments();
    desc.set(BANK_FREE_CXY, cxy);
    rpc_send(bank_manager(cxy), LEVEL_LEAF, RPC_BANK_FREE);
    return <u32>desc.get(BANK_FREE_FRAMES);
}

function serve_free(desc: xptr_t): void {
    rpc_set(desc, BANK_FREE_FRAMES, ppm_free_in(<u32>rpc_get(desc, BANK_FREE_CXY)));
}
