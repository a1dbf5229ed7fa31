// Spin lock between the harts of one cluster. Never held across an RPC or a context switch (vmm-policy 5.9).
import { pause } from "./hal";

/** `lock` is the address of a u32 in this cluster's memory, 0 when free. */
export function lock_acquire(lock: usize): void {
    while (atomic.cmpxchg<u32>(lock, 0, 1) != 0) pause();
}

export function lock_try(lock: usize): bool {
    return atomic.cmpxchg<u32>(lock, 0, 1) == 0;
}

export function lock_release(lock: usize): void {
    atomic.store<u32>(lock, 0);
}
