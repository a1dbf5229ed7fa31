// Linux's calls for RISC-V alone: riscv_hwprobe and riscv_flush_icache.

import { BLOCK_BYTES } from "../abi/csr";
import { EFAULT, EINTR, EINVAL } from "../abi/errno";
import { USER_END } from "../abi/memory-map";
import { REFUSED_RISCV_HWPROBE_RISCV_HWPROBE_WHICH_CPUS } from "../abi/refusals";
import { SYS_RISCV_FLUSH_ICACHE, SYS_RISCV_HWPROBE } from "../abi/syscalls";
import { fence_i } from "../hal/hal";
import { HWPROBE_EXTENSIONS } from "../hal/isa";
import { uaddr_t } from "../hal/platform";
import { icache_flush } from "../mm/icache";
import { process_t } from "../mm/process-table";
import { copy_from_user, copy_to_user } from "../mm/uaccess";
import { rpc_between_pages } from "../rpc/serve";
import { this_thread } from "../sched/thread";
import { names_a_hart } from "./affinity";
import { call_register, call_t, refused } from "./table";
import { TIMEBASE } from "./time";

export function riscv_calls(): void {
    call_register(SYS_RISCV_HWPROBE, sys_riscv_hwprobe);
    call_register(SYS_RISCV_FLUSH_ICACHE, sys_riscv_flush_icache);
}

const WHICH_CPUS: u64 = 1;
const KEY_MVENDORID: i64 = 0;
const KEY_MIMPID: i64 = 2;
const KEY_BASE_BEHAVIOR: i64 = 3;
const KEY_IMA_EXT_0: i64 = 4;
const KEY_CPUPERF_0: i64 = 5;
const KEY_ZICBOZ_BLOCK_SIZE: i64 = 6;
const KEY_HIGHEST_VIRT_ADDRESS: i64 = 7;
const KEY_TIME_CSR_FREQ: i64 = 8;
const KEY_MISALIGNED_SCALAR_PERF: i64 = 9;
const KEY_MISALIGNED_VECTOR_PERF: i64 = 10;
const KNOWN_KEYS: i64 = 11;
/** I, M and A. */
const BASE_IMA: u64 = 1;
/** A misaligned access costs as much as two. */
const MISALIGNED_FAST: u64 = 3;
const MISALIGNED_VECTOR_UNSUPPORTED: u64 = 4;

/** riscv_hwprobe(pairs, count, bytes, harts, flags): all harts are alike. A key that is not known becomes -1. */
function sys_riscv_hwprobe(process: process_t, call: call_t): i64 {
    if (call.a4 == WHICH_CPUS) return refused(process, REFUSED_RISCV_HWPROBE_RISCV_HWPROBE_WHICH_CPUS);
    if (call.a4 != 0) return -EINVAL;
    if (call.a2 != 0 || call.a3 != 0) {
        const error = names_a_hart(process, call.a3, call.a2);
        if (error != 0) return error;
    }
    const pair = this_thread().buffer;
    for (let i: u64 = 0; i < call.a1; i++) {
        const at: uaddr_t = call.a0 + (i << 4);
        if (copy_from_user(process, pair, at, 8) != 0) return -EFAULT;
        const key = load<i64>(pair);
        const known = key >= 0 && key < KNOWN_KEYS;
        if (!known) store<i64>(pair, -1);
        store<u64>(pair, known ? answer(key) : 0, 8);
        if (copy_to_user(process, at, pair, 16) != 0) return -EFAULT;
        if ((i & 255) == 255 && !rpc_between_pages()) return -EINTR;
    }
    return 0;
}

/** The registers that name vendor, architecture and implementation read 0, and there is no V. */
function answer(key: i64): u64 {
    if (key >= KEY_MVENDORID && key <= KEY_MIMPID) return 0;
    if (key == KEY_BASE_BEHAVIOR) return BASE_IMA;
    if (key == KEY_IMA_EXT_0) return HWPROBE_EXTENSIONS;
    if (key == KEY_CPUPERF_0 || key == KEY_MISALIGNED_SCALAR_PERF) return MISALIGNED_FAST;
    if (key == KEY_ZICBOZ_BLOCK_SIZE) return BLOCK_BYTES;
    if (key == KEY_HIGHEST_VIRT_ADDRESS) return <u64>USER_END - 1;
    if (key == KEY_TIME_CSR_FREQ) return TIMEBASE;
    return key == KEY_MISALIGNED_VECTOR_PERF ? MISALIGNED_VECTOR_UNSUPPORTED : 0;
}

/** Only the hart of the calling thread, which stays there. */
const FLUSH_LOCAL: u64 = 1;

/** riscv_flush_icache(first, end, flags): the range is none, as on Linux: all that is fetched is new. */
function sys_riscv_flush_icache(process: process_t, call: call_t): i64 {
    if ((call.a2 & ~FLUSH_LOCAL) != 0) return -EINVAL;
    if (call.a2 == 0) icache_flush(process);
    else fence_i();
    return 0;
}
