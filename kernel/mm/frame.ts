// Frames anywhere: allocation and release in a named cluster, by leaf RPC when it is another one (8.3).
import { PAGE_SHIFT } from "../abi/memory-map";
import { xptr_t } from "../hal/platform";
import { RPC_FRAME_ALLOC, RPC_FRAME_FREE } from "../rpc/ops";
import { is_local, LEVEL_LEAF, rpc_arguments, rpc_get, rpc_register, rpc_send, rpc_set } from "../rpc/rpc";
import { ppm_alloc_zeroed, ppm_free, ppn_cxy, ppn_of_local, ppn_to_local } from "./ppm";

export function frame_init(): void {
    const alloc: (desc: xptr_t) => void = serve_frame_alloc;
    const free: (desc: xptr_t) => void = serve_frame_free;
    rpc_register(RPC_FRAME_ALLOC, <u32>alloc.index);
    rpc_register(RPC_FRAME_FREE, <u32>free.index);
}

/** A zeroed frame in the bank of `cxy`: its global ppn, or 0 when the bank is full. */
export function frame_alloc(cxy: u32, kind: u32, pid: u32): u64 {
    if (is_local(cxy)) return alloc_here(kind, pid);
    const desc = rpc_arguments();
    desc.arg0 = kind;
    desc.arg1 = pid;
    rpc_send(cxy, LEVEL_LEAF, RPC_FRAME_ALLOC);
    return desc.arg0;
}

function serve_frame_alloc(desc: xptr_t): void {
    rpc_set(desc, 0, alloc_here(<u32>rpc_get(desc, 0), <u32>rpc_get(desc, 1)));
}

function alloc_here(kind: u32, pid: u32): u64 {
    const address = ppm_alloc_zeroed(kind, pid);
    return address == 0 ? 0 : ppn_of_local(address);
}

/** Gives a frame back to its bank. */
export function frame_free(ppn: u64): void {
    const cxy = ppn_cxy(ppn);
    if (is_local(cxy)) {
        ppm_free(ppn_to_local(ppn));
        return;
    }
    rpc_arguments().arg0 = ppn;
    rpc_send(cxy, LEVEL_LEAF, RPC_FRAME_FREE);
}

function serve_frame_free(desc: xptr_t): void {
    ppm_free(ppn_to_local(rpc_get(desc, 0)));
}

/** Physical address of a frame: an extended pointer to its first byte. */
export function frame_xptr(ppn: u64): xptr_t {
    return ppn << PAGE_SHIFT;
}
