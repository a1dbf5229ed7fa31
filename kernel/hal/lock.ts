// A spin lock between the harts of one cluster. It is never held across an RPC or a context switch (vmm-policy 5.9).
import { pause } from "./hal";

/** `lock` is the address of a u32 in this cluster's memory, which is 0 when the lock is free. */
export function lock_acquire(lock: usize): void {
    while (atomic.cmpxchg<u32>(lock, 0, 1) != 0) pause();
}

export function lock_try(lock: usize): bool {
    return atomic.cmpxchg<u32>(lock, 0, 1) == 0;
}

export function lock_release(lock: usize): void {
    atomic.store<u32>(lock, 0);
}
