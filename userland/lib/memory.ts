// Memory calls: remote_malloc, munmap, mprotect, brk (vmm-policy 3, 7.1).
import { SYS_BRK, SYS_MPROTECT, SYS_MUNMAP, SYS_REMOTE_MALLOC } from "../../kernel/abi/syscalls";
import { ecall } from "./hal";

export const PROT_NONE: u32 = 0;
export const PROT_READ: u32 = 1;
export const PROT_WRITE: u32 = 2;

/** Fresh zeroed pages in the bank of cluster `cxy`; 0 when there is no memory. */
export function remote_malloc(bytes: u64, cxy: u32): usize {
    const address = ecall(SYS_REMOTE_MALLOC, bytes, cxy, 0, 0, 0, 0);
    return address < 0 ? 0 : <usize>address;
}

/** 0 or -errno. */
export function munmap(address: usize, bytes: u64): i64 {
    return ecall(SYS_MUNMAP, address, bytes, 0, 0, 0, 0);
}

/** 0 or -errno. */
export function mprotect(address: usize, bytes: u64, prot: u32): i64 {
    return ecall(SYS_MPROTECT, address, bytes, prot, 0, 0, 0);
}

/** The new break, or the old one when it cannot move. */
export function brk(address: usize): usize {
    return <usize>ecall(SYS_BRK, address, 0, 0, 0, 0, 0);
}
