// The texts of /proc and /sys, in the formats of Linux (docs/spec/files.md F12). A node is a cluster, a CPU a hart, numbered through the machine.

import { BI_BANK_SHIFT } from "../abi/boot-info";
import { PAGE_SHIFT } from "../abi/memory-map";
import {
    text_begin,
    text_byte,
    text_decimal,
    text_end,
    text_hex,
    text_range,
    text_spaces,
    text_string,
} from "../fs/text";
import { cstr } from "../hal/cstr";
import { isa_text } from "../hal/isa";
import { boot_info, cluster_count, harts_per_cluster, mesh_distance, xptr_t } from "../hal/platform";
import { has_instance, has_memory } from "../hal/topology";
import { bank_free } from "../mm/bank-free";
import { process_t } from "../mm/process-table";
import { told_maps } from "./told-maps";
import {
    TOLD_CPU_CORE,
    TOLD_CPU_CORE_CPUS,
    TOLD_CPU_PACKAGE,
    TOLD_CPU_PACKAGE_CPUS,
    TOLD_CPUINFO,
    TOLD_CPUS_ONLINE,
    TOLD_CPUS_POSSIBLE,
    TOLD_MAPS,
    TOLD_MEMINFO,
    TOLD_NODE_CPULIST,
    TOLD_NODE_CPUMAP,
    TOLD_NODE_DISTANCE,
    TOLD_NODES,
    TOLD_NUMA_MAPS,
    TOLD_NUMBER,
    TOLD_SHIFT,
} from "./told-names";

/** Makes the text of a name (TOLD_*), as it is now. Returns its inode, whose owner the caller is, or 0 without memory. */
export function told_text(process: process_t, code: u32): xptr_t {
    const kind = code & ((1 << TOLD_SHIFT) - 1);
    const node = code >> TOLD_SHIFT;
    text_begin(TOLD_NUMBER | code);
    if (kind == TOLD_MAPS || kind == TOLD_NUMA_MAPS) told_maps(process, kind == TOLD_NUMA_MAPS);
    else if (kind == TOLD_MEMINFO) machine_memory();
    else if (kind == TOLD_CPUINFO) harts();
    else if (kind == TOLD_NODES) line_to(cluster_count - 1);
    else if (kind == TOLD_CPUS_POSSIBLE) line_to(cluster_count * harts_per_cluster - 1);
    else if (kind == TOLD_CPUS_ONLINE) hart_list(0, cluster_count);
    else if (kind == TOLD_NODE_CPULIST) hart_list(node, node + 1);
    else if (kind == TOLD_NODE_CPUMAP) hart_map(node);
    else if (kind == TOLD_NODE_DISTANCE) distances(node);
    else if (kind >= TOLD_CPU_CORE) hart_topology(kind, node);
    else node_memory(node);
    return text_end();
}

function line_to(last: u32): void {
    text_range(0, last, false);
    text_byte(10);
}

/** The harts of the clusters from `first` on to before `end`, as ranges. */
function hart_list(first: u32, end: u32): void {
    let more = false;
    for (let cxy = first; cxy < end; cxy++) {
        if (!has_instance(cxy)) continue;
        const from = cxy * harts_per_cluster;
        while (cxy + 1 < end && has_instance(cxy + 1)) cxy++;
        text_range(from, (cxy + 1) * harts_per_cluster - 1, more);
        more = true;
    }
    text_byte(10);
}

/** The harts of a cluster as groups of 32 bits, the highest first. */
function hart_map(node: u32): void {
    const first = node * harts_per_cluster;
    const end = has_instance(node) ? first + harts_per_cluster : first;
    for (let group = (cluster_count * harts_per_cluster + 31) >> 5; group-- != 0; ) {
        let bits: u32 = 0;
        for (let bit: u32 = 0; bit < 32; bit++) {
            const hart = (group << 5) + bit;
            if (hart >= first && hart < end) bits |= (<u32>1) << bit;
        }
        text_hex(bits, 8);
        text_byte(group != 0 ? 44 : 10);
    }
}

/** A hart's place in its cluster, its cluster, or the harts that are the same core or in the same cluster. */
function hart_topology(kind: u32, hart: u32): void {
    const cxy = hart / harts_per_cluster;
    if (kind == TOLD_CPU_PACKAGE_CPUS) {
        hart_list(cxy, cxy + 1);
        return;
    }
    if (kind == TOLD_CPU_CORE_CPUS) text_decimal(hart, 0);
    else text_decimal(kind == TOLD_CPU_PACKAGE ? cxy : hart % harts_per_cluster, 0);
    text_byte(10);
}

/** The distance of a node to itself, and of each hop more. Linux has a byte for them, and 255 says that there is no way. */
const DISTANCE: u32 = 10;
const LONGEST: u32 = 254;

function distances(node: u32): void {
    for (let cxy: u32 = 0; cxy < cluster_count; cxy++) {
        const distance = DISTANCE + DISTANCE * mesh_distance(node, cxy);
        if (cxy != 0) text_byte(32);
        text_decimal(distance < LONGEST ? distance : LONGEST, 0);
    }
    text_byte(10);
}

function harts(): void {
    for (let cxy: u32 = 0; cxy < cluster_count; cxy++) {
        if (!has_instance(cxy)) continue;
        for (let lid: u32 = 0; lid < <u32>harts_per_cluster; lid++) {
            const hart = cxy * harts_per_cluster + lid;
            text_string(cstr("processor\t: "));
            text_decimal(hart, 0);
            text_string(cstr("\nhart\t\t: "));
            text_decimal(hart, 0);
            text_string(cstr("\nisa\t\t: "));
            text_string(isa_text());
            text_string(cstr("\nmmu\t\t: sv39\n\n"));
        }
    }
}

/** The KiB of a cluster's bank. */
function bank_kib(cxy: u32): u64 {
    return has_memory(cxy) ? (<u64>1) << (boot_info(BI_BANK_SHIFT) - KIB_SHIFT) : 0;
}
const KIB_SHIFT: u64 = 10;

function free_kib(cxy: u32): u64 {
    return (<u64>bank_free(cxy)) << (PAGE_SHIFT - KIB_SHIFT);
}

/** A row: name and colon, then the KiB at the right. */
function row(name: usize, kib: u64): void {
    text_string(name);
    text_decimal(kib, 8);
    text_string(cstr(" kB\n"));
}

function machine_memory(): void {
    let total: u64 = 0;
    let free: u64 = 0;
    for (let cxy: u32 = 0; cxy < cluster_count; cxy++) {
        total += bank_kib(cxy);
        free += free_kib(cxy);
    }
    row(cstr("MemTotal:       "), total);
    row(cstr("MemFree:        "), free);
    row(cstr("MemAvailable:   "), free);
}

function node_row(node: u32, name: usize, kib: u64): void {
    text_string(cstr("Node "));
    text_decimal(node, 0);
    text_spaces(1);
    row(name, kib);
}

function node_memory(node: u32): void {
    const total = bank_kib(node);
    const free = free_kib(node);
    node_row(node, cstr("MemTotal:       "), total);
    node_row(node, cstr("MemFree:        "), free);
    node_row(node, cstr("MemUsed:        "), total - free);
}
