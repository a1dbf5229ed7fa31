/**
 * The device tree of a bare-metal machine, as its guests read it: Devicetree Specification 0.4, and Linux's bindings for RISC-V harts, NUMA
 * distances and each device. Names and numbers are those of QEMU's virt machine where that has the device.
 */

import { sha256 } from "@noble/hashes/sha2.js";
import { PLIC_SOURCES, RTC_SOURCE, UART_SOURCE, VIRTIO_SOURCES } from "../../emu/dev/plic.ts";
import { INTERRUPT } from "../../emu/isa/cause.ts";
import { isaExtensions, isaString } from "../../emu/isa/extensions.ts";
import type { Geometry } from "../../emu/mem/geometry.ts";
import { type MapName, mapRow } from "../../emu/mem/map.ts";
import { cells64, type FdtNode, fdtBlob } from "./fdt.ts";

/** Ticks of mtime a second, by which guests tell time. */
export const TIMEBASE_FREQUENCY = 10_000_000;
/** What the divisor of the UART divides. Only guests that work out a divisor read it. */
const UART_CLOCK = 3_686_400;
const CBO_BLOCK_BYTES = 64;
const LOCAL_DISTANCE = 10;
/** Values of the test finisher that power off and reboot. */
const POWER_OFF = 0x5555;
const REBOOT = 0x7777;

export interface TreeRequest {
    readonly geometry: Geometry;
    readonly seed: number;
    /** The kernel's command line. */
    readonly append?: string | undefined;
    /** Where the initial RAM disk lies, from its first byte to the one behind its last. */
    readonly initrd?: { readonly start: number; readonly end: number } | undefined;
}

/** The tree's blob. */
export function deviceTree(request: TreeRequest): Uint8Array {
    const { geometry } = request;
    return fdtBlob({
        name: "",
        properties: { "#address-cells": [2], "#size-cells": [2], compatible: "riscv-virtio", model: "archipel,virt" },
        children: [
            chosen(request),
            ...memory(geometry),
            cpus(geometry),
            ...(geometry.clusterCount > 1 ? [distances(geometry)] : []),
            syscon("poweroff", POWER_OFF),
            syscon("reboot", REBOOT),
            soc(geometry.hartCount),
        ],
    });
}

/** Phandles: the PLIC's, the test finisher's, then two a hart. */
const PLIC_PHANDLE = 1;
const TEST_PHANDLE = 2;
const cpuPhandle = (hart: number) => 3 + 2 * hart;
const controllerPhandle = (hart: number) => 4 + 2 * hart;

function chosen({ append, initrd, seed }: TreeRequest): FdtNode {
    const disk = initrd && {
        "linux,initrd-start": cells64(initrd.start),
        "linux,initrd-end": cells64(initrd.end),
    };
    return {
        name: "chosen",
        properties: {
            ...(append === undefined ? {} : { bootargs: append }),
            ...disk,
            "rng-seed": sha256(new TextEncoder().encode(`archipel rng-seed ${seed}`)),
            "stdout-path": `/soc/serial@${hex(mapRow("uart").base)}`,
        },
    };
}

function memory(geometry: Geometry): FdtNode[] {
    return Array.from({ length: geometry.clusterCount }, (_, cxy) => {
        const base = geometry.bankBase(cxy);
        return {
            name: `memory@${hex(base)}`,
            properties: {
                device_type: "memory",
                reg: [...cells64(base), ...cells64(geometry.bankSize)],
                ...numaNode(geometry, cxy),
            },
        };
    });
}

function numaNode({ clusterCount }: Geometry, cxy: number): FdtNode["properties"] {
    return clusterCount > 1 ? { "numa-node-id": [cxy] } : {};
}

function cpus(geometry: Geometry): FdtNode {
    const harts = Array.from({ length: geometry.hartCount }, (_, hart) => cpu(geometry, hart));
    const clusters = Array.from({ length: geometry.clusterCount }, (_, cxy) => ({
        name: `cluster${cxy}`,
        properties: {},
        children: Array.from({ length: geometry.hartsPerCluster }, (_, lid) => ({
            name: `core${lid}`,
            properties: { cpu: [cpuPhandle(geometry.hartId(cxy, lid))] },
        })),
    }));
    return {
        name: "cpus",
        properties: { "#address-cells": [1], "#size-cells": [0], "timebase-frequency": [TIMEBASE_FREQUENCY] },
        children: [...harts, { name: "cpu-map", properties: {}, children: clusters }],
    };
}

