// The first kernel thread, in cluster 0, starts the programs of the boot's table, waits for the end of all, and powers off.
import {
    BI_PROGRAM_TABLE,
    BI_PROGRAMS,
    PE_ARGS,
    PE_ARGS_SIZE,
    PE_CLUSTER,
    PE_CWD,
    PE_ENVS,
    PE_ENVS_SIZE,
    PE_HOSTS,
    PE_HOSTS_COUNT,
    PE_NODES,
    PE_PATH,
    PE_STDIN,
    PE_THREADS,
    PROGRAM_ENTRY_SIZE,
} from "./abi/boot-info";
import { ENOMEM } from "./abi/errno";
import { FINISHER_BASE } from "./abi/memory-map";
import { BLOCKED_EVENT, KIND_KERNEL } from "./abi/thread";
import { FRAME_THREAD } from "./abi/vseg-type";
import { group_add_manager, group_make, group_release } from "./dsm/membership";
import { directory_mount, directory_unmount } from "./fs/directory";
import { cstr } from "./hal/cstr";
import { fence, pause, remote_load64, remote_store32 } from "./hal/hal";
import { boot_info, xptr_t } from "./hal/platform";
import { instance_cluster, instance_count } from "./hal/topology";
import { kcm_alloc, kcm_free } from "./mm/kcm";
import { ppm_alloc } from "./mm/ppm";
import { assert_kernel } from "./panic";
import { tell_no_start } from "./probe";
import { process_start } from "./proc/create";
import { program_t } from "./proc/program";
import { program_ended, program_started, programs_running, programs_set_init } from "./proc/programs";
import { end_group } from "./proc/reaper";
import { cluster_least_loaded, hart_of } from "./sched/cluster";
import { sched_add, sched_block, sched_prepare, sched_unblock_self, sched_wait } from "./sched/sched";
import { THREAD_BLOCK_ORDER, thread_layout } from "./sched/thread";

const FINISHER_PASS: u32 = 0x5555;

export function init_start(): void {
    const block = ppm_alloc(THREAD_BLOCK_ORDER, FRAME_THREAD, 0);
    assert_kernel(block != 0, cstr("no memory for init"));
    const entry: (argument: usize) => void = init_main;
    const thread = thread_layout(block, KIND_KERNEL);
    sched_prepare(thread, <u32>entry.index, 0);
    programs_set_init(block);
    sched_add(hart_of(0), thread);
}

function init_main(argument: usize): void {
    const count = <u32>boot_info(BI_PROGRAMS);
    const groups = kcm_alloc(1024);
    assert_kernel(groups != 0 && count <= 128, cstr("init: no memory, or too many programs"));
    assert_kernel(directory_mount(), cstr("init: no memory for the directory"));
    for (let i: u32 = 0; i < count; i++) store<u64>(groups + (i << 3), start(i));
    while (true) {
        sched_block(BLOCKED_EVENT);
        if (programs_running() == 0) break;
        sched_wait(BLOCKED_EVENT);
    }
    sched_unblock_self(BLOCKED_EVENT);
    for (let i: u32 = 0; i < count; i++) {
        const group = load<u64>(groups + (i << 3));
        if (group != 0) group_release(group);
    }
    kcm_free(groups);
    directory_unmount();
    fence();
    remote_store32(FINISHER_BASE, FINISHER_PASS);
    while (true) pause();
}

/** Starts entry `index` of the table. Every program is a group of node processes, most programs of one. Returns the group's xptr, or 0. */
function start(index: u32): xptr_t {
    const entry = boot_info(BI_PROGRAM_TABLE) + <u64>(index * PROGRAM_ENTRY_SIZE);
    const program = changetype<program_t>(kcm_alloc(<u32>offsetof<program_t>()));
    assert_kernel(changetype<usize>(program) != 0, cstr("init: no memory"));
    program.path = remote_load64(entry + PE_PATH);
    program.args = remote_load64(entry + PE_ARGS);
    program.args_size = <u32>remote_load64(entry + PE_ARGS_SIZE);
    program.envs = remote_load64(entry + PE_ENVS);
    program.envs_size = remote_load64(entry + PE_ENVS_SIZE);
    program.cwd = remote_load64(entry + PE_CWD);
    program.stdin = remote_load64(entry + PE_STDIN);
    program.threads = <u32>remote_load64(entry + PE_THREADS);
    program.index = index;
    const nodes = <u32>remote_load64(entry + PE_NODES);
    const cluster = <i64>remote_load64(entry + PE_CLUSTER);
    const first = cluster >= 0 ? <u32>cluster : nodes == 1 ? cluster_least_loaded() : 0;
    start_group(entry, first, nodes, program);
    const group = program.group;
    kcm_free(changetype<usize>(program));
    return group;
}

function start_one(cxy: u32, program: program_t): bool {
    program_started();
    const pid = process_start(cxy, program);
    if (pid >= 0) return true;
    program_ended();
    tell_no_start(program.index, <u32>-pid);
    return false;
}

/** Starts the nodes round robin over the named clusters, or over all in order from `first` on (sm-dsm 1). */
function start_group(entry: xptr_t, first: u32, nodes: u32, program: program_t): void {
    const hosts = remote_load64(entry + PE_HOSTS);
    const count = <u32>remote_load64(entry + PE_HOSTS_COUNT);
    const home = host_of(hosts, count, first, 0);
    program.group = group_make(home, nodes);
    if (program.group == 0 || !add_managers(hosts, count, first, program.group, nodes)) {
        tell_no_start(program.index, ENOMEM);
        return;
    }
    for (let node: u32 = 0; node < nodes; node++) {
        program.node = node;
        if (start_one(host_of(hosts, count, first, node), program)) continue;
        end_group(program.group, 0);
        return;
    }
}

/** Names the clusters of all nodes first, because a manager may be asked before its node has started. */
function add_managers(hosts: xptr_t, count: u32, first: u32, group: xptr_t, nodes: u32): bool {
    for (let node: u32 = 0; node < nodes; node++) {
        if (!group_add_manager(group, node, host_of(hosts, count, first, node))) return false;
    }
    return true;
}

function host_of(hosts: xptr_t, count: u32, first: u32, node: u32): u32 {
    if (count == 0) {
        let rank: u32 = 0;
        while (instance_cluster(rank) != first) rank++;
        return instance_cluster((rank + node) % instance_count());
    }
    return <u32>remote_load64(hosts + ((<u64>(node % count)) << 3));
}
