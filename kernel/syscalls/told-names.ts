// The names below /proc and /sys that the kernel answers itself (docs/spec/files.md F12): absolute paths, in this form only, but for a "/" at
// the end of a directory's.

import { cstr } from "../hal/cstr";
import { cluster_count, harts_per_cluster } from "../hal/platform";
import { has_instance } from "../hal/topology";
import { process_t } from "../mm/process-table";
import { this_thread } from "../sched/thread";

/** What a name is of. A number above it is that of a node or a CPU: TOLD_* | number << TOLD_SHIFT. */
export const TOLD_NONE: u32 = 0;
/** The file that the process executes. */
export const TOLD_EXE: u32 = 2;
export const TOLD_MAPS: u32 = 3;
export const TOLD_NUMA_MAPS: u32 = 4;
export const TOLD_MEMINFO: u32 = 5;
export const TOLD_CPUINFO: u32 = 6;
export const TOLD_NODES: u32 = 7;
export const TOLD_NODE_CPULIST: u32 = 8;
export const TOLD_NODE_DISTANCE: u32 = 9;
export const TOLD_NODE_MEMINFO: u32 = 10;
export const TOLD_CPUS_POSSIBLE: u32 = 11;
export const TOLD_CPUS_ONLINE: u32 = 12;
export const TOLD_NODE_CPUMAP: u32 = 13;
export const TOLD_CPU_CORE: u32 = 14;
export const TOLD_CPU_PACKAGE: u32 = 15;
export const TOLD_CPU_CORE_CPUS: u32 = 16;
export const TOLD_CPU_PACKAGE_CPUS: u32 = 17;
/** Directories; TOLD_NODE has a node, and those behind it have a CPU. */
export const TOLD_PROC: u32 = 32;
export const TOLD_SELF: u32 = 33;
export const TOLD_SYS: u32 = 34;
export const TOLD_DEVICES: u32 = 35;
export const TOLD_SYSTEM: u32 = 36;
export const TOLD_NODES_DIRECTORY: u32 = 37;
export const TOLD_CPUS: u32 = 38;
export const TOLD_NODE: u32 = 39;
export const TOLD_CPU: u32 = 40;
export const TOLD_CPU_TOPOLOGY: u32 = 41;
export const TOLD_SHIFT: u32 = 8;
/** Inodes of texts have the code of their name, with this bit. */
export const TOLD_NUMBER: u64 = 0x80000000;

/** True for the code of a directory. */
export function told_is_directory(code: u32): bool {
    return (code & ((1 << TOLD_SHIFT) - 1)) >= TOLD_PROC;
}

/** The bytes of `text` when the string at `from` begins with it, else 0. */
function begins(from: usize, text: usize): u32 {
    let length: u32 = 0;
    for (; load<u8>(text + length) != 0; length++) if (load<u8>(from + length) != load<u8>(text + length)) return 0;
    return length;
}

function is(from: usize, text: usize): bool {
    return load<u8>(from + begins(from, text)) == 0;
}

/** True when the string at `from` is `text`, or that and a "/". */
function is_directory(from: usize, text: usize): bool {
    const length = begins(from, text);
    if (load<u8>(text) != 0 && length == 0) return false;
    return load<u8>(from + length) == 0 || (load<u8>(from + length) == 47 && load<u8>(from + length, 1) == 0);
}

/** What the path, a C string, is the name of. */
export function told_name(path: usize): u32 {
    const proc = begins(path, cstr("/proc"));
    if (proc != 0) return proc_name(path + proc);
    const sys = begins(path, cstr("/sys"));
    return sys != 0 ? sys_name(path + sys) : TOLD_NONE;
}

function proc_name(name: usize): u32 {
    if (is_directory(name, cstr(""))) return TOLD_PROC;
    const own = own_name(name);
    if (own == 0) {
        if (is(name, cstr("/meminfo"))) return TOLD_MEMINFO;
        return is(name, cstr("/cpuinfo")) ? TOLD_CPUINFO : TOLD_NONE;
    }
    const at = name + own;
    if (is_directory(at, cstr(""))) return TOLD_SELF;
    if (is(at, cstr("/exe"))) return TOLD_EXE;
    if (is(at, cstr("/maps"))) return TOLD_MAPS;
    return is(at, cstr("/numa_maps")) ? TOLD_NUMA_MAPS : TOLD_NONE;
}

