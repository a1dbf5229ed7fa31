// Decoded code pages (docs/machine.md, "Decoded code") are found by content, shared by all frames that hold it, and kept in step with
// stores.
import {
    DECODED_CONTENT,
    DECODED_END,
    DECODED_GENERATION,
    DECODED_HASH,
    DECODED_HEAT,
    DECODED_NEXT,
    DECODED_PRIVATE,
    DECODED_STORES,
    DECODED_STRIDE,
    DECODED_USERS,
    HASH_CHAINS,
    HEAT_NEVER,
    OP_CROSSING,
    OP_PAGE_END,
    SLOT,
} from "../state/code-layout";
import {
    CHAINS_BASE,
    CODE_BASE,
    DECODED_BASE,
    DECODED_COUNT,
    DECODED_FREE,
    DECODED_NEXT_FRESH,
    GUARDED_PAGE,
    OWNER_BASE,
    OWNER_NEVER,
    OWNER_NONE,
    RAM_FRAME,
    RAM_FRAMES,
} from "../state/machine-layout";
import { hostOf } from "./frames";
import { forbidWrites } from "./l0";
import { storesBehind, storesUpTo } from "./stores";

/** After more stores than this, a page that is no longer shared stops being code until it is fetched from again. */
const STORES_UNTIL_DETACH: u32 = 512;

/** Of the heat of a page's slots. */
const HEAT_BYTES: usize = 2048 << 2;

function codeSlot(frame: i32): usize {
    return <usize>load<u32>(CODE_BASE) + ((<usize>frame) << 2);
}

/** Returns the host address of the frame's decoded page, or 0. */
export function decodedOf(frame: i32): usize {
    return <usize>load<u32>(codeSlot(frame));
}

/** Returns the frame's decoded page. If the frame has none yet, it is made or shared. */
export function attach(frame: i32): usize {
    const present = decodedOf(frame);
    if (present) return present;
    forbidWrites(frame);
    storesBehind(frame);
    const content = hostOf(frame);
    const hash = hashOf(content);
    let decoded = find(hash, content);
    if (!decoded) decoded = create(hash, content);
    store<u32>(decoded, load<u32>(decoded, DECODED_USERS) + 1, DECODED_USERS);
    store<u32>(codeSlot(frame), <u32>decoded);
    return decoded;
}

/**
 * Must be told of every store to RAM that does not go through an L0 write entry. Returns true when decoded code has changed, so that a hart
 * that runs it must look it up again.
 */
export function noteStore(frame: i32, offset: u32, width: u32): bool {
    const owner = <usize>load<u32>(OWNER_BASE) + ((<usize>frame) << 1);
    if (load<u16>(owner) == OWNER_NEVER) {
        store<u16>(owner, <u16>OWNER_NONE);
        storesUpTo(frame);
    }
    const decoded = decodedOf(frame);
    if (!decoded) return false;
    if (load<u32>(decoded, DECODED_USERS) > 1) {
        detach(frame, decoded);
        return true;
    }
    if (!load<u32>(decoded, DECODED_PRIVATE)) makePrivate(decoded);
    const stores = load<u32>(decoded, DECODED_STORES) + 1;
    store<u32>(decoded, stores, DECODED_STORES);
    if (stores > STORES_UNTIL_DETACH) {
        detach(frame, decoded);
        return true;
    }
    memory.copy(decoded + DECODED_CONTENT + offset, hostOf(frame) + offset, width);
    // An instruction that starts up to 3 bytes before the store reads some of it.
    const first: usize = offset < 3 ? 0 : (offset - 2) >> 1;
    const last: usize = (offset + width - 1) >> 1;
    memory.fill(decoded + (first << 4), 0, (last - first + 1) << 4);
    return true;
}

/**
 * Returns the page that stands for all pages whose instructions are fetched one by one. Whatever its slot, an engine asks for the instruction
 * alone (fetch.ts), and nothing in it becomes hot.
 */
export function guardedPage(): usize {
    const present = <usize>load<u32>(GUARDED_PAGE);
    if (present) return present;
    const decoded = allocate();
    forgetCompiled(decoded);
    for (let slot = decoded; slot < decoded + DECODED_END; slot += SLOT) store<u16>(slot, OP_CROSSING);
    for (let heat = decoded + DECODED_HEAT; heat < decoded + DECODED_HEAT + HEAT_BYTES; heat += 4)
        store<u32>(heat, HEAT_NEVER);
    store<u32>(GUARDED_PAGE, <u32>decoded);
    return decoded;
}

