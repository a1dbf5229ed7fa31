/** Rules across fields, which the schema cannot state. Each looks at a config whose own fields are valid. */

import type { ModelSize } from "../emu/state/plan.ts";
import { timingSizeOf } from "../emu/state/timing-plan.ts";
import { hasHarts } from "./clusters.ts";
import { type MachineMemory, machineMemory } from "./memory.ts";
import type { Config } from "./schema/config.ts";
import { MAX_CLUSTERS, MAX_HARTS } from "./schema/machine.ts";
import { formatSize } from "./size.ts";
import type { Violation } from "./violation.ts";

interface Rule {
    /** Pointers that must be valid for the rule to mean anything. */
    readonly needs: readonly string[];
    check(config: Config): Violation[];
}

/** The local window 0x40000000..0x7fffffff shows a hart its whole bank (docs/machine.md, "Physical memory"). */
const WINDOW_SIZE = 2 ** 30;

/** Bytes of user space that stacks may take: a quarter of 0..0x3fffffff, so that heap and sm region keep room. */
const STACK_ZONE_LIMIT = 2 ** 28;

const MESH = "/machine/mesh";
const LISTS = ["/machine/clustersWithoutHarts", "/machine/clustersWithoutMemory"];

export const RULES: readonly Rule[] = [
    { needs: [MESH], check: clusterCount },
    { needs: [MESH, "/machine/hartsPerCluster"], check: hartCount },
    { needs: ["/machine/bankSize"], check: bankInWindow },
    { needs: ["/machine"], check: caches },
    { needs: ["/machine"], check: schedulerOfTiming },
    { needs: ["/machine"], check: memoryModelOfTiming },
    { needs: ["/machine", "/accounting"], check: fitsMemory },
    {
        needs: [MESH, "/kernel/vspaceStackSize", "/kernel/pthreadMaxNr", "/kernel/checkStacks"],
        check: stackZone,
    },
    { needs: ["/kernel/vspaceArgsSize", "/kernel/vspaceEnvsSize"], check: utilsZone },
    { needs: [MESH, ...LISTS], check: clusterLists },
    { needs: [MESH, ...LISTS, "/programs"], check: programClusters },
    { needs: [MESH, "/machine/hartsPerCluster", ...LISTS, "/programs"], check: programNodes },
];

/** Clusters of the machine. */
export function clustersOf(config: Config): number {
    return config.machine.mesh[0] * config.machine.mesh[1];
}

/** Harts that there is a place for: hart ids go up to it, whichever clusters have none. */
export function hartsOf(config: Config): number {
    return clustersOf(config) * config.machine.hartsPerCluster;
}

/** What the machine needs of its one memory; `watched`: with marks, for what looks at single accesses. */
export function memoryOf(config: Config, watched = false): MachineMemory {
    return machineMemory(clustersOf(config) * config.machine.bankSize, hartsOf(config), modelOf(config), watched);
}

/** What the machine counts and times of accesses; undefined: nothing. */
export function modelOf(config: Config): ModelSize | undefined {
    const { fidelity, tlbEntries, tlbWays } = config.machine;
    const [accounting, latency] = [config.accounting === "accesses", fidelity === "latency"];
    const timing = fidelity === "timing" ? timingSizeOf(config.machine, clustersOf(config)) : undefined;
    if (!accounting && !latency && !timing) return undefined;
    return { clusters: clustersOf(config), accounting, latency, tlbEntries, tlbWays, timing };
}

const CACHES = ["l1i", "l1d", "l2"] as const;

/** The sets of each cache are a power of two, and L2, which has what the L1s have, is not smaller than those of its cluster. */
function caches(config: Config): Violation[] {
    const { machine } = config;
    const { lineSize, hartsPerCluster, l1iSize, l1dSize, l2Size } = machine;
    const violations = CACHES.filter(
        (cache) => !isPowerOfTwo(machine[`${cache}Size`] / lineSize / machine[`${cache}Ways`]),
    ).map((cache) => ({
        pointer: `/machine/${cache}Ways`,
        value: machine[`${cache}Ways`],
        must: `must leave ${cache}Size / lineSize / ${cache}Ways sets, a power of two`,
        example: 4,
    }));
    const l1 = hartsPerCluster * (l1iSize + l1dSize);
    if (machine.fidelity !== "timing" || l2Size >= l1) return violations;
    const must = `must be at least the ${formatSize(l1)} of the ${hartsPerCluster * 2} L1s of a cluster, since L2 has all that they have`;
    return [...violations, { pointer: "/machine/l2Size", value: formatSize(l2Size), must, example: formatSize(l1) }];
}

