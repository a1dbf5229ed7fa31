// history: every node does random reads and writes of a few shared words and says what it read (test/system/dsm-histories.test.ts).
// Arguments: seed, mode (0: any access by anybody; 1: free of data races), phases, operations a phase, words, pages, bytes a
// word (1, 2 or 4), threads a node (1 or 2, the second in another cluster). Between phases is a barrier.
//
// Word i lies in page i % pages, so pages are shared by writers, and neighbours in a page are other nodes' words. Each write of a
// word stores a value that no other write of this word stores, so a read names the write it saw; the words are 0 at first.
//
// Mode 1: the last words are groups, a counter and two others, used under the group's lock only; a section begins with a read of
// its counter and ends with a write of it, so the log shows the order of the sections. In each phase every other word either is
// only read, by all, or belongs to one worker (a thread); the next phase has other owners.
import { argument_number } from "../../../userland/lib/args";
import { cstr } from "../../../userland/lib/cstr";
import { pause } from "../../../userland/lib/hal";
import { node_count, node_id, node_join } from "../../../userland/lib/node";
import { line_begin, line_end, number, text, verdict } from "../../../userland/lib/print";
import { sm_barrier, sm_bcast, sm_lock, sm_malloc, sm_node_exit, sm_unlock } from "../../../userland/lib/sm";
import { thread_create, thread_join, worker_cluster, worker_count } from "../../../userland/lib/thread";

const PAGE: u64 = 4096;
const MOST_WORDS: u32 = 256;
const MOST_PAGES: u32 = 16;
const MOST_LOGGED: u32 = 2048;
/** A log entry: kind << 16 | word, then the value. */
const LOG_SIZE: u32 = 8;
const READ: u32 = 1;
const WRITE: u32 = 2;
const BARRIER: u32 = 3;
/** Words of a group. */
const GROUP: u32 = 3;
const ENTRIES_A_LINE: u32 = 24;

let seed: u32 = 0;
let race_free: bool = false;
let phases: u32 = 0;
let operations: u32 = 0;
let words: u32 = 0;
let pages: u32 = 0;
let width: u32 = 0;
let threads: u32 = 0;
/** Workers of all nodes. */
let workers: u32 = 0;
/** Words below this one belong to no group. */
let plain: u32 = 0;
const page_addresses: usize = memory.data(16 * 4, 4);

/** A thread's own state, behind it its log and how often it has written each word. */
@unmanaged
class worker_t {
    id: u32;
    random: u32;
    logged: u32;
    phase: u32;
}
const WORKER_BYTES: usize = 16 + 2048 * 8 + 256 * 4;
const worker_memory: usize = memory.data(2 * (16 + 2048 * 8 + 256 * 4), 8);

function worker(thread: u32): worker_t {
    return changetype<worker_t>(worker_memory + <usize>thread * WORKER_BYTES);
}

function log_entry(self: worker_t, i: u32): usize {
    return changetype<usize>(self) + offsetof<worker_t>() + i * LOG_SIZE;
}

function writes_of(self: worker_t, word: u32): usize {
    return log_entry(self, MOST_LOGGED) + (word << 2);
}

function random(self: worker_t, below: u32): u32 {
    self.random = self.random * 1664525 + 1013904223;
    return (self.random >> 8) % below;
}

/** What is fixed for all nodes, as a function of the seed. */
function mix(a: u32, b: u32): u32 {
    let z = seed * 2654435761 + a * 2246822519 + b * 3266489917;
    z = (z ^ (z >> 15)) * 2246822519;
    z = (z ^ (z >> 13)) * 3266489917;
    return z ^ (z >> 16);
}

function address(word: u32): usize {
    return load<u32>(page_addresses + ((word % pages) << 2)) + (word / pages) * width;
}

function note(self: worker_t, kind: u32, word: u32, value: u32): void {
    if (self.logged == MOST_LOGGED) return;
    const entry = log_entry(self, self.logged++);
    store<u32>(entry, (kind << 16) | word);
    store<u32>(entry, value, 4);
}

function read(self: worker_t, word: u32): void {
    const at = address(word);
    let value: u32;
    if (width == 1) value = atomic.load<u8>(at);
    else if (width == 2) value = atomic.load<u16>(at);
    else value = atomic.load<u32>(at);
    note(self, READ, word, value);
}

/** The next value that only this worker writes to the word, 0 when it fits in no word. */
function next_value(self: worker_t, word: u32): u32 {
    const value = 1 + self.id + workers * load<u32>(writes_of(self, word));
    return width < 4 && value >> (width * 8) != 0 ? 0 : value;
}

/** A write; a read when there are no values left. */
function write(self: worker_t, word: u32): void {
    const value = next_value(self, word);
    if (value == 0) {
        read(self, word);
        return;
    }
    const count = writes_of(self, word);
    store<u32>(count, load<u32>(count) + 1);
    const at = address(word);
    if (width == 1) atomic.store<u8>(at, <u8>value);
    else if (width == 2) atomic.store<u16>(at, <u16>value);
    else atomic.store<u32>(at, value);
    note(self, WRITE, word, value);
}

