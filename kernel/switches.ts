// The kernel decides by the policy switches (vmm-policy 9) where it compares them with single values. A value of configs/switches.ts that
// none of these places knows would be taken for another value there, so it stops the boot.

import {
    BI_DSM_CONSISTENCY,
    BI_DSM_MANAGER,
    BI_POLICY_CODE,
    BI_POLICY_DATA,
    BI_POLICY_GPT,
    BI_POLICY_HEAP,
    BI_POLICY_PROTOCOL,
    BI_POLICY_REGISTRATION,
    BI_POLICY_STACK,
} from "./abi/boot-info";
import {
    CODE_REFERENCE,
    DSM_DYNAMIC,
    DSM_RELEASE,
    GPT_REFERENCE,
    HOME_XOR,
    PROTOCOL_DIRECT,
    REGISTRATION_LAZY,
    STACK_REFERENCE,
} from "./abi/policy";
import { cstr } from "./hal/cstr";
import { boot_info } from "./hal/platform";
import { assert_kernel } from "./panic";

/** Checks each switch against the last value that the kernel carries out. */
export function check_switches(): void {
    known(BI_POLICY_CODE, CODE_REFERENCE);
    known(BI_POLICY_DATA, HOME_XOR);
    known(BI_POLICY_HEAP, HOME_XOR);
    known(BI_POLICY_STACK, STACK_REFERENCE);
    known(BI_POLICY_GPT, GPT_REFERENCE);
    known(BI_POLICY_REGISTRATION, REGISTRATION_LAZY);
    known(BI_POLICY_PROTOCOL, PROTOCOL_DIRECT);
    known(BI_DSM_MANAGER, DSM_DYNAMIC);
    known(BI_DSM_CONSISTENCY, DSM_RELEASE);
}

function known(field: usize, last: u64): void {
    assert_kernel(boot_info(field) <= last, cstr("boot_info: a policy that this kernel does not carry out"));
}