function cpu(geometry: Geometry, hart: number): FdtNode {
    return {
        name: `cpu@${hex(hart)}`,
        properties: {
            device_type: "cpu",
            reg: [hart],
            status: "okay",
            compatible: "riscv",
            "riscv,isa": isaString(),
            "riscv,isa-base": "rv64i",
            "riscv,isa-extensions": [...isaExtensions()],
            "riscv,cboz-block-size": [CBO_BLOCK_BYTES],
            "mmu-type": "riscv,sv39",
            phandle: [cpuPhandle(hart)],
            ...numaNode(geometry, geometry.clusterOfHart(hart)),
        },
        children: [
            {
                name: "interrupt-controller",
                properties: {
                    "#interrupt-cells": [1],
                    "#address-cells": [0],
                    "interrupt-controller": true,
                    compatible: "riscv,cpu-intc",
                    phandle: [controllerPhandle(hart)],
                },
            },
        ],
    };
}

/** 10 locally, and 1 more a hop: each ordered pair of nodes. */
function distances(geometry: Geometry): FdtNode {
    const nodes = Array.from({ length: geometry.clusterCount }, (_, cxy) => cxy);
    const matrix = nodes.flatMap((from) =>
        nodes.flatMap((to) => [from, to, LOCAL_DISTANCE + geometry.distance(from, to)]),
    );
    return {
        name: "distance-map",
        properties: { compatible: "numa-distance-map-v1", "distance-matrix": matrix },
    };
}

function syscon(name: string, value: number): FdtNode {
    return {
        name,
        properties: { compatible: `syscon-${name}`, regmap: [TEST_PHANDLE], offset: [0], value: [value] },
    };
}

function soc(hartCount: number): FdtNode {
    const lines = (...interrupts: number[]) =>
        Array.from({ length: hartCount }, (_, hart) =>
            interrupts.flatMap((interrupt) => [controllerPhandle(hart), interrupt]),
        ).flat();
    const { MACHINE_SOFTWARE, MACHINE_TIMER, MACHINE_EXTERNAL, SUPERVISOR_SOFTWARE, SUPERVISOR_EXTERNAL } = INTERRUPT;
    const plic = {
        compatible: ["sifive,plic-1.0.0", "riscv,plic0"],
        "interrupts-extended": lines(MACHINE_EXTERNAL, SUPERVISOR_EXTERNAL),
        "interrupt-controller": true,
        "#interrupt-cells": [1],
        "#address-cells": [0],
        "riscv,ndev": [PLIC_SOURCES],
        phandle: [PLIC_PHANDLE],
    } as const;
    return {
        name: "soc",
        properties: { "#address-cells": [2], "#size-cells": [2], compatible: "simple-bus", ranges: true },
        children: [
            device("test", "finisher", {
                compatible: ["sifive,test1", "sifive,test0", "syscon"],
                phandle: [TEST_PHANDLE],
            }),
            device("rtc", "rtc", { compatible: "google,goldfish-rtc", ...interrupt(RTC_SOURCE) }),
            device("clint", "clint", {
                compatible: ["sifive,clint0", "riscv,clint0"],
                "interrupts-extended": lines(MACHINE_SOFTWARE, MACHINE_TIMER),
            }),
            device("sswi", "sswi", {
                compatible: "riscv,aclint-sswi",
                "interrupts-extended": lines(SUPERVISOR_SOFTWARE),
                "interrupt-controller": true,
                "#interrupt-cells": [0],
                "#address-cells": [0],
            }),
            device("plic", "plic", plic),
            device("serial", "uart", {
                compatible: "ns16550a",
                "clock-frequency": [UART_CLOCK],
                ...interrupt(UART_SOURCE),
            }),
            ...VIRTIO_SOURCES.map(virtioSlot),
        ],
    };
}

function virtioSlot(source: number, slot: number): FdtNode {
    const { base, sizeBytes } = mapRow("virtio");
    const slotBytes = sizeBytes / VIRTIO_SOURCES.length;
    const at = base + slot * slotBytes;
    const reg = [...cells64(at), ...cells64(slotBytes)];
    return { name: `virtio_mmio@${hex(at)}`, properties: { compatible: "virtio,mmio", reg, ...interrupt(source) } };
}

function interrupt(source: number): FdtNode["properties"] {
    return { "interrupt-parent": [PLIC_PHANDLE], interrupts: [source] };
}

function device(name: string, row: MapName, properties: FdtNode["properties"]): FdtNode {
    const { base, sizeBytes } = mapRow(row);
    return {
        name: `${name}@${hex(base)}`,
        properties: { ...properties, reg: [...cells64(base), ...cells64(sizeBytes)] },
    };
}

function hex(value: number): string {
    return value.toString(16);
}
