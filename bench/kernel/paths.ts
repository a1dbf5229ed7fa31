// paths: the kernel's paths in guest instructions of the hart that takes them, a line `NAME: VALUE instructions` each
// (boot/cli/bench/kernel-paths.ts). It runs without preemption, one hart a cluster, so that the counts repeat: in one cluster, where all
// is Z's own, or in two, where a thread in the other one asks Z.
import { CSR_INSTRET } from "../../kernel/abi/csr";
import { SYS_EXIT, SYS_GETPID } from "../../kernel/abi/syscalls";
import { cstr } from "../../userland/lib/cstr";
import { csr_read, ecall } from "../../userland/lib/hal";
import { map_pages } from "../../userland/lib/malloc";
import { mprotect, munmap } from "../../userland/lib/memory";
import { figure, verdict } from "../../userland/lib/print";
import { fork, wait_for } from "../../userland/lib/process";
import { thread_yield } from "../../userland/lib/sync";
import { cluster_count, cluster_self, thread_create, thread_join } from "../../userland/lib/thread";

const PAGE: usize = 4096;
const PROT_READ: u32 = 1;
const PROT_READ_WRITE: u32 = 3;
const data: usize = memory.data(73728, 8);
const vsegs: usize = memory.data(1024 * 8, 8);
const status: usize = memory.data(4, 4);
let shared: usize = 0;
let started: u64 = 0;

function begin(): void {
    started = csr_read(CSR_INSTRET);
}

function passed(): u64 {
    return csr_read(CSR_INSTRET) - started;
}

function tell(name: usize, count: u64): void {
    figure(name, <i64>count, cstr("instructions"));
}

/** The cost of the first store to a page. */
function touch(address: usize): u64 {
    begin();
    store<u64>(address, 1);
    return passed();
}

function map(pages: usize): usize {
    return map_pages(<u64>pages * PAGE);
}

/** The cost of munmap of `pages` pages, the first `touched` of which have frames. */
function unmap_cost(pages: usize, touched: usize): u64 {
    const at = map(pages);
    for (let i: usize = 0; i < touched; i++) store<u64>(at + i * PAGE, 1);
    begin();
    munmap(at, <u64>pages * PAGE);
    return passed();
}

function calls(): void {
    // The first round takes the faults of CODE and DATA.
    for (let i = 0; i < 2; i++) {
        begin();
        ecall(SYS_GETPID, 0, 0, 0, 0, 0, 0);
        const getpid = passed();
        begin();
        thread_yield();
        const alone = passed();
        if (i == 0) continue;
        tell(cstr("getpid"), getpid);
        tell(cstr("yield-alone"), alone);
    }
}

function faults(): void {
    const heap = map(8);
    tell(cstr("fault-heap-table"), touch(heap));
    tell(cstr("fault-heap"), touch(heap + PAGE));
    const aligned = (data + PAGE) & ~(PAGE - 1);
    touch(aligned);
    tell(cstr("fault-data"), touch(aligned + PAGE));
}

function changes(): void {
    unmap_cost(1, 1);
    const one = unmap_cost(1, 0);
    tell(cstr("munmap"), one);
    tell(cstr("munmap-untouched-page"), (unmap_cost(8193, 0) - one) / 8192);
    tell(cstr("munmap-touched-page"), (unmap_cost(65, 65) - unmap_cost(1, 1)) / 64);
    const at = map(1);
    touch(at);
    begin();
    mprotect(at, PAGE, PROT_READ);
    tell(cstr("mprotect-page"), passed());
    munmap(at, PAGE);
}

/** What a fault in the last vseg, and mmap, mprotect and munmap of one more, cost beside `count` vsegs of a page. */
function beside(count: usize, fault: usize, mapped: usize, changed: usize, unmapped: usize): void {
    for (let i: usize = 0; i < count; i++) {
        const at = map(1);
        store<usize>(vsegs + i * 8, at);
    }
    begin();
    const more = map(1);
    tell(mapped, passed());
    touch(more);
    tell(fault, touch(load<usize>(vsegs + (count - 1) * 8)));
    begin();
    mprotect(more, PAGE, PROT_READ);
    mprotect(more, PAGE, PROT_READ_WRITE);
    tell(changed, passed());
    begin();
    munmap(more, PAGE);
    tell(unmapped, passed());
    for (let i: usize = 0; i < count; i++) munmap(load<usize>(vsegs + i * 8), PAGE);
}

/** In the other cluster: what the same calls cost when a request carries them to Z. */
function remote(index: u64): u64 {
    ecall(SYS_GETPID, 0, 0, 0, 0, 0, 0);
    munmap(map(1), PAGE);
    begin();
    const at = map(1);
    const leaf = passed();
    begin();
    munmap(at, PAGE);
    const server = passed();
    const first = touch(shared + PAGE);
    const there = touch(shared);
    const made = touch(shared + 2 * PAGE);
    tell(cstr("remote-mmap"), leaf);
    tell(cstr("remote-munmap"), server);
    tell(cstr("remote-fault-vseg"), first);
    tell(cstr("remote-fault-there"), there);
    tell(cstr("remote-fault-made"), made);
    return 0;
}

function elsewhere(): bool {
    shared = map(4);
    store<u64>(shared, 1);
    store<u64>(shared + PAGE, 1);
    const entry: (index: u64) => u64 = remote;
    const id = thread_create(<u32>entry.index, 0, 1 - <i32>cluster_self());
    return id >= 0 && thread_join(id, 0) == 0;
}

/** A child that ends at once: what the parent's fork costs, and all until the child is reaped, on the same hart. */
function family(pages: usize, forked: usize, whole: usize): void {
    const at = map(pages);
    for (let i: usize = 0; i < pages; i++) store<u64>(at + i * PAGE, 1);
    begin();
    const from = started;
    const child = fork();
    if (child == 0) ecall(SYS_EXIT, 0, 0, 0, 0, 0, 0);
    const parent = passed();
    wait_for(child, status);
    tell(forked, parent);
    tell(whole, csr_read(CSR_INSTRET) - from);
    munmap(at, <u64>pages * PAGE);
}

/** Two processes that yield to each other: a round is two switches. */
function switches(): void {
    const child = fork();
    if (child == 0) {
        for (let i = 0; i < 12; i++) thread_yield();
        ecall(SYS_EXIT, 0, 0, 0, 0, 0, 0);
    }
    thread_yield();
    thread_yield();
    begin();
    for (let i = 0; i < 8; i++) thread_yield();
    tell(cstr("switch"), passed() / 16);
    wait_for(child, status);
}

export function main(argc: i32, argv: usize): i32 {
    if (cluster_count() > 1) return verdict(cstr("paths"), elsewhere(), cstr("no thread in the other cluster"));
    calls();
    faults();
    changes();
    beside(1, cstr("fault-1-vseg"), cstr("mmap-1-vseg"), cstr("mprotect-1-vseg"), cstr("munmap-1-vseg"));
    beside(256, cstr("fault-256-vsegs"), cstr("mmap-256-vsegs"), cstr("mprotect-256-vsegs"), cstr("munmap-256-vsegs"));
    switches();
    family(1, cstr("fork"), cstr("fork-to-reaping"));
    family(65, cstr("fork-64-pages"), cstr("fork-to-reaping-64-pages"));
    return verdict(cstr("paths"), true, 0);
}
