// Random numbers for programs (AT_RANDOM, getrandom) are a function of the run's seed, so the same run gets the same numbers.
import { BI_SEED } from "./abi/boot-info";
import { boot_info, local_cxy } from "./hal/platform";

/** The count of numbers that this instance has given, times GAMMA. */
const state: usize = memory.data(8, 8);
const GAMMA: u64 = 0x9e3779b97f4a7c15;

/** splitmix64 (Steele, Lea, Flood 2014) over seed, cluster and count. */
export function random_next(): u64 {
    let z = atomic.add<u64>(state, GAMMA) + mix(boot_info(BI_SEED) + mix(<u64>local_cxy + 1));
    z += GAMMA;
    return mix(z);
}

function mix(z: u64): u64 {
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
}
