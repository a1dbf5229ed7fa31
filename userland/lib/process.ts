// Processes: fork, execve, wait, kill (vmm-policy 7.2, 7.4).
import {
    SYS_CLONE,
    SYS_EXECVE,
    SYS_EXIT_GROUP,
    SYS_GETPID,
    SYS_GETPPID,
    SYS_KILL,
    SYS_PLACE_FORK,
    SYS_WAIT4,
} from "../../kernel/abi/syscalls";
import { ecall } from "./hal";

const SIGCHLD: u64 = 17;

/** 0 in the child, its pid in the parent, or -errno. */
export function fork(): i64 {
    return ecall(SYS_CLONE, SIGCHLD, 0, 0, 0, 0, 0);
}

/** The next fork's child lives in cluster `cxy`. 0 or -errno. */
export function place_fork(cxy: u32): i64 {
    return ecall(SYS_PLACE_FORK, cxy, 0, 0, 0, 0, 0);
}

/** Replaces the program; argv and envp are NULL-terminated arrays of u64 addresses of C strings. Returns only -errno. */
export function execve(path: usize, argv: usize, envp: usize): i64 {
    return ecall(SYS_EXECVE, path, argv, envp, 0, 0, 0);
}

/** The pid of an ended child (-1: any) with its status (u32: exit code << 8, or the signal) behind `status`; or -errno. */
export function wait_for(pid: i64, status: usize): i64 {
    return ecall(SYS_WAIT4, <u64>pid, status, 0, 0, 0, 0);
}

export function kill(pid: i64, signal: u32): i64 {
    return ecall(SYS_KILL, <u64>pid, signal, 0, 0, 0, 0);
}

export function get_pid(): u32 {
    return <u32>ecall(SYS_GETPID, 0, 0, 0, 0, 0, 0);
}

export function get_parent(): u32 {
    return <u32>ecall(SYS_GETPPID, 0, 0, 0, 0, 0, 0);
}

export function exit(code: u32): void {
    ecall(SYS_EXIT_GROUP, code, 0, 0, 0, 0, 0);
}
