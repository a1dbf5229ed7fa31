// The names below /proc and /sys that the kernel answers itself (docs/spec/files.md F12): absolute paths, in this form only.

import { cstr } from "../hal/cstr";
import { cluster_count } from "../hal/platform";

/** What a name is of. A number above it is that of a node: TOLD_* | node << TOLD_SHIFT. */
export const TOLD_NONE: u32 = 0;
export const TOLD_DIRECTORY: u32 = 1;
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
export const TOLD_SHIFT: u32 = 8;

/** The bytes of `text` when the string at `from` begins with it, else 0. */
function begins(from: usize, text: usize): u32 {
    let length: u32 = 0;
    for (; load<u8>(text + length) != 0; length++) if (load<u8>(from + length) != load<u8>(text + length)) return 0;
    return length;
}

function is(from: usize, text: usize): bool {
    return load<u8>(from + begins(from, text)) == 0;
}

/** What the path, a C string, is the name of. */
export function told_name(path: usize): u32 {
    const proc = begins(path, cstr("/proc"));
    if (proc != 0) return proc_name(path + proc);
    const sys = begins(path, cstr("/sys"));
    return sys != 0 ? sys_name(path + sys) : TOLD_NONE;
}

function proc_name(name: usize): u32 {
    if (load<u8>(name) == 0 || is(name, cstr("/")) || is(name, cstr("/self"))) return TOLD_DIRECTORY;
    if (is(name, cstr("/self/exe"))) return TOLD_EXE;
    if (is(name, cstr("/self/maps"))) return TOLD_MAPS;
    if (is(name, cstr("/self/numa_maps"))) return TOLD_NUMA_MAPS;
    if (is(name, cstr("/meminfo"))) return TOLD_MEMINFO;
    return is(name, cstr("/cpuinfo")) ? TOLD_CPUINFO : TOLD_NONE;
}

function sys_name(name: usize): u32 {
    if (load<u8>(name) == 0 || is(name, cstr("/")) || is(name, cstr("/devices"))) return TOLD_DIRECTORY;
    const system = begins(name, cstr("/devices/system"));
    if (system == 0) return TOLD_NONE;
    const at = name + system;
    if (load<u8>(at) == 0 || is(at, cstr("/node")) || is(at, cstr("/cpu"))) return TOLD_DIRECTORY;
    if (is(at, cstr("/node/possible")) || is(at, cstr("/node/online"))) return TOLD_NODES;
    if (is(at, cstr("/cpu/possible"))) return TOLD_CPUS_POSSIBLE;
    if (is(at, cstr("/cpu/present")) || is(at, cstr("/cpu/online"))) return TOLD_CPUS_ONLINE;
    const node = begins(at, cstr("/node/node"));
    return node != 0 ? node_name(at + node) : TOLD_NONE;
}

/** A node's directory or file; the number stands at `name`, without leading zeroes. */
function node_name(name: usize): u32 {
    let node: u32 = 0;
    let at = name;
    for (; load<u8>(at) >= 48 && load<u8>(at) <= 57 && node < cluster_count; at++) node = node * 10 + load<u8>(at) - 48;
    if (at == name || node >= cluster_count || (load<u8>(name) == 48 && at > name + 1)) return TOLD_NONE;
    const code = node << TOLD_SHIFT;
    if (load<u8>(at) == 0) return TOLD_DIRECTORY | code;
    if (is(at, cstr("/cpulist"))) return TOLD_NODE_CPULIST | code;
    if (is(at, cstr("/distance"))) return TOLD_NODE_DISTANCE | code;
    return is(at, cstr("/meminfo")) ? TOLD_NODE_MEMINFO | code : TOLD_NONE;
}
