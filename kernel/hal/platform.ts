// The facts about the machine that this instance knows: its cluster, the geometry, and extended pointers (vmm-policy 8.3).

import { BI_BANK_SHIFT, BI_CLUSTERS, BI_HARTS_PER_CLUSTER, BI_MESH_X, BI_MESH_Y } from "../abi/boot-info";
import { BANK_BASE, BOOT_INFO_LOCAL, SSWI_BASE, WINDOW_BASE } from "../abi/memory-map";
import {
    fence,
    remote_load8,
    remote_load32,
    remote_load64,
    remote_store8,
    remote_store32,
    remote_store64,
} from "./hal";

/** An extended pointer is a global physical address. cxy and local pointer are its bit fields, because bankSize is a power of two. */
export type xptr_t = u64;
/** A user virtual address is never a kernel pointer. */
export type uaddr_t = u64;

export let local_cxy: u32 = 0;
export let cluster_count: u32 = 1;
export let harts_per_cluster: u32 = 1;
export let bank_shift: u32 = 20;

/** Reads the geometry from boot_info. `hart` is the mhartid of the caller. */
export function platform_init(hart: u32): void {
    cluster_count = <u32>boot_info(BI_CLUSTERS);
    harts_per_cluster = <u32>boot_info(BI_HARTS_PER_CLUSTER);
    bank_shift = <u32>boot_info(BI_BANK_SHIFT);
    local_cxy = hart / harts_per_cluster;
}

/** Returns a 64-bit field of this cluster's boot_info (abi/boot-info.ts). */
export function boot_info(offset: usize): u64 {
    return load<u64>(<usize>BOOT_INFO_LOCAL + offset);
}

export function xptr_make(cxy: u32, local: usize): xptr_t {
    return <u64>BANK_BASE + ((<u64>cxy) << bank_shift) + (<u64>local - <u64>WINDOW_BASE);
}

export function xptr_local(local: usize): xptr_t {
    return xptr_make(local_cxy, local);
}

export function xptr_cxy(x: xptr_t): u32 {
    return <u32>((x - <u64>BANK_BASE) >> bank_shift);
}

export function xptr_lpa(x: xptr_t): usize {
    return <usize>WINDOW_BASE + <usize>(x & (((<u64>1) << bank_shift) - 1));
}

/** Raises the supervisor software interrupt of a hart anywhere (ACLINT SSWI). */
export function ipi_send(hart: u32): void {
    // Devices do not wait for memory. The hart is to see what it is interrupted for.
    fence();
    remote_store32(<u64>SSWI_BASE + ((<u64>hart) << 2), 1);
}

/** Returns the hops between two clusters by XY routing on the mesh. */
export function mesh_distance(a: u32, b: u32): u32 {
    const width = <u32>boot_info(BI_MESH_X);
    return difference(a % width, b % width) + difference(a / width, b / width);
}

export function mesh_diameter(): u32 {
    return <u32>boot_info(BI_MESH_X) + <u32>boot_info(BI_MESH_Y) - 2;
}

function difference(a: u32, b: u32): u32 {
    return a > b ? a - b : b - a;
}

export function hart_id(cxy: u32, lid: u32): u32 {
    return cxy * harts_per_cluster + lid;
}

/** Copies any number of bytes, by words where both places are aligned alike. */
export function copy_bytes(to: xptr_t, from: xptr_t, bytes: u32): void {
    const word: u64 = ((to | from) & 7) == 0 ? 8 : ((to | from) & 3) == 0 ? 4 : 1;
    const end = from + bytes;
    if (word == 8) {
        while (end - from >= 128) {
            remote_store64(to, remote_load64(from));
            remote_store64(to + 8, remote_load64(from + 8));
            remote_store64(to + 16, remote_load64(from + 16));
            remote_store64(to + 24, remote_load64(from + 24));
            remote_store64(to + 32, remote_load64(from + 32));
            remote_store64(to + 40, remote_load64(from + 40));
            remote_store64(to + 48, remote_load64(from + 48));
            remote_store64(to + 56, remote_load64(from + 56));
            remote_store64(to + 64, remote_load64(from + 64));
            remote_store64(to + 72, remote_load64(from + 72));
            remote_store64(to + 80, remote_load64(from + 80));
            remote_store64(to + 88, remote_load64(from + 88));
            remote_store64(to + 96, remote_load64(from + 96));
            remote_store64(to + 104, remote_load64(from + 104));
            remote_store64(to + 112, remote_load64(from + 112));
            remote_store64(to + 120, remote_load64(from + 120));
            from += 128;
            to += 128;
        }
        for (; end - from >= 8; from += 8, to += 8) remote_store64(to, remote_load64(from));
    } else if (word == 4) for (; end - from >= 4; from += 4, to += 4) remote_store32(to, remote_load32(from));
    for (; from != end; from++, to++) remote_store8(to, remote_load8(from));
}