/** The bytes of "/self", or of "/" and the PID of the running thread's process; else 0. */
function own_name(name: usize): u32 {
    const self = begins(name, cstr("/self"));
    if (self != 0 || load<u8>(name) != 47) return self;
    const pid = changetype<process_t>(this_thread().process).pid;
    let at: u32 = 1;
    let number: u64 = 0;
    for (; load<u8>(name + at) >= 48 && load<u8>(name + at) <= 57 && at < 11; at++)
        number = number * 10 + load<u8>(name + at) - 48;
    return at > 1 && load<u8>(name, 1) != 48 && number == <u64>pid ? at : 0;
}

function sys_name(name: usize): u32 {
    if (is_directory(name, cstr(""))) return TOLD_SYS;
    if (is_directory(name, cstr("/devices"))) return TOLD_DEVICES;
    const system = begins(name, cstr("/devices/system"));
    if (system == 0) return TOLD_NONE;
    const at = name + system;
    if (is_directory(at, cstr(""))) return TOLD_SYSTEM;
    if (is_directory(at, cstr("/node"))) return TOLD_NODES_DIRECTORY;
    if (is_directory(at, cstr("/cpu"))) return TOLD_CPUS;
    if (is(at, cstr("/node/possible")) || is(at, cstr("/node/online"))) return TOLD_NODES;
    if (is(at, cstr("/cpu/possible"))) return TOLD_CPUS_POSSIBLE;
    if (is(at, cstr("/cpu/present")) || is(at, cstr("/cpu/online"))) return TOLD_CPUS_ONLINE;
    const cpu = begins(at, cstr("/cpu/cpu"));
    if (cpu != 0) return cpu_name(at + cpu);
    const node = begins(at, cstr("/node/node"));
    return node != 0 ? node_name(at + node) : TOLD_NONE;
}

/** The decimal number at `name`, without leading zeroes; NO_NUMBER when there is none, or none below `end`. */
function number_at(name: usize, end: u32): u32 {
    const length = digits(name);
    if (length == 0 || (load<u8>(name) == 48 && length > 1)) return NO_NUMBER;
    let number: u32 = 0;
    for (let i: u32 = 0; i < length && number < end; i++) number = number * 10 + load<u8>(name + i) - 48;
    return number < end ? number : NO_NUMBER;
}
const NO_NUMBER: u32 = 0xffffffff;

function digits(name: usize): u32 {
    let length: u32 = 0;
    while (load<u8>(name + length) >= 48 && load<u8>(name + length) <= 57) length++;
    return length;
}

/** A node's directory or file; its number stands at `name`. */
function node_name(name: usize): u32 {
    const node = number_at(name, cluster_count);
    if (node == NO_NUMBER) return TOLD_NONE;
    const at = name + digits(name);
    const code = node << TOLD_SHIFT;
    if (is_directory(at, cstr(""))) return TOLD_NODE | code;
    if (is(at, cstr("/cpulist"))) return TOLD_NODE_CPULIST | code;
    if (is(at, cstr("/cpumap"))) return TOLD_NODE_CPUMAP | code;
    if (is(at, cstr("/distance"))) return TOLD_NODE_DISTANCE | code;
    return is(at, cstr("/meminfo")) ? TOLD_NODE_MEMINFO | code : TOLD_NONE;
}

/** A CPU's directories or files; its number stands at `name`. A CPU is a core, and the CPUs of a node are a package. */
function cpu_name(name: usize): u32 {
    const hart = number_at(name, cluster_count * harts_per_cluster);
    if (hart == NO_NUMBER || !has_instance(hart / harts_per_cluster)) return TOLD_NONE;
    const at = name + digits(name);
    const code = hart << TOLD_SHIFT;
    if (is_directory(at, cstr(""))) return TOLD_CPU | code;
    if (is_directory(at, cstr("/topology"))) return TOLD_CPU_TOPOLOGY | code;
    const topology = begins(at, cstr("/topology/"));
    const file = at + topology;
    if (topology == 0) return TOLD_NONE;
    if (is(file, cstr("core_id"))) return TOLD_CPU_CORE | code;
    if (is(file, cstr("physical_package_id"))) return TOLD_CPU_PACKAGE | code;
    if (is(file, cstr("thread_siblings_list")) || is(file, cstr("core_cpus_list"))) return TOLD_CPU_CORE_CPUS | code;
    const whole = is(file, cstr("core_siblings_list")) || is(file, cstr("package_cpus_list"));
    return whole ? TOLD_CPU_PACKAGE_CPUS | code : TOLD_NONE;
}
