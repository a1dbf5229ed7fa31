// The start of a kernel instance (docs/kernel.md, "Start"; vmm-policy 8). The first hart of each cluster builds it, the others join.

import { BI_BANK_SHIFT, BI_BOOT_BANK_END, BI_IMAGE_END } from "./abi/boot-info";
import { CSR_SIE, CSR_STIMECMP, CSR_STVEC, SIP_SSIP, SIP_STIP } from "./abi/csr";
import { KENTRY_SAVE_VADDR, KENTRY_TEXT_VADDR, PAGE_SIZE } from "./abi/memory-map";
import { KIND_IDLE } from "./abi/thread";
import { SAVE_AREA_SIZE } from "./abi/trap-frame";
import { FRAME_THREAD } from "./abi/vseg-type";
import { audit_init } from "./audit-roots";
import { console_lock, console_unlock, put_char, put_decimal, put_string } from "./console";
import { calls_init } from "./dsm/calls";
import { downgrade_init } from "./dsm/downgrade";
import { manager_init } from "./dsm/manager";
import { membership_init } from "./dsm/membership";
import { dsm_pager_init } from "./dsm/node";
import { synchronise_init } from "./dsm/synchronise";
import { cache_init } from "./fs/cache";
import { descriptors_init } from "./fs/descriptors";
import { directory_init } from "./fs/directory";
import { file_pager_init } from "./fs/file-pager";
import { inode_init } from "./fs/inode";
import { listing_init } from "./fs/listing";
import { open_file_init } from "./fs/open-file";
import { pipe_init } from "./fs/pipe";
import { pipe_poll_init } from "./fs/pipe-poll";
import { program_pager_init } from "./fs/program-pager";
import { turn_init } from "./fs/turn";
import { secondary_release } from "./hal/asm";
import { cstr } from "./hal/cstr";
import { csr_write, pause, remote_add32, remote_load32 } from "./hal/hal";
import { boot_info, hart_id, harts_per_cluster, local_cxy, platform_init, xptr_make } from "./hal/platform";
import { SHARED_BOOT_TURN } from "./hal/shared";
import { bank_manager, instance_cluster, instance_count, memory_cluster, memory_count } from "./hal/topology";
import { init_start } from "./init";
import { anonymous_init } from "./mm/anonymous";
import { bank_free_init } from "./mm/bank-free";
import { brk_init } from "./mm/brk";
import { eager_init } from "./mm/eager";
import { fault_init } from "./mm/fault";
import { frame_init } from "./mm/frame";
import { hold_init } from "./mm/hold";
import { icache_init } from "./mm/icache";
import { look_init } from "./mm/look";
import { mmap_init } from "./mm/mmap";
import { mremap_init } from "./mm/mremap";
import { bank_t, ppm_adopt, ppm_alloc, ppm_free_frames, ppm_init, ppm_own } from "./mm/ppm";
import { registration_init } from "./mm/registration";
import { residence_init } from "./mm/residence";
import { sharers_init } from "./mm/sharers";
import { stack_slot_init } from "./mm/stack-slot";
import { unmap_init } from "./mm/unmap";
import { vseg_next_init } from "./mm/vseg-next";
import { assert_kernel } from "./panic";
import { tell_boot } from "./probe";
import { affinity_init } from "./proc/affinity";
import { attach_init } from "./proc/attach";
import { clone_init } from "./proc/clone";
import { create_init } from "./proc/create";
import { exec_init } from "./proc/exec";
import { family_init } from "./proc/family";
import { fork_init } from "./proc/fork";
import { free_everywhere_init } from "./proc/free-everywhere";
import { futex_list_init } from "./proc/futex-list";
import { group_members_init } from "./proc/group-members";
import { hart_set_init } from "./proc/hart-set";
import { kill_init } from "./proc/kill";
import { launch_init } from "./proc/launch";
import { moved_init } from "./proc/moved";
import { newborn_init } from "./proc/newborn";
import { process_init } from "./proc/process";
import { process_group_init } from "./proc/process-group";
import { reaper_init, reaper_start } from "./proc/reaper";
import { relatives_init } from "./proc/relatives";
import { rpc_start_servers } from "./proc/rpc-servers";
import { signal_offer_init } from "./proc/signal-offer";
import { signal_pending_init } from "./proc/signal-pending";
import { signal_send_init } from "./proc/signal-send";
import { signals_init } from "./proc/signals";
import { stop_init } from "./proc/stop";
import { thread_create_init } from "./proc/thread-create";
import { thread_end_init } from "./proc/thread-end";
import { timer_calls_init } from "./proc/timer-calls";
import { trampoline_init } from "./proc/trampoline";
import { usage_init } from "./proc/usage";
import { vfork_init } from "./proc/vfork";
import { fifo_init } from "./rpc/fifo";
import { rpc_poll } from "./rpc/serve";
import { hart_of } from "./sched/cluster";
import { sched_idle_wait } from "./sched/sched";
import { THREAD_BLOCK_ORDER, thread_layout } from "./sched/thread";
import { NEVER } from "./sched/timer";
import { check_switches } from "./switches";
import { syscalls_init } from "./syscalls/init";
import { user_thread_start } from "./trap";

export { sched_switched } from "./sched/sched";
export { trap_from_user, trap_in_kernel } from "./trap";

