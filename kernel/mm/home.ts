// The cluster that a page's frame comes from: rule 2.3 of vmm-policy, and the alternatives of its section 9.

import { BI_HOME_PRIME, BI_POLICY_DATA, BI_POLICY_HEAP, BI_POLICY_STACK } from "../abi/boot-info";
import {
    HOME_FIRST_TOUCH,
    HOME_LSB,
    HOME_PRIME,
    HOME_REFERENCE,
    HOME_SKEW,
    HOME_XOR,
    STACK_REFERENCE,
} from "../abi/policy";
import { VSEG_DATA, VSEG_FILE, VSEG_HEAP, VSEG_REMOTE, VSEG_STACK } from "../abi/vseg-type";
import { cstr } from "../hal/cstr";
import { boot_info, local_cxy } from "../hal/platform";
import { memory_cluster, memory_count } from "../hal/topology";
import { assert_kernel } from "../panic";
import { vseg_t } from "./vseg";

/** In place of the cluster that a HEAP vseg names: each page lies where it is touched first (mmap with MAP_STACK). */
export const BY_TOUCH: u32 = 0xffffffff;

/** In place of the cluster that a FILE vseg names: shared anonymous memory, whose pages lie where their place in it says. */
export const BY_PAGE: u32 = 0xfffffffe;

/** The cluster of a page of shared anonymous memory: as for HEAP, with its index in place of the VPN, which differs between mappings. */
export function index_home(index: u32, toucher: u32, reference: u32): u32 {
    return distributed(<u32>boot_info(BI_POLICY_HEAP), index, toucher, reference);
}

/** The cluster for a new frame of the page. `toucher` is the cluster of the faulting thread, and `reference` is Z. */
export function page_home(vseg: vseg_t, vpn: u32, toucher: u32, reference: u32): u32 {
    switch (vseg.type) {
        case VSEG_DATA:
            return distributed(<u32>boot_info(BI_POLICY_DATA), vpn, toucher, reference);
        case VSEG_HEAP:
            if (vseg.cxy == BY_TOUCH) return toucher;
            return distributed(<u32>boot_info(BI_POLICY_HEAP), vpn, toucher, reference);
        case VSEG_REMOTE:
        case VSEG_FILE:
            return vseg.cxy;
        case VSEG_STACK:
            return <u32>boot_info(BI_POLICY_STACK) == STACK_REFERENCE ? reference : local_cxy;
        default:
            return local_cxy;
    }
}

/** The cluster that all pages of a vseg come from, BY_TOUCH if each comes from where it is touched first, or BY_PAGE if they are spread. */
export function home_of_all(vseg: vseg_t, reference: u32): u32 {
    switch (vseg.type) {
        case VSEG_DATA:
            return distribution(<u32>boot_info(BI_POLICY_DATA), reference);
        case VSEG_HEAP:
            return vseg.cxy == BY_TOUCH ? BY_TOUCH : distribution(<u32>boot_info(BI_POLICY_HEAP), reference);
        case VSEG_FILE:
            return vseg.cxy == BY_PAGE ? distribution(<u32>boot_info(BI_POLICY_HEAP), reference) : vseg.cxy;
        case VSEG_REMOTE:
            return vseg.cxy;
        case VSEG_STACK:
            return <u32>boot_info(BI_POLICY_STACK) == STACK_REFERENCE ? reference : BY_TOUCH;
        default:
            return BY_TOUCH;
    }
}

function distribution(policy: u32, reference: u32): u32 {
    if (policy == HOME_REFERENCE) return reference;
    return policy == HOME_FIRST_TOUCH ? BY_TOUCH : BY_PAGE;
}

function distributed(policy: u32, vpn: u32, toucher: u32, reference: u32): u32 {
    const count = memory_count();
    switch (policy) {
        case HOME_REFERENCE:
            return reference;
        case HOME_FIRST_TOUCH:
            return toucher;
        case HOME_SKEW:
            return memory_cluster((vpn + vpn / count) % count);
        case HOME_PRIME:
            return memory_cluster((vpn % <u32>boot_info(BI_HOME_PRIME)) % count);
        case HOME_XOR:
            return memory_cluster(digits(vpn, count));
        case HOME_LSB:
            return memory_cluster(vpn % count);
        default:
            assert_kernel(false, cstr("home: a distribution that is not known"));
            return 0;
    }
}

/** The base-C digits of the vpn, added modulo C, or XORed when C is a power of two. */
function digits(vpn: u32, count: u32): u32 {
    if (count == 1) return 0;
    const power = (count & (count - 1)) == 0;
    let result: u32 = 0;
    for (let rest = vpn; rest != 0; rest /= count) {
        const digit = rest % count;
        result = power ? result ^ digit : (result + digit) % count;
    }
    return result;
}