export function isGuardedPage(decoded: usize): bool {
    return <u32>decoded == load<u32>(GUARDED_PAGE);
}

function hashOf(content: usize): u64 {
    let hash: u64 = 0xcbf29ce484222325;
    for (let i: usize = 0; i < 4096; i += 8) {
        hash = (hash ^ load<u64>(content + i)) * 0x9e3779b97f4a7c15;
        hash ^= hash >> 29;
    }
    return hash;
}

function chainOf(hash: u64): usize {
    return <usize>load<u32>(CHAINS_BASE) + ((<usize>hash & (HASH_CHAINS - 1)) << 2);
}

function find(hash: u64, content: usize): usize {
    let decoded = <usize>load<u32>(chainOf(hash));
    while (decoded) {
        const same = load<u64>(decoded, DECODED_HASH) == hash;
        if (same && memory.compare(decoded + DECODED_CONTENT, content, 4096) == 0) return decoded;
        decoded = <usize>load<u32>(decoded, DECODED_NEXT);
    }
    return 0;
}

function create(hash: u64, content: usize): usize {
    const decoded = allocate();
    memory.fill(decoded, 0, DECODED_END);
    store<u16>(decoded, OP_PAGE_END, DECODED_END);
    forgetCompiled(decoded);
    store<u32>(decoded, 0, DECODED_USERS);
    store<u32>(decoded, 0, DECODED_PRIVATE);
    store<u32>(decoded, 0, DECODED_STORES);
    store<u64>(decoded, hash, DECODED_HASH);
    memory.copy(decoded + DECODED_CONTENT, content, 4096);
    const chain = chainOf(hash);
    store<u32>(decoded, load<u32>(chain), DECODED_NEXT);
    store<u32>(chain, <u32>decoded);
    return decoded;
}

/** No engine enters compiled code of the page any more. */
function forgetCompiled(decoded: usize): void {
    store<u32>(decoded, load<u32>(decoded, DECODED_GENERATION) + 1, DECODED_GENERATION);
    memory.fill(decoded + DECODED_HEAT, 0, HEAT_BYTES);
}

function allocate(): usize {
    const freed = <usize>load<u32>(DECODED_FREE);
    if (freed) {
        store<u32>(DECODED_FREE, load<u32>(freed, DECODED_NEXT));
        return freed;
    }
    if (load<u32>(DECODED_NEXT_FRESH) == load<u32>(DECODED_COUNT)) forgetAll();
    const index = load<u32>(DECODED_NEXT_FRESH);
    store<u32>(DECODED_NEXT_FRESH, index + 1);
    return <usize>load<u32>(DECODED_BASE) + <usize>index * DECODED_STRIDE;
}

/** No room is left, so all decoded code is dropped. */
function forgetAll(): void {
    memory.fill(<usize>load<u32>(CODE_BASE), 0, (<usize>(load<u32>(RAM_FRAMES) + RAM_FRAME)) << 2);
    memory.fill(<usize>load<u32>(CHAINS_BASE), 0, HASH_CHAINS << 2);
    store<u32>(DECODED_FREE, 0);
    store<u32>(DECODED_NEXT_FRESH, 0);
    store<u32>(GUARDED_PAGE, 0);
}

/** Takes the page out of its hash chain, because its content is about to differ from its hash. */
function makePrivate(decoded: usize): void {
    store<u32>(decoded, 1, DECODED_PRIVATE);
    forgetCompiled(decoded);
    const chain = chainOf(load<u64>(decoded, DECODED_HASH));
    const next = load<u32>(decoded, DECODED_NEXT);
    let previous = <usize>load<u32>(chain);
    if (previous == decoded) {
        store<u32>(chain, next);
        return;
    }
    while (<usize>load<u32>(previous, DECODED_NEXT) != decoded) previous = <usize>load<u32>(previous, DECODED_NEXT);
    store<u32>(previous, next, DECODED_NEXT);
}

function detach(frame: i32, decoded: usize): void {
    store<u32>(codeSlot(frame), 0);
    const users = load<u32>(decoded, DECODED_USERS) - 1;
    store<u32>(decoded, users, DECODED_USERS);
    if (users) return;
    if (!load<u32>(decoded, DECODED_PRIVATE)) makePrivate(decoded);
    store<u32>(decoded, load<u32>(DECODED_FREE), DECODED_NEXT);
    store<u32>(DECODED_FREE, <u32>decoded);
}
