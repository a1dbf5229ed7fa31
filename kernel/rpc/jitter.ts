// Requests that are late (kernel.rpcJitter): orders of arrival that are rare otherwise.

import { BI_RPC_JITTER } from "../abi/boot-info";
import { boot_info } from "../hal/platform";
import { random_next } from "../random";

/** kernel.rpcJitter: for how many turns a request is late; less than that many, by the run's seed. */
export function jitter(): u64 {
    const turns = boot_info(BI_RPC_JITTER);
    return turns == 0 ? 0 : random_next() % turns;
}
