// A vseg goes to another cluster by value, with all of its fields in one message (vmm-policy 5.9.7): the results of RPC_GET_VSEG, or a part of
// a buffer that has several. No cluster
// walks another cluster's list, except that protocol: direct reads a list where it lies, under its own rules (mm/direct.ts).

import {
    GET_VSEG_ATTRIBUTES,
    GET_VSEG_CONTENT,
    GET_VSEG_CONTENT_BYTES,
    GET_VSEG_FILE,
    GET_VSEG_FILE_PAGE,
    GET_VSEG_PAGES,
} from "../abi/rpc-words";
import { remote_load32, remote_load64, remote_store64 } from "../hal/hal";
import { xptr_t } from "../hal/platform";
import { rpc_arguments } from "../rpc/rpc";
import { rpc_desc_t } from "../sched/thread";
import { vseg_create, vseg_t } from "./vseg";

/** Bytes of a vseg in a message: as many words as RPC_GET_VSEG has results, of which the first is not used. */
export const VSEG_MESSAGE: u32 = 56;

/** Writes the vseg at `vseg` into the results of a request, for vseg_receive. */
export function vseg_send(desc: xptr_t, vseg: xptr_t): void {
    vseg_write(desc + offsetof<rpc_desc_t>("word0"), vseg);
}

/** Writes the vseg at `vseg` into VSEG_MESSAGE bytes, for vseg_read. */
export function vseg_write(to: xptr_t, vseg: xptr_t): void {
    const type = <u64>remote_load32(vseg + offsetof<vseg_t>("type"));
    const rights = remote_load64(vseg + offsetof<vseg_t>("rights"));
    const cxy = <u64>remote_load32(vseg + offsetof<vseg_t>("cxy"));
    put_word(to, GET_VSEG_ATTRIBUTES, type | (rights << 8) | (cxy << 32));
    put_word(to, GET_VSEG_PAGES, pair(vseg, offsetof<vseg_t>("first_vpn"), offsetof<vseg_t>("end_vpn")));
    put_word(to, GET_VSEG_CONTENT, remote_load64(vseg + offsetof<vseg_t>("content")));
    put_word(
        to,
        GET_VSEG_CONTENT_BYTES,
        pair(vseg, offsetof<vseg_t>("content_start"), offsetof<vseg_t>("content_end")),
    );
    put_word(to, GET_VSEG_FILE, remote_load64(vseg + offsetof<vseg_t>("file")));
    put_word(to, GET_VSEG_FILE_PAGE, pair(vseg, offsetof<vseg_t>("file_page"), offsetof<vseg_t>("denied")));
}

function put_word(to: xptr_t, i: u32, value: u64): void {
    remote_store64(to + (i << 3), value);
}

function word_at(from: usize, i: u32): u64 {
    return load<u64>(from + (i << 3));
}

function pair(vseg: xptr_t, low: usize, high: usize): u64 {
    return <u64>remote_load32(vseg + low) | ((<u64>remote_load32(vseg + high)) << 32);
}

/** A new vseg, in no list, from the running thread's answered request; 0 without memory. */
export function vseg_receive(): usize {
    return vseg_read(changetype<usize>(rpc_arguments()) + offsetof<rpc_desc_t>("word0"));
}

/** A new vseg, in no list, from the local bytes that vseg_write has written; 0 without memory. */
export function vseg_read(from: usize): usize {
    const attributes = word_at(from, GET_VSEG_ATTRIBUTES);
    const pages = word_at(from, GET_VSEG_PAGES);
    const address = vseg_create(<u32>attributes & 255, <u32>pages, <u32>(pages >> 32));
    if (address == 0) return 0;
    const vseg = changetype<vseg_t>(address);
    vseg.rights = (attributes >> 8) & 255;
    vseg.cxy = <u32>(attributes >> 32);
    vseg.content = word_at(from, GET_VSEG_CONTENT);
    const bytes = word_at(from, GET_VSEG_CONTENT_BYTES);
    vseg.content_start = <u32>bytes;
    vseg.content_end = <u32>(bytes >> 32);
    vseg.file = word_at(from, GET_VSEG_FILE);
    const file_page = word_at(from, GET_VSEG_FILE_PAGE);
    vseg.file_page = <u32>file_page;
    vseg.denied = <u32>(file_page >> 32);
    return address;
}
