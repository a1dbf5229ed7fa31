// A vseg goes to another cluster by value, with all of its fields in one message (vmm-policy 5.9.7): the results of RPC_GET_VSEG. No cluster
// walks another cluster's list, except that protocol: direct reads a list where it lies, under its own rules (mm/direct.ts).

import {
    GET_VSEG_ATTRIBUTES,
    GET_VSEG_CONTENT,
    GET_VSEG_CONTENT_BYTES,
    GET_VSEG_FILE,
    GET_VSEG_FILE_PAGE,
    GET_VSEG_PAGES,
} from "../abi/rpc-words";
import { remote_load32, remote_load64 } from "../hal/hal";
import { xptr_t } from "../hal/platform";
import { rpc_arguments, rpc_set } from "../rpc/rpc";
import { vseg_create, vseg_t } from "./vseg";

/** Writes the vseg at `vseg` into the results of a request, for vseg_receive. */
export function vseg_send(desc: xptr_t, vseg: xptr_t): void {
    const type = <u64>remote_load32(vseg + offsetof<vseg_t>("type"));
    const rights = remote_load64(vseg + offsetof<vseg_t>("rights"));
    rpc_set(
        desc,
        GET_VSEG_ATTRIBUTES,
        type | (rights << 8) | ((<u64>remote_load32(vseg + offsetof<vseg_t>("cxy"))) << 32),
    );
    rpc_set(desc, GET_VSEG_PAGES, pair(vseg, offsetof<vseg_t>("first_vpn"), offsetof<vseg_t>("end_vpn")));
    rpc_set(desc, GET_VSEG_CONTENT, remote_load64(vseg + offsetof<vseg_t>("content")));
    rpc_set(
        desc,
        GET_VSEG_CONTENT_BYTES,
        pair(vseg, offsetof<vseg_t>("content_start"), offsetof<vseg_t>("content_end")),
    );
    rpc_set(desc, GET_VSEG_FILE, remote_load64(vseg + offsetof<vseg_t>("file")));
    rpc_set(desc, GET_VSEG_FILE_PAGE, pair(vseg, offsetof<vseg_t>("file_page"), offsetof<vseg_t>("denied")));
}

function pair(vseg: xptr_t, low: usize, high: usize): u64 {
    return <u64>remote_load32(vseg + low) | ((<u64>remote_load32(vseg + high)) << 32);
}

/** A new vseg, in no list, from the running thread's answered request, whose words vseg_send names; 0 without memory. */
export function vseg_receive(): usize {
    const desc = rpc_arguments();
    const attributes = desc.get(GET_VSEG_ATTRIBUTES);
    const pages = desc.get(GET_VSEG_PAGES);
    const address = vseg_create(<u32>attributes & 255, <u32>pages, <u32>(pages >> 32));
    if (address == 0) return 0;
    const vseg = changetype<vseg_t>(address);
    vseg.rights = (attributes >> 8) & 255;
    vseg.cxy = <u32>(attributes >> 32);
    vseg.content = desc.get(GET_VSEG_CONTENT);
    const bytes = desc.get(GET_VSEG_CONTENT_BYTES);
    vseg.content_start = <u32>bytes;
    vseg.content_end = <u32>(bytes >> 32);
    vseg.file = desc.get(GET_VSEG_FILE);
    const file_page = desc.get(GET_VSEG_FILE_PAGE);
    vseg.file_page = <u32>file_page;
    vseg.denied = <u32>(file_page >> 32);
    return address;
}
