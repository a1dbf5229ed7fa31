// The console is one UART for all instances, so it has one lock, in cluster 0. A thread holds the lock for whole lines.

import { UART_BASE } from "./abi/memory-map";
import { cstr } from "./hal/cstr";
import { pause, remote_cas32, remote_store8, remote_store32 } from "./hal/hal";
import { local_cxy, xptr_make } from "./hal/platform";
import { SHARED_CONSOLE } from "./hal/shared";
import { tell_write } from "./probe";

export function console_lock(): void {
    const lock = xptr_make(0, SHARED_CONSOLE);
    while (remote_cas32(lock, 0, 1) != 0) pause();
}

export function console_unlock(): void {
    remote_store32(xptr_make(0, SHARED_CONSOLE), 0);
}

export function put_char(c: u32): void {
    remote_store8(<u64>UART_BASE, c);
}

/** Writes a C string. The caller of this and the following put functions holds the lock. */
export function put_string(text: usize): void {
    for (let p = text; load<u8>(p) != 0; p++) put_char(load<u8>(p));
}

export function put_decimal(value: u64): void {
    let divisor: u64 = 1;
    while (value / divisor >= 10) divisor *= 10;
    for (; divisor != 0; divisor /= 10) put_char(48 + <u32>((value / divisor) % 10));
}

export function put_hex(value: u64): void {
    put_char(48);
    put_char(120);
    let shift: u64 = 60;
    while (shift != 0 && value >> shift == 0) shift -= 4;
    for (let s = <i64>shift; s >= 0; s -= 4) {
        const digit = <u32>((value >> <u64>s) & 15);
        put_char(digit < 10 ? 48 + digit : 87 + digit);
    }
}

/** Begins a line of the kernel about a process, and takes the lock. kernel_log_end ends the line and gives the lock back. */
export function kernel_log_begin(pid: u32): void {
    console_lock();
    put_string(cstr("[kernel "));
    put_decimal(local_cxy);
    put_string(cstr("] process "));
    put_hex(pid);
}

export function kernel_log_end(): void {
    put_char(10);
    console_unlock();
}

/** Writes a program's output. The record names the process of the next `bytes` bytes on the UART. Takes the lock itself. */
export function console_write(pid: u32, fd: u32, buffer: usize, bytes: u32): void {
    console_lock();
    tell_write(pid, fd, bytes);
    for (let i: u32 = 0; i < bytes; i++) put_char(load<u8>(buffer + i));
    console_unlock();
}
