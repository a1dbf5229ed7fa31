// files: writes a file from threads on several clusters, reads it back, maps it, and sees its own program file.
import { cstr } from "../lib/cstr";
import { CREATE, close, map_file, open, READ_ONLY, READ_WRITE, read, seek, write } from "../lib/file";
import { malloc } from "../lib/malloc";
import { mprotect, munmap, PROT_NONE, PROT_READ, PROT_WRITE, remote_malloc } from "../lib/memory";
import { verdict } from "../lib/print";
import { cluster_count, cluster_has_memory, thread_create, thread_join, worker_cluster } from "../lib/thread";

const PAGE: u64 = 4096;
const BLOCK: u64 = 1000;
let file: i64 = 0;

/** Each thread writes its number BLOCK times at its own place, through a descriptor of its own. */
function writer(index: u64): u64 {
    const fd = open(cstr("numbers"), READ_WRITE);
    const buffer = malloc(BLOCK);
    for (let i: u64 = 0; i < BLOCK; i++) store<u8>(buffer + <usize>i, <u8>(index + 1));
    seek(fd, <i64>(index * BLOCK), 0);
    const written = write(fd, buffer, BLOCK);
    close(fd);
    return <u64>written;
}

function check(at: usize, count: u32): bool {
    for (let i: u64 = 0; i < BLOCK * count; i++) if (load<u8>(at + <usize>i) != <u8>(i / BLOCK + 1)) return false;
    return true;
}

function memory_calls(): usize {
    let last = cluster_count() - 1;
    while (!cluster_has_memory(last)) last--;
    const remote = remote_malloc(3 * PAGE, last);
    if (remote == 0) return cstr("remote_malloc failed");
    for (let i: usize = 0; i < 3; i++) store<u64>(remote + (i << 12), 5 + i);
    if (mprotect(remote, PAGE, PROT_NONE) != 0) return cstr("mprotect failed");
    if (mprotect(remote, PAGE, PROT_READ | PROT_WRITE) != 0 || load<u64>(remote) != 5)
        return cstr("a page lost its content");
    if (munmap(remote + 4096, PAGE) != 0) return cstr("munmap of the middle failed");
    if (load<u64>(remote + 8192) != 7) return cstr("munmap took a page too many");
    return munmap(remote, 3 * PAGE) == 0 ? 0 : cstr("munmap of the rest failed");
}

function file_calls(): usize {
    const count = cluster_count();
    file = open(cstr("/numbers"), READ_WRITE | CREATE);
    if (file < 0) return cstr("the file could not be made");
    const entry: (index: u64) => u64 = writer;
    for (let i: u32 = 0; i < count; i++) {
        const id = thread_create(<u32>entry.index, i, <i32>worker_cluster(i));
        if (thread_join(id, 0) != 0) return cstr("join failed");
    }
    const bytes = BLOCK * count;
    const buffer = malloc(bytes);
    if (read(file, buffer, bytes + 5) != <i64>bytes || !check(buffer, count)) return cstr("read gave something else");
    const mapped = map_file(file, bytes);
    if (mapped == 0 || !check(mapped, count)) return cstr("the mapped file differs");
    store<u8>(mapped, 99);
    seek(file, 0, 0);
    read(file, buffer, 1);
    if (load<u8>(buffer) != 99) return cstr("a write to the mapping is not in the file");
    if (munmap(mapped, bytes) != 0 || close(file) != 0) return cstr("munmap or close failed");
    const self = open(cstr("/files"), READ_ONLY);
    if (read(self, buffer, 4) != 4 || load<u32>(buffer) != 0x464c457f) return cstr("the program's own file is no ELF");
    return write(self, buffer, 1) == -9 ? 0 : cstr("a read-only file was written");
}

export function main(argc: i32, argv: usize): i32 {
    let problem = memory_calls();
    if (problem == 0) problem = file_calls();
    return verdict(cstr("files"), problem == 0, problem);
}
