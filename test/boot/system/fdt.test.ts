/** Device trees: what is written is what a reader finds, and what dtc takes without a warning. */

import { spawnSync } from "node:child_process";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { deviceTree } from "../../../boot/system/device-tree.ts";
import { cells64, type FdtNode, type FdtValue, fdtBlob } from "../../../boot/system/fdt.ts";
import { Geometry } from "../../../emu/mem/geometry.ts";
import { cellsOf, nodeAt, type ReadNode, readFdt, textsOf } from "./fdt-reader.ts";

const NIGHTLY = process.env["ARCHIPEL_NIGHTLY"] !== undefined;
const hasDtc = spawnSync("dtc", ["--version"]).status === 0;
const MIB = 2 ** 20;

function tree(meshX: number, meshY: number, hartsPerCluster: number, more: object = {}) {
    const geometry = new Geometry({ meshX, meshY, hartsPerCluster, bankSize: 64 * MIB, localWindow: false });
    return deviceTree({ geometry, seed: 1, ...more });
}

describe("the machine's device tree", () => {
    it("says where the harts are, in which cluster, and how far apart clusters lie", () => {
        const root = readFdt(tree(2, 2, 2));
        const cpus = nodeAt(root, "/cpus").children.filter(({ name }) => name.startsWith("cpu@"));
        expect(cpus.map((cpu) => [...cellsOf(cpu, "reg"), ...cellsOf(cpu, "numa-node-id")])).toEqual(
            [0, 1, 2, 3, 4, 5, 6, 7].map((hart) => [hart, hart >> 1]),
        );
        const cores = nodeAt(root, "/cpus/cpu-map").children.flatMap(({ name, children }) =>
            children.map((core) => [name, core.name, ...cellsOf(core, "cpu")]),
        );
        const phandles = cpus.map((cpu) => cellsOf(cpu, "phandle")[0]);
        expect(cores).toEqual(phandles.map((phandle, i) => [`cluster${i >> 1}`, `core${i & 1}`, phandle]));
        const matrix = cellsOf(nodeAt(root, "/distance-map"), "distance-matrix");
        const distance = (from: number, to: number) => matrix[3 * (4 * from + to) + 2];
        expect([distance(0, 0), distance(0, 1), distance(0, 2), distance(0, 3), distance(1, 2)]).toEqual([
            10, 11, 11, 12, 12,
        ]);
    });

    it("has a node of memory a cluster, and numbers of nodes only where there are several", () => {
        const memory = (root: ReadNode) => root.children.filter(({ name }) => name.startsWith("memory@"));
        expect(memory(readFdt(tree(2, 1, 1))).map((node) => cellsOf(node, "reg"))).toEqual([
            [0, 0x8000_0000, 0, 64 * MIB],
            [0, 0x8400_0000, 0, 64 * MIB],
        ]);
        const alone = readFdt(tree(1, 1, 1));
        expect(memory(alone).map(({ properties }) => properties.has("numa-node-id"))).toEqual([false]);
        expect(alone.children.some(({ name }) => name === "distance-map")).toBe(false);
    });

    it("tells the kernel its command line, its disk, and random bytes of the seed", () => {
        const more = { append: "console=ttyS0 x", initrd: { start: 0x8400_0000, end: 0x1_0000_0010 } };
        const chosen = nodeAt(readFdt(tree(1, 1, 1, more)), "/chosen");
        expect(textsOf(chosen, "bootargs")).toEqual(["console=ttyS0 x"]);
        expect(cellsOf(chosen, "linux,initrd-start")).toEqual([0, 0x8400_0000]);
        expect(cellsOf(chosen, "linux,initrd-end")).toEqual([1, 0x10]);
        const seeds = [1, 1, 2].map((seed) => cellsOf(nodeAt(readFdt(tree(1, 1, 1, { seed })), "/chosen"), "rng-seed"));
        expect(seeds[0]).toEqual(seeds[1]);
        expect(seeds[0]).not.toEqual(seeds[2]);
        expect(nodeAt(readFdt(tree(1, 1, 1)), "/chosen").properties.has("bootargs")).toBe(false);
    });

    it("connects each interrupt controller to both modes of every hart", () => {
        const root = readFdt(tree(1, 1, 2));
        const controllers = [0, 1].map((hart) => {
            return cellsOf(nodeAt(root, `/cpus/cpu@${hart}/interrupt-controller`), "phandle")[0];
        });
        const lines = (path: string) => cellsOf(nodeAt(root, path), "interrupts-extended");
        expect(lines("/soc/plic@c000000")).toEqual(controllers.flatMap((phandle) => [phandle, 11, phandle, 9]));
        expect(lines("/soc/clint@2000000")).toEqual(controllers.flatMap((phandle) => [phandle, 3, phandle, 7]));
        expect(lines("/soc/sswi@2f00000")).toEqual(controllers.flatMap((phandle) => [phandle, 1]));
    });

    it.skipIf(!hasDtc).each([
        [1, 1, 1],
        [1, 1, 4],
        [2, 2, 1],
        [4, 2, 2],
    ])("dtc takes it without a warning: %i x %i clusters of %i harts", (x, y, harts) => {
        const input = tree(x, y, harts, { append: "a b", initrd: { start: 0x8400_0000, end: 0x8500_0000 } });
        const { status, stdout, stderr } = spawnSync("dtc", ["-I", "dtb", "-O", "dts"], { input, encoding: "utf8" });
        expect({ status, stderr: stderr.replace(/^.*unit_address_format.*$/gm, "") }).toEqual({
            status: 0,
            stderr: "",
        });
        expect(stdout).toContain('stdout-path = "/soc/serial@10000000";');
        expect(stdout.match(/cpu@[0-9a-f]+ \{/g)).toHaveLength(x * y * harts);
    });
});

describe("any tree", () => {
    const name = fc.stringMatching(/^[a-z][a-z0-9,@._-]{0,30}$/);
    const value: fc.Arbitrary<FdtValue> = fc.oneof(
        fc.constant(true as const),
        fc.stringMatching(/^[ -~]{0,40}$/),
        fc.array(fc.stringMatching(/^[ -~]{0,9}$/), { minLength: 1, maxLength: 5 }),
        fc.array(fc.nat(0xffff_ffff), { maxLength: 9 }),
        fc.uint8Array({ maxLength: 33 }),
    );
    const { node } = fc.letrec<{ node: FdtNode }>((tie) => ({
        node: fc.record({
            name,
            properties: fc.dictionary(name, value, { maxKeys: 6, noNullPrototype: true }),
            children: fc.oneof({ maxDepth: 3 }, fc.constant([]), fc.array(tie("node"), { maxLength: 4 })),
        }),
    }));

    const bytesOf = (given: FdtValue): number[] => {
        const text = (each: string) => [...Buffer.from(`${each}\0`)];
        if (given === true) return [];
        if (typeof given === "string") return text(given);
        if (given instanceof Uint8Array) return [...given];
        return given.flatMap((each) => {
            if (typeof each === "string") return text(each);
            const cell = Buffer.alloc(4);
            cell.writeUInt32BE(each);
            return [...cell];
        });
    };
    const plain = ({ name, properties, children = [] }: FdtNode): unknown => ({
        name,
        properties: Object.entries(properties).map(([key, each]) => [key, bytesOf(each)]),
        children: children.map(plain),
    });
    const found = ({ name, properties, children }: ReadNode): unknown => ({
        name,
        properties: [...properties].map(([key, bytes]) => [key, [...bytes]]),
        children: children.map(found),
    });

    it("is read back as it was written", () => {
        fc.assert(
            fc.property(node, (root) => {
                expect(found(readFdt(fdtBlob(root)))).toEqual(plain(root));
            }),
            { numRuns: NIGHTLY ? 100_000 : 300, seed: 17 },
        );
    });

    it("addresses above 4 GiB are two cells", () => {
        expect(cells64(0x1_8000_0004)).toEqual([1, 0x8000_0004]);
    });
});
