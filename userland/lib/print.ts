// Output. A line is gathered and written by one system call, so lines of threads and programs do not mix.
import { SYS_WRITE } from "../../kernel/abi/syscalls";
import { ecall } from "./hal";
import { mutex_lock, mutex_unlock } from "./sync";

const LINE: u32 = 500;
const line: usize = memory.data(512, 8);
const line_lock: usize = memory.data(4, 4);
let used: u32 = 0;

/** Begins a line: no other thread of the program adds to it until line_end. */
export function line_begin(): void {
    mutex_lock(line_lock);
}

/** Ends the line and writes it. */
export function line_end(): void {
    put(10);
    flush();
    mutex_unlock(line_lock);
}

function flush(): void {
    if (used != 0) ecall(SYS_WRITE, 1, line, used, 0, 0, 0);
    used = 0;
}

function put(c: u32): void {
    store<u8>(line + used, <u8>c);
    if (++used == LINE) flush();
}

/** A C string. */
export function text(s: usize): void {
    for (; load<u8>(s) != 0; s++) put(load<u8>(s));
}

export function number(value: i64): void {
    let rest = <u64>value;
    if (value < 0) {
        put(45);
        rest = <u64>-value;
    }
    let divisor: u64 = 1;
    while (rest / divisor >= 10) divisor *= 10;
    for (; divisor != 0; divisor /= 10) put(48 + <u32>((rest / divisor) % 10));
}

/** One whole line. */
export function print_line(s: usize): void {
    line_begin();
    text(s);
    line_end();
}

/** One line `LABEL: VALUE UNIT`: a figure that an experiment can show (docs/experiments.md, `figure`). */
export function figure(label: usize, value: i64, unit: usize): void {
    line_begin();
    text(label);
    text(COLON);
    number(value);
    put(32);
    text(unit);
    line_end();
}
const COLON: usize = memory.data<u8>([58, 32, 0]);

/** The verdict every shipped program ends with: `NAME: ok`, or what is wrong. Returns the exit code. */
export function verdict(name: usize, good: bool, wrong: usize): i32 {
    line_begin();
    text(name);
    text(good ? OK : COLON);
    if (!good) text(wrong);
    line_end();
    return good ? 0 : 1;
}
const OK: usize = memory.data<u8>([58, 32, 111, 107, 0]);
