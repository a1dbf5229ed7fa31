// The sm_* calls (docs/spec/sm-dsm.md 2) for programs in TypeScript.
import { SYS_SM_BARRIER, SYS_SM_BCAST, SYS_SM_EXIT, SYS_SM_INIT, SYS_SM_MALLOC } from "../../kernel/abi/syscalls";
import { ecall } from "./hal";

/** Joins the group: writes the number of nodes and the own id (u32) behind the two addresses. 0, or -1. */
export function sm_node_init(nodes: usize, nid: usize): i32 {
    return ecall(SYS_SM_INIT, nodes, nid, 0, 0, 0, 0) == 0 ? 0 : -1;
}

/** Leaves the group; returns when all nodes do, since their pages are needed until then. */
export function sm_node_exit(): void {
    ecall(SYS_SM_EXIT, 0, 0, 0, 0, 0, 0);
}

/** Shared memory that this node may read and write; 0 on failure. */
export function sm_malloc(size: u64): usize {
    const address = ecall(SYS_SM_MALLOC, size, 0, 0, 0, 0, 0);
    return address < 0 ? 0 : <usize>address;
}

/** Returns when all nodes have called it. */
export function sm_barrier(): void {
    ecall(SYS_SM_BARRIER, 0, 0, 0, 0, 0, 0);
}

/** The address that node `root` gives, in all nodes; a barrier too. */
export function sm_bcast(address: usize, root: u32): usize {
    return <usize>ecall(SYS_SM_BCAST, address, root, 0, 0, 0, 0);
}