function isPowerOfTwo(value: number): boolean {
    return value >= 1 && Number.isInteger(Math.log2(value));
}

/** Conflicts are known in rounds only. */
function schedulerOfTiming({ machine }: Config): Violation[] {
    if (machine.fidelity !== "timing" || machine.scheduler !== "conflicts") return [];
    const must = 'must be "rounds" or "instruction" with fidelity "timing", which has no rounds for conflicts to part';
    return [{ pointer: "/machine/scheduler", value: machine.scheduler, must, example: "rounds" }];
}

/** Caches of fidelity "timing" are coherent in program order (docs/spec/memory-model.md 1.4). */
function memoryModelOfTiming({ machine }: Config): Violation[] {
    if (machine.fidelity !== "timing" || machine.memoryModel === "sc") return [];
    const must = 'must be "sc" with fidelity "timing", whose model has no store buffers';
    return [{ pointer: "/machine/memoryModel", value: machine.memoryModel, must, example: "sc" }];
}

function clusterCount(config: Config): Violation[] {
    const clusters = clustersOf(config);
    if (clusters <= MAX_CLUSTERS) return [];
    const must = `must have at most ${MAX_CLUSTERS} clusters, and has ${clusters}`;
    return [{ pointer: "/machine/mesh", value: config.machine.mesh, must, example: [16, 16] }];
}

function hartCount(config: Config): Violation[] {
    const [clusters, harts] = [clustersOf(config), hartsOf(config)];
    if (harts <= MAX_HARTS || clusters > MAX_CLUSTERS) return [];
    const must = `must give at most ${MAX_HARTS} harts, and ${clusters} clusters make ${harts}`;
    const example = Math.floor(MAX_HARTS / clusters);
    return [{ pointer: "/machine/hartsPerCluster", value: config.machine.hartsPerCluster, must, example }];
}

function bankInWindow(config: Config): Violation[] {
    const { bankSize } = config.machine;
    if (bankSize <= WINDOW_SIZE) return [];
    const must = `must be at most ${formatSize(WINDOW_SIZE)}, the local window through which a hart sees its bank`;
    return [{ pointer: "/machine/bankSize", value: formatSize(bankSize), must, example: formatSize(WINDOW_SIZE) }];
}

function fitsMemory(config: Config): Violation[] {
    const { bankSize } = config.machine;
    const [clusters, harts] = [clustersOf(config), hartsOf(config)];
    const model = modelOf(config);
    const { ram, state, fits } = memoryOf(config);
    const reported = bankSize > WINDOW_SIZE || clusters > MAX_CLUSTERS || harts > MAX_HARTS;
    if (fits || reported) return [];
    const must =
        `must let RAM (${clusters} x ${formatSize(bankSize)} = ${formatSize(ram)}) and the machine's state ` +
        `(${formatSize(state)}) fit the 4GiB of one WebAssembly.Memory`;
    let largest = bankSize / 2;
    while (!machineMemory(clusters * largest, harts, model).fits) largest /= 2;
    return [{ pointer: "/machine/bankSize", value: formatSize(bankSize), must, example: formatSize(largest) }];
}

/** With checkStacks every cluster has slots of its own in the zone. */
function stackZone(config: Config): Violation[] {
    const { vspaceStackSize, pthreadMaxNr, checkStacks } = config.kernel;
    const copies = checkStacks ? clustersOf(config) : 1;
    const zone = vspaceStackSize * pthreadMaxNr * copies;
    if (zone <= STACK_ZONE_LIMIT) return [];
    const clusters = checkStacks ? ` x ${copies} clusters, for checkStacks,` : "";
    const must =
        `must keep the stack zone (${pthreadMaxNr} slots x ${formatSize(vspaceStackSize)}${clusters} = ${formatSize(zone)}) ` +
        `within ${formatSize(STACK_ZONE_LIMIT)}`;
    const example = Math.floor(STACK_ZONE_LIMIT / (vspaceStackSize * copies));
    if (example > 0) return [{ pointer: "/kernel/pthreadMaxNr", value: pthreadMaxNr, must, example }];
    const size = formatSize(2 ** Math.floor(Math.log2(STACK_ZONE_LIMIT / copies)));
    return [{ pointer: "/kernel/vspaceStackSize", value: formatSize(vspaceStackSize), must, example: size }];
}

