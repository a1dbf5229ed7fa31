/**
 * The policy switches of vmm-policy 9 and sm-dsm 3.6, 4: one row each. From it derive the schema (schema/kernel.ts), the kernel's constants
 * (kernel/abi/policy.ts, which `npm run generate` writes), boot_info, and what numa_maps calls a policy. The kernel and the auditor
 * decide by these values each on its own; a value that one of them does not know is an error there, never a default.
 */

/** A value's number is its place in `values`; the first is the default. */
export interface SwitchRow {
    /** Of the constants in kernel/abi/policy.ts: HOME and "first-touch" make HOME_FIRST_TOUCH. */
    readonly prefix: string;
    readonly values: readonly [string, ...string[]];
    /** The field of boot_info (boot/abi/boot-info.ts); undefined: the host carries it out. */
    readonly field?: string;
    readonly description: string;
    /** For switches that place frames: what numa_maps says, by value. */
    readonly numa?: Readonly<Record<string, NumaWord>>;
}

/** In Linux's words: the toucher's node; one node by name (the reference cluster); page by page over all nodes. */
export type NumaWord = "local" | "bind" | "interleave";

const HOMES = {
    prefix: "HOME",
    values: ["lsb", "reference", "first-touch", "skew", "prime", "xor"],
    numa: {
        lsb: "interleave",
        reference: "bind",
        "first-touch": "local",
        skew: "interleave",
        prime: "interleave",
        xor: "interleave",
    },
} as const;

export const SWITCHES = {
    code: {
        prefix: "CODE",
        values: ["replicate", "reference"],
        field: "POLICY_CODE",
        description: "CODE: a copy in every active cluster, or one in the reference cluster.",
        numa: { replicate: "local", reference: "bind" },
    },
    data: {
        ...HOMES,
        field: "POLICY_DATA",
        description:
            "Cluster of a DATA page: VPN mod C, the reference cluster, who touches first, or a mix of VPN digits.",
    },
    heap: { ...HOMES, field: "POLICY_HEAP", description: "Cluster of a HEAP page, as for data." },
    stack: {
        prefix: "STACK",
        values: ["local", "reference"],
        field: "POLICY_STACK",
        description: "Frames of STACK: in the thread's cluster, or in the reference cluster.",
        numa: { local: "local", reference: "bind" },
    },
    gpt: {
        prefix: "GPT",
        values: ["on-demand", "eager", "reference"],
        field: "POLICY_GPT",
        description:
            "Entries of public pages reach the other replicas when they fault, or at once; or the heap zone has the reference cluster's leaf tables only.",
    },
    registration: {
        prefix: "REGISTRATION",
        values: ["first-thread", "lazy"],
        field: "POLICY_REGISTRATION",
        description: "CODE and DATA are registered with a cluster's first thread, or when first touched.",
    },
    protocol: {
        prefix: "PROTOCOL",
        values: ["rpc", "direct"],
        field: "POLICY_PROTOCOL",
        description:
            "How a cluster learns what the reference cluster has mapped: it asks, or it reads VSL and GPT there by itself.",
    },
    threadPlacement: {
        prefix: "PLACEMENT",
        values: ["spread", "maker", "least-loaded"],
        field: "THREAD_PLACEMENT",
        description:
            "Cluster of a thread that clone makes: clusters in turn, its maker's, or the least loaded one. Clones of a maker on a private STACK stay with it.",
    },
    dsmManager: {
        prefix: "DSM",
        values: ["central", "fixed", "dynamic"],
        field: "DSM_MANAGER",
        description:
            "Who grants a DSM page: node 0's cluster, the cluster of node VPN mod n, or its owner, found by way of probable owners.",
    },
    dsmConsistency: {
        prefix: "DSM",
        values: ["sequential", "release"],
        field: "DSM_CONSISTENCY",
        description:
            "What sm_malloc gives: pages that one node writes at a time, or pages that several may write between locks and barriers.",
    },
    kernelText: {
        prefix: "KERNEL_TEXT",
        values: ["replicate", "single"],
        description:
            "KCODE and kentry's text: each cluster executes its own bank's copy, or all execute that of bank 0.",
    },
} as const satisfies Readonly<Record<string, SwitchRow>>;

export type SwitchName = keyof typeof SWITCHES;
export type SwitchValue<N extends SwitchName> = (typeof SWITCHES)[N]["values"][number];

/** The fields of boot_info that hold switches. */
export type SwitchField = {
    [N in SwitchName]: (typeof SWITCHES)[N] extends { readonly field: infer F extends string } ? F : never;
}[SwitchName];

/** All rows, with their names. */
export function switchRows(): [SwitchName, SwitchRow][] {
    return Object.entries(SWITCHES) as [SwitchName, SwitchRow][];
}

/** The number that the kernel knows the value by. */
export function switchNumber(name: SwitchName, value: string): number {
    const number = (SWITCHES[name].values as readonly string[]).indexOf(value);
    if (number < 0) throw new Error(`switch ${name} has no value ${value}`);
    return number;
}

/** kernel/abi/policy.ts: each constant once, under the first switch that has it. */
export function policyConstants(): string {
    const head =
        "// Generated from configs/switches.ts by `npm run generate`: the policy switches as boot_info carries them.";
    const lines = [head];
    const known = new Set<string>();
    for (const [name, { prefix, values, field }] of switchRows()) {
        const constants = values.map((value) => `${prefix}_${value.replaceAll("-", "_").toUpperCase()}`);
        if (field === undefined || constants.every((constant) => known.has(constant))) continue;
        lines.push(`/** kernel.${name} */`);
        constants.forEach((constant, number) => {
            lines.push(`export const ${constant} = ${number};`);
            known.add(constant);
        });
    }
    return `${lines.join("\n")}\n`;
}