function read_or_write(self: worker_t, word: u32): void {
    if (random(self, 2) == 0) read(self, word);
    else write(self, word);
}

/** A section of a random group: false when its counter is used up. */
function section(self: worker_t): bool {
    const group = random(self, (words - plain) / GROUP);
    const counter = plain + group * GROUP;
    if (next_value(self, counter) == 0) return false;
    sm_lock(group);
    read(self, counter);
    for (let n = 1 + random(self, 3); n != 0; n--) read_or_write(self, counter + 1 + random(self, GROUP - 1));
    write(self, counter);
    sm_unlock(group);
    return true;
}

/** A word outside the groups that the worker may use now: only such ones of its own when `own`. */
function use_plain(self: worker_t, own: bool): void {
    const start = random(self, plain);
    for (let i: u32 = 0; i < plain; i++) {
        const word = (start + i) % plain;
        const role = mix(word, self.phase);
        const read_only = self.phase == phases || (role & 1) != 0;
        if (read_only && !own) {
            read(self, word);
            return;
        }
        if (read_only || (role >> 1) % workers != self.id) continue;
        read_or_write(self, word);
        return;
    }
}

function operation(self: worker_t): void {
    if (!race_free) {
        read_or_write(self, random(self, words));
        return;
    }
    if (plain == words || random(self, 3) != 0 || !section(self)) use_plain(self, random(self, 2) == 0);
}

/** A worker's part of a phase. Pauses let it meet the others at different places. */
function work(self: worker_t): void {
    for (let n: u32 = 0; n < operations; n++) {
        operation(self);
        if (random(self, 4) == 0) for (let turns = random(self, 100); turns != 0; turns--) pause();
    }
    note(self, BARRIER, 0, 0);
    self.phase++;
}

function second_thread(argument: u64): u64 {
    work(worker(1));
    return 0;
}

function phase(self: worker_t): bool {
    const entry: (argument: u64) => u64 = second_thread;
    const cxy = worker_cluster(node_id() + 1 + self.phase * 3);
    const other = threads == 2 ? thread_create(<u32>entry.index, 0, <i32>cxy) : 0;
    work(self);
    if (other < 0 || (threads == 2 && thread_join(other, 0) != 0)) return false;
    sm_barrier();
    return true;
}

/** Lines `h WORKER ENTRY ENTRY ...`: rWORD=VALUE, wWORD=VALUE, or | at a barrier. */
function print_log(self: worker_t): void {
    for (let i: u32 = 0; i < self.logged; i++) {
        if (i % ENTRIES_A_LINE == 0) {
            if (i != 0) line_end();
            line_begin();
            text(cstr("h "));
            number(self.id);
        }
        const entry = load<u32>(log_entry(self, i));
        const kind = entry >> 16;
        text(kind == BARRIER ? cstr(" |") : kind == READ ? cstr(" r") : cstr(" w"));
        if (kind == BARRIER) continue;
        number(entry & 0xffff);
        text(cstr("="));
        number(load<u32>(log_entry(self, i), 4));
    }
    line_end();
}

function allocate(): bool {
    for (let page: u32 = 0; page < pages; page++) {
        const root = page % node_count();
        const at = sm_bcast(node_id() == root ? sm_malloc(PAGE) : 0, root);
        if (at == 0) return false;
        store<u32>(page_addresses + (page << 2), <u32>at);
    }
    return true;
}

function begin(thread: u32): void {
    const self = worker(thread);
    self.id = node_id() * threads + thread;
    self.random = mix(self.id + 1, 0);
}

function take_arguments(argc: i32, argv: usize): bool {
    seed = argument_number(argc, argv, 1, 1);
    race_free = argument_number(argc, argv, 2, 0) != 0;
    phases = argument_number(argc, argv, 3, 1);
    operations = argument_number(argc, argv, 4, 10);
    words = argument_number(argc, argv, 5, 4);
    pages = argument_number(argc, argv, 6, 2);
    width = argument_number(argc, argv, 7, 4);
    threads = argument_number(argc, argv, 8, 1);
    workers = node_count() * threads;
    plain = race_free ? words - (words / 8) * GROUP : words;
    return words <= MOST_WORDS && pages <= MOST_PAGES;
}

export function main(argc: i32, argv: usize): i32 {
    if (!node_join()) return verdict(cstr("history"), false, cstr("not started as a node process"));
    if (!take_arguments(argc, argv)) return verdict(cstr("history"), false, cstr("too many words or pages"));
    if (!allocate() || worker_count() == 0) return verdict(cstr("history"), false, cstr("no shared memory"));
    for (let t: u32 = 0; t < threads; t++) begin(t);
    // Free of races, one more phase: all words outside the groups may be read.
    const most = race_free ? phases + 1 : phases;
    for (let n: u32 = 0; n < most; n++) {
        if (!phase(worker(0))) return verdict(cstr("history"), false, cstr("the second thread failed"));
    }
    for (let t: u32 = 0; t < threads; t++) print_log(worker(t));
    sm_node_exit();
    return 0;
}