/** Every hart comes here from hal/start.S, on the stack of its idle thread, whose block is `block`. Never returns. */
export function kernel_main(hart: u32, lid: u32, block: usize): void {
    if (lid == 0) boot_cluster(hart, block);
    else adopt_idle_thread(lid, block);
    csr_write(CSR_STVEC, KENTRY_TEXT_VADDR);
    csr_write(CSR_STIMECMP, NEVER);
    csr_write(CSR_SIE, SIP_SSIP | SIP_STIP);
    while (true) {
        rpc_poll();
        sched_idle_wait();
    }
}

function adopt_idle_thread(lid: u32, block: usize): void {
    const thread = thread_layout(block, KIND_IDLE);
    const hart = hart_of(lid);
    hart.idle = thread;
    hart.current = thread;
    thread.hart = changetype<usize>(hart);
    thread.hart_id = hart.id;
    thread.on_hart = 1;
}

function boot_cluster(hart: u32, block: usize): void {
    platform_init(hart);
    for (let lid: u32 = 0; lid < harts_per_cluster; lid++) {
        const each = hart_of(lid);
        each.id = hart_id(local_cxy, lid);
        each.lid = lid;
        each.save_area = KENTRY_SAVE_VADDR + lid * SAVE_AREA_SIZE;
    }
    adopt_idle_thread(0, block);
    check_switches();
    ppm_init(<usize>boot_info(BI_IMAGE_END), frames_end());
    audit_init();
    adopt_banks();
    fifo_init();
    register_handlers();
    trampoline_init();
    rpc_start_servers();
    reaper_start(hart_of(0));
    start_others();
    report_up();
    if (local_cxy == 0) {
        while (remote_load32(xptr_make(0, SHARED_BOOT_TURN)) < instance_count()) pause();
        init_start();
    }
}

/** Adopts the banks of the clusters without harts that are nearest to this one (8.4). */
function adopt_banks(): void {
    for (let i: u32 = 0; i < memory_count(); i++) {
        const cxy = memory_cluster(i);
        if (cxy == local_cxy || bank_manager(cxy) != local_cxy) continue;
        assert_kernel(ppm_adopt(cxy), cstr("no memory to manage the bank of a cluster without harts"));
    }
}

/** Returns the end of the bank's part that the instance manages, in bytes. In the boot cluster, the host's initrd lies behind it. */
function frames_end(): u32 {
    const shift = <u32>boot_info(BI_BANK_SHIFT);
    const bank: u32 = 1 << shift;
    // The very last page below 2 GiB stays unused, because a pointer one past it would not be an i32.
    if (local_cxy != 0) return shift == 30 ? bank - PAGE_SIZE : bank;
    return <u32>boot_info(BI_BOOT_BANK_END);
}

function register_handlers(): void {
    anonymous_init();
    program_pager_init();
    dsm_pager_init();
    frame_init();
    registration_init();
    fault_init();
    look_init();
    sharers_init();
    eager_init();
    mmap_init();
    unmap_init();
    mremap_init();
    residence_init();
    bank_free_init();
    vseg_next_init();
    brk_init();
    inode_init();
    cache_init();
    directory_init();
    file_pager_init();
    listing_init();
    descriptors_init();
    open_file_init();
    turn_init();
    pipe_init();
    pipe_poll_init();
    process_init();
    attach_init();
    const start: (argument: usize) => void = user_thread_start;
    launch_init(<u32>start.index);
    thread_create_init();
    thread_end_init();
    stack_slot_init();
    group_members_init();
    kill_init();
    free_everywhere_init();
    reaper_init();
    create_init();
    family_init();
    relatives_init();
    stop_init();
    fork_init();
    exec_init();
    usage_init();
    icache_init();
    clone_init();
    newborn_init();
    moved_init();
    hart_set_init();
    affinity_init();
    futex_list_init();
    vfork_init();
    process_group_init();
    signals_init();
    signal_pending_init();
    signal_offer_init();
    signal_send_init();
    timer_calls_init();
    hold_init();
    downgrade_init();
    manager_init();
    membership_init();
    calls_init();
    synchronise_init();
    syscalls_init();
}

function start_others(): void {
    for (let lid: u32 = 1; lid < harts_per_cluster; lid++) {
        const block = ppm_alloc(THREAD_BLOCK_ORDER, FRAME_THREAD, 0);
        assert_kernel(block != 0, cstr("no memory for an idle thread"));
        secondary_release(lid, block);
    }
}

/** Each cluster writes one line, in the order of the clusters. */
function report_up(): void {
    const turn = xptr_make(0, SHARED_BOOT_TURN);
    while (instance_cluster(remote_load32(turn)) != local_cxy) pause();
    console_lock();
    put_string(cstr("[kernel "));
    put_decimal(local_cxy);
    put_string(cstr("] up: "));
    put_decimal(harts_per_cluster);
    put_string(harts_per_cluster == 1 ? cstr(" hart, ") : cstr(" harts, "));
    put_decimal(ppm_free_frames());
    put_string(cstr(" free frames"));
    for (let at = ppm_own().next; at != 0; at = changetype<bank_t>(at).next) {
        put_string(cstr(", "));
        put_decimal(changetype<bank_t>(at).free_frames);
        put_string(cstr(" in cluster "));
        put_decimal(changetype<bank_t>(at).cxy);
    }
    put_char(10);
    console_unlock();
    for (let at = changetype<usize>(ppm_own()); at != 0; at = changetype<bank_t>(at).next) {
        const bank = changetype<bank_t>(at);
        tell_boot(bank.cxy, bank.free_frames);
    }
    remote_add32(turn, 1);
}
