// Late requests (kernel.rpcJitter): they make orders of arrival that are rare otherwise.

import { BI_RPC_JITTER } from "../abi/boot-info";
import { boot_info } from "../hal/platform";
import { random_next } from "../random";

/** The number of turns that a request is late: less than kernel.rpcJitter, chosen by the run's seed. */
export function jitter(): u64 {
    const turns = boot_info(BI_RPC_JITTER);
    return turns == 0 ? 0 : random_next() % turns;
}
