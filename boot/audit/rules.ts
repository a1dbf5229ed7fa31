/**
 * The form that the policy switches (vmm-policy 9) give rules 2 and 3: the private types, and the home of a page's frame. It is written
 * from the specification's text, and not shared with the kernel.
 */

import type { SwitchValue } from "../../configs/switches.ts";
import * as vseg from "../../kernel/abi/vseg-type.ts";
import { isHeapLike, kindOf } from "./kernel-facts.ts";

type Distribution = SwitchValue<"data">;

/** The switches as the config has them under "kernel". */
export type Policy = {
    readonly [N in "code" | "data" | "heap" | "stack" | "gpt" | "registration" | "dsmManager"]: SwitchValue<N>;
};

/** The facts that the home of a page depends on. */
export interface Place {
    readonly vpn: number;
    /** The cluster whose table has the entry. */
    readonly own: number;
    /** The reference cluster of the process the frame was allocated for. A child of a fork shares the one of its parent. */
    readonly reference: number;
    /** The cluster that the vseg names (REMOTE, FILE); BY_TOUCH of HEAP. */
    readonly named: number;
}

/** A HEAP vseg names it when each page lies where it is touched first (mmap with MAP_STACK). */
export const BY_TOUCH = 2 ** 32 - 1;

/** A FILE vseg names it for shared anonymous memory, whose pages are placed by their place in it. */
export const BY_PAGE = 2 ** 32 - 2;

export class Rules {
    readonly policy: Policy;
    readonly #memory: readonly number[];
    readonly #prime: number;

    /** `memory` lists the clusters that have memory, ascending. C of rule 2.3 counts them. */
    constructor(policy: Policy, memory: readonly number[]) {
        this.policy = policy;
        this.#memory = memory;
        this.#prime = primeAbove(64 * memory.length);
    }

    /** True when each cluster has frames of its own for the same pages (2.2). This is not so for CODE that has one copy, in Z. */
    isPrivate(type: number): boolean {
        if (type === vseg.VSEG_CODE && this.policy.code === "reference") return false;
        return kindOf(type)?.isPrivate === true;
    }

    /** True when other clusters' tables have Z's entries of this type. No thread of K need have touched the entries that K has there. */
    isLinked(type: number): boolean {
        return this.policy.gpt === "reference" && isHeapLike(type);
    }

    /** The cluster that the rule names; undefined when it names any (first touch). */
    home(type: number, place: Place): number | undefined {
        switch (type) {
            case vseg.VSEG_CODE:
                return this.policy.code === "reference" ? place.reference : place.own;
            case vseg.VSEG_STACK:
                return this.policy.stack === "reference" ? place.reference : place.own;
            case vseg.VSEG_DATA:
                return this.#distributed(this.policy.data, place);
            case vseg.VSEG_HEAP:
                if (place.named === BY_TOUCH) return undefined;
                return this.#distributed(this.policy.heap, place);
            case vseg.VSEG_REMOTE:
                return place.named;
            case vseg.VSEG_FILE:
                return place.named === BY_PAGE ? this.#scattered(place) : place.named;
            default:
                return place.reference;
        }
    }

    /** Shared anonymous memory: any process may have touched a page first, and named its reference cluster. */
    #scattered(place: Place): number | undefined {
        const rule = this.policy.heap;
        return rule === "reference" ? undefined : this.#distributed(rule, place);
    }

    #distributed(rule: Distribution, { vpn, reference }: Place): number | undefined {
        const count = this.#memory.length;
        switch (rule) {
            case "reference":
                return reference;
            case "first-touch":
                return undefined;
            case "lsb":
                return this.#memory[vpn % count];
            case "skew":
                return this.#memory[(vpn + Math.floor(vpn / count)) % count];
            case "prime":
                return this.#memory[(vpn % this.#prime) % count];
            case "xor":
                return this.#memory[digitsHome(vpn, count)];
            default:
                // A value that this function does not know is a type error here.
                return rule satisfies never;
        }
    }
}

/** The digits of the VPN in base C, XORed when C is a power of two, else added modulo C. */
function digitsHome(vpn: number, count: number): number {
    if (count === 1) return 0;
    const digits: number[] = [];
    for (let rest = vpn; rest > 0; rest = Math.floor(rest / count)) digits.push(rest % count);
    if (Number.isInteger(Math.log2(count))) return digits.reduce((sum, digit) => sum ^ digit, 0);
    return digits.reduce((sum, digit) => sum + digit, 0) % count;
}

function primeAbove(bound: number): number {
    const isPrime = (n: number): boolean => {
        for (let d = 2; d * d <= n; d++) if (n % d === 0) return false;
        return true;
    };
    let n = bound + 1;
    while (!isPrime(n)) n++;
    return n;
}
