// The trampoline: a page of each cluster with the code that handlers of signals return to. Every process maps it (vmm-policy 6.1).

import { PAGE_SHIFT } from "../abi/memory-map";
import { SYS_RT_SIGRETURN } from "../abi/syscalls";
import { FRAME_KERNEL } from "../abi/vseg-type";
import { cstr } from "../hal/cstr";
import { fence_i } from "../hal/hal";
import { xptr_local } from "../hal/platform";
import { ppm_alloc_zeroed } from "../mm/ppm";
import { assert_kernel } from "../panic";

/** li a7, SYS_RT_SIGRETURN; ecall. The unwinders of C libraries know a handler's frame by these two instructions. */
const LI_A7: u32 = 0x00000893;
const ECALL: u32 = 0x00000073;

let page: usize = 0;

/** Makes this cluster's page, at the start. */
export function trampoline_init(): void {
    page = ppm_alloc_zeroed(FRAME_KERNEL, 0);
    assert_kernel(page != 0, cstr("no memory for the trampoline of signals"));
    store<u32>(page, LI_A7 | (SYS_RT_SIGRETURN << 20));
    store<u32>(page, ECALL, 4);
    fence_i();
}

export function trampoline_ppn(): u64 {
    return xptr_local(page) >> PAGE_SHIFT;
}
