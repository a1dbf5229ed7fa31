/** The benchmarks, in the order in which they run. A new one is a row here. */

import { BOOT_DEFAULT } from "./boot-default.ts";
import { CODEGEN } from "./codegen.ts";
import { BENCH_GUESTS } from "./guests.ts";
import { INTERPRETER_FLOATS } from "./interpreter-floats.ts";
import { INTERPRETER_MIX } from "./interpreter-mix.ts";
import { KERNEL_PATHS } from "./kernel-paths.ts";
import { TIMING } from "./timing.ts";
import type { Benchmark } from "./types.ts";

export const BENCHMARKS: readonly Benchmark[] = [
    INTERPRETER_MIX,
    INTERPRETER_FLOATS,
    ...BENCH_GUESTS,
    CODEGEN,
    KERNEL_PATHS,
    TIMING,
    BOOT_DEFAULT,
];
