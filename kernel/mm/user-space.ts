// The utils zone of user space (vmm-policy 6.1): args, then envs, each of the size that the config gives it.

import { BI_ARGS_SIZE, BI_ENVS_SIZE } from "../abi/boot-info";
import { ARGS_VADDR } from "../abi/memory-map";
import { boot_info } from "../hal/platform";

/** Bytes of args; arguments that do not fit are E2BIG. */
export function args_size(): u32 {
    return <u32>boot_info(BI_ARGS_SIZE);
}

export function envs_size(): u32 {
    return <u32>boot_info(BI_ENVS_SIZE);
}

export function envs_vaddr(): u32 {
    return ARGS_VADDR + args_size();
}
