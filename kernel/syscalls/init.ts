// The start of the system calls: every file with handlers registers them.

import { clone_calls } from "./clone";
import { cluster_calls } from "./cluster";
import { descriptor_calls } from "./descriptor";
import { directory_calls } from "./directory";
import { file_calls } from "./file";
import { futex_calls } from "./futex";
import { identity_calls } from "./identity";
import { limits_calls } from "./limits";
import { memory_calls } from "./memory";
import { name_calls } from "./name";
import { pipe_calls } from "./pipe";
import { positioned_calls } from "./positioned";
import { process_calls } from "./process";
import { random_calls } from "./random";
import { read_write_calls } from "./read-write";
import { scheduling_calls } from "./scheduling";
import { signal_calls } from "./signal";
import { signal_send_calls } from "./signal-send";
import { signal_wait_calls } from "./signal-wait";
import { sm_calls } from "./sm";
import { stat_calls } from "./stat";
import { system_calls } from "./system";
import { table_init } from "./table";
import { thread_calls } from "./thread";
import { time_calls } from "./time";
import { timer_calls } from "./timer";
import { wait_calls } from "./wait";

export function syscalls_init(): void {
    table_init();
    clone_calls();
    cluster_calls();
    descriptor_calls();
    directory_calls();
    file_calls();
    futex_calls();
    identity_calls();
    limits_calls();
    memory_calls();
    name_calls();
    pipe_calls();
    positioned_calls();
    process_calls();
    random_calls();
    read_write_calls();
    scheduling_calls();
    signal_calls();
    signal_send_calls();
    signal_wait_calls();
    timer_calls();
    sm_calls();
    stat_calls();
    system_calls();
    thread_calls();
    time_calls();
    wait_calls();
}