/** Bytes of 0x4000..0xffff, between kentry and the program (vmm-policy 6.1). */
const UTILS_LIMIT = 0xc000;

function utilsZone(config: Config): Violation[] {
    const { vspaceArgsSize, vspaceEnvsSize } = config.kernel;
    if (vspaceArgsSize + vspaceEnvsSize <= UTILS_LIMIT) return [];
    const must = `must leave room for args (${formatSize(vspaceArgsSize)}) within ${formatSize(UTILS_LIMIT)} of both`;
    const example = formatSize(UTILS_LIMIT - vspaceArgsSize);
    return [{ pointer: "/kernel/vspaceEnvsSize", value: formatSize(vspaceEnvsSize), must, example }];
}

/** Cluster 0 boots the machine; who has no memory has no harts (vmm-policy 8.4). */
function clusterLists(config: Config): Violation[] {
    const clusters = clustersOf(config);
    const { clustersWithoutHarts, clustersWithoutMemory } = config.machine;
    const lists = { clustersWithoutHarts, clustersWithoutMemory };
    const found = Object.entries(lists).flatMap(([name, list]) => {
        return list.flatMap((cxy, i) => {
            const pointer = `/machine/${name}/${i}`;
            if (cxy === 0)
                return [{ pointer, value: cxy, must: "must not be cluster 0, which boots the machine", example: 1 }];
            if (cxy < clusters) return [];
            return [
                {
                    pointer,
                    value: cxy,
                    must: `must be a cluster of the mesh, 1 to ${clusters - 1}`,
                    example: clusters - 1,
                },
            ];
        });
    });
    const missing = clustersWithoutMemory.filter((cxy) => cxy !== 0 && !clustersWithoutHarts.includes(cxy));
    if (found.length > 0 || missing.length === 0) return found;
    const must = `must name the clusters without memory too: their harts would have no bank (${missing.join(", ")})`;
    const example = [...clustersWithoutHarts, ...missing].sort((a, b) => a - b);
    return [{ pointer: "/machine/clustersWithoutHarts", value: clustersWithoutHarts, must, example }];
}

function programClusters(config: Config): Violation[] {
    const clusters = clustersOf(config);
    return config.programs.flatMap(({ cluster, hosts }, index) => {
        const at = `/programs/${index}`;
        if (cluster !== undefined && hosts.length > 0) {
            const must = "must be absent beside hosts, the first of which is the cluster of node 0";
            return [{ pointer: `${at}/cluster`, value: cluster, must }];
        }
        const named = hosts.map((cxy, i) => ({ pointer: `${at}/hosts/${i}`, value: cxy }));
        if (cluster !== undefined) named.push({ pointer: `${at}/cluster`, value: cluster });
        return named.flatMap(({ pointer, value }) => {
            if (value < clusters && hasHarts(config.machine, value)) return [];
            if (value < clusters) return [{ pointer, value, must: "must be a cluster that has harts", example: 0 }];
            const must = `must be a cluster of the mesh, 0 to ${clusters - 1}`;
            return [{ pointer, value, must, example: clusters - 1 }];
        });
    });
}

function programNodes(config: Config): Violation[] {
    const { clustersWithoutHarts, hartsPerCluster } = config.machine;
    const harts = hartsOf(config) - clustersWithoutHarts.length * hartsPerCluster;
    return config.programs.flatMap(({ nodes }, index) => {
        if (nodes <= harts) return [];
        const must = `must be at most the machine's harts, ${harts}`;
        return [{ pointer: `/programs/${index}/nodes`, value: nodes, must, example: harts }];
    });
}
