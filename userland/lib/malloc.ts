// malloc and free: power-of-two size classes with free lists, fed by mmap (each chunk is a HEAP vseg, vmm-policy 3).
import { SYS_MMAP } from "../../kernel/abi/syscalls";
import { ecall } from "./hal";
import { mutex_lock, mutex_unlock } from "./sync";

const PROT_READ_WRITE: u64 = 3;
const MAP_PRIVATE_ANONYMOUS: u64 = 0x22;
const CHUNK: u64 = 65536;
const SMALLEST: u32 = 5;
/** Before each block: its class. */
const HEADER: usize = 16;

const heap_lock: usize = memory.data(4, 4);
/** Free blocks of 2^class bytes, header included; linked through the first word behind the header. */
const free_lists: usize = memory.data(31 * 4, 4);
let chunk_next: usize = 0;
let chunk_end: usize = 0;

/** Fresh zeroed pages, or 0. */
export function map_pages(bytes: u64): usize {
    const address = ecall(SYS_MMAP, 0, bytes, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS, 0xffffffffffffffff, 0);
    return address < 0 ? 0 : <usize>address;
}

/** At least `bytes` bytes, 16-byte aligned, not zeroed; 0 when there is no memory. */
export function malloc(bytes: u64): usize {
    let log2 = SMALLEST;
    while ((<u64>1) << log2 < bytes + HEADER) {
        if (++log2 > 30) return 0;
    }
    mutex_lock(heap_lock);
    const head = free_lists + (log2 << 2);
    let block = load<usize>(head);
    if (block != 0) store<usize>(head, load<usize>(block + HEADER));
    else block = carve((<usize>1) << log2);
    mutex_unlock(heap_lock);
    if (block == 0) return 0;
    store<u32>(block, log2);
    return block + HEADER;
}

function carve(size: usize): usize {
    if (size > CHUNK) return map_pages(size);
    if (chunk_end - chunk_next < size) {
        const chunk = map_pages(CHUNK);
        if (chunk == 0) return 0;
        chunk_next = chunk;
        chunk_end = chunk + <usize>CHUNK;
    }
    const block = chunk_next;
    chunk_next += size;
    return block;
}

export function free(address: usize): void {
    if (address == 0) return;
    const block = address - HEADER;
    const head = free_lists + (load<u32>(block) << 2);
    mutex_lock(heap_lock);
    store<usize>(address, load<usize>(head));
    store<usize>(head, block);
    mutex_unlock(heap_lock);
}
