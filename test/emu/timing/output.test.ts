/** What is told of a run of fidelity "timing" (docs/spec/timing.md 8.1, 8.2): the document, its schema, and the summary's lines. */
import { Ajv } from "ajv";
import { describe, expect, it } from "vitest";
import { timingDocument, timingSchema } from "../../../boot/report/run-document-timing.ts";
import { PLAIN_LOOK } from "../../../boot/report/summary/table.ts";
import { renderTiming } from "../../../boot/report/summary/timing.ts";
import { fakeTiming } from "../../cli/fake-report.ts";
import { run } from "../engine/guest.ts";
import { BUSY, TIMING } from "./figures.ts";

const { machine } = run(BUSY, { ...TIMING, meshX: 2, meshY: 2, hartsPerCluster: 2 });
const figures = machine.timing();
if (figures === null) throw new Error("no figures");
const cycles = Math.max(...machine.counters().map((hart) => hart.cycles));
// biome-ignore lint/suspicious/noExplicitAny: the document's shape is what is tested
const document = timingDocument(figures, cycles) as any;

/** All values of figures in a stack but cycles. */
function parts(stack: object): number {
    return Object.entries(stack).reduce((sum, [name, value]) => {
        if (name === "cycles" || typeof value !== "object") return sum;
        return sum + ("value" in value ? Number(value.value) : parts(value));
    }, 0);
}

describe("8.1 the document", () => {
    it("8.1 has the shape of its schema, no key more or less", () => {
        const validate = new Ajv({ strict: false }).compile(timingSchema());
        expect(validate(document), JSON.stringify(validate.errors)).toBe(true);
    });

    it("8.1, 5.4 stacks of the machine, of each cluster and of each hart sum to their cycles", () => {
        const { all, clusters, harts } = document.cpiStack;
        expect([clusters.length, harts.length]).toEqual([4, 8]);
        for (const stack of [all, ...clusters, ...harts]) {
            const { cxy, hart, ...rest } = stack;
            expect(parts(rest), `${cxy} ${hart}`).toBe(rest.cycles.value);
        }
        const sum = (stacks: { cycles: { value: number } }[]) =>
            stacks.reduce((total, stack) => total + stack.cycles.value, 0);
        expect([sum(clusters), sum(harts)]).toEqual([all.cycles.value, all.cycles.value]);
    });

    it("8.1 misses of clusters sum to those of all, and are also told in 1,000 instructions", () => {
        const { all, clusters } = document.caches;
        for (const kind of ["l1i", "l1d", "walk"]) {
            const total = clusters.reduce((sum: number, cluster: typeof all) => sum + cluster[kind].misses.value, 0);
            expect(total).toBe(all[kind].misses.value);
            const { value } = document.cpiStack.all.instructions;
            expect(all[kind].mpki.value).toBeCloseTo((1000 * total) / value, 9);
        }
        expect(all.l1i.misses.value).toBeGreaterThan(8);
    });

    it("8.1 has each port and channel, and the links that were used; none is used above 1", () => {
        expect(document.banks.map(({ cxy }: { cxy: number }) => cxy)).toEqual([0, 1, 2, 3]);
        expect(document.links.length).toBeGreaterThan(8);
        const uses = [
            ...document.links,
            ...document.banks.flatMap(({ port, channel }: { port: object; channel: object }) => [port, channel]),
        ];
        for (const use of uses) expect(use.utilisation.value).toBeLessThanOrEqual(1);
        for (const link of document.links) expect(link.uses.value).toBeGreaterThan(0);
        expect(document.late.value).toBe(0);
    });

    it("8.1 is nothing in other fidelities", () => {
        expect(run("finish", { fidelity: "latency" }).machine.timing()).toBeNull();
    });
});

describe("8.2 the summary", () => {
    it.each([1, 2, 12])("8.2 of %i clusters is the checked-in one, in at most 130 columns", async (clusters) => {
        const lines = renderTiming(fakeTiming(clusters), 100_000, PLAIN_LOOK);
        expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(130);
        await expect(`${lines.join("\n")}\n`).toMatchFileSnapshot(`../../cli/golden/timing-${clusters}.txt`);
    });
});
