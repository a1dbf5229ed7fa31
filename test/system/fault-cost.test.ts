/** What faults cost by phase: exact sums, and where the cycles go (vmm-policy 5; kernel/trace/fault-cost.ts). */

import { describe, expect, it } from "vitest";
import { FaultCosts, type ResolvedFault } from "../../boot/observe/fault-cost.ts";
import { Observers } from "../../boot/observe/observer.ts";
import { PHASES, type Phase } from "../../boot/report/report.ts";
import { PROBE_FAULT, PROBE_FAULT_BEGIN, PROBE_FAULT_END, PROBE_FRAME, PROBE_PHASE } from "../../kernel/abi/event.ts";
import { FAULT_LOCAL } from "../../kernel/abi/fault.ts";
import { PHASE_GPT } from "../../kernel/abi/phase.ts";
import { VSEG_HEAP } from "../../kernel/abi/vseg-type.ts";
import { recordOf, tellTo } from "../boot/observe/tell.ts";
import { archipel, configFile } from "./harness/cli.ts";
import { guest } from "./harness/guest.ts";
import { type Outcome, type ProbeRecord, runConfig } from "./harness/run.ts";
import { touchProgram } from "./harness/touch-program.ts";

const PROGRAMS = [
    { path: "sort", threads: 6 },
    { path: "matmul", args: ["8"], nodes: 4 },
    { path: "files" },
    { path: "family" },
];

function run(machine: object = {}, programs: readonly object[] = PROGRAMS): Promise<Outcome> {
    return runConfig({ machine: { mesh: [2, 2], hartsPerCluster: 2, bankSize: "4MiB", ...machine }, programs });
}

/** What the host makes of the records, fault by fault. */
function resolved(records: readonly ProbeRecord[]): ResolvedFault[] {
    const faults: ResolvedFault[] = [];
    let current: ProbeRecord | undefined;
    const costs = new FaultCosts(() => ({
        cycles: current?.clock ?? Number.NaN,
        leftUser: current?.leftUser ?? Number.NaN,
        enteredUser: current?.enteredUser ?? Number.NaN,
    }));
    costs.onResolved.push((fault) => faults.push(fault));
    const tell = tellTo(costs);
    for (const record of records) {
        current = record;
        tell(record.hart, ...record.words);
    }
    return faults;
}

/** The oracle: from the raw records of each thread, where its faults begin and end, and the marks between. */
function spans(records: readonly ProbeRecord[]) {
    const found: { vaddr: number; hart: number; begin: number; end: number; marks: ProbeRecord[] }[] = [];
    for (const [i, first] of records.entries()) {
        const [event, thread, , vaddr = 0, , byKernel] = first.words;
        if (event !== PROBE_FAULT_BEGIN) continue;
        const later = records.slice(i + 1);
        const ours = later.filter(({ words }) => words[1] === thread);
        const next = ours.findIndex(({ words }) => words[0] === PROBE_FAULT_BEGIN);
        const own = next < 0 ? ours : ours.slice(0, next);
        const last = own.find(({ words }) => words[0] === PROBE_FAULT_END);
        if (last === undefined) continue;
        const after = later
            .slice(later.indexOf(last) + 1)
            .find(({ hart, enteredUser }) => hart === first.hart && enteredUser !== 0);
        found.push({
            vaddr,
            hart: first.hart,
            begin: byKernel === 1 ? first.clock : first.leftUser,
            end: byKernel === 1 ? last.clock : (after?.enteredUser ?? Number.NaN),
            marks: own.filter(({ words }) => words[0] === PROBE_PHASE),
        });
    }
    return found;
}

const place = ({ hart, vaddr, begin, end }: { hart: number; vaddr: number; begin: number; end: number }) =>
    `${begin} hart ${hart}: ${vaddr}, to ${end}`;
const sumOf = (phases: Readonly<Record<Phase, number>>) => Object.values(phases).reduce((sum, each) => sum + each, 0);

/** Mean cycles of a phase over the faults of a kind. */
function mean(outcome: Outcome, type: string, how: string, phase: Phase): number {
    const row = outcome.report.faultCost.find((each) => each.type === type && each.how === how);
    return row === undefined ? Number.NaN : row.phases[phase] / row.count;
}

describe.each([
    ["functional", {}],
    ["latency", { fidelity: "latency" }],
    ["functional, short turns, one hart a cluster", { hartsPerCluster: 1, quantum: 100 }],
] as const)("fault cost, %s", (_, machine) => {
    it("every fault lasts from its trap to user mode, and its phases sum to that, to the cycle", async () => {
        const outcome = await run(machine);
        expect(outcome.end).toBe("halted");
        const faults = resolved(outcome.records);
        const expected = spans(outcome.records);
        expect(expected.length).toBeGreaterThan(100);
        expect(faults.map(place).sort()).toEqual(expected.map(place).sort());
        for (const { begin, end, phases } of faults) {
            expect(begin).toBeGreaterThan(0);
            expect(sumOf(phases)).toBe(end - begin);
            expect(Math.min(...Object.values(phases))).toBeGreaterThanOrEqual(0);
        }
        const rows = outcome.report.faultCost;
        expect(rows.reduce((sum, { count }) => sum + count, 0)).toBe(faults.length);
        const total = (numbers: readonly number[]) => numbers.reduce((sum, each) => sum + each, 0);
        expect(total(rows.map(({ cycles }) => cycles))).toBe(total(expected.map(({ begin, end }) => end - begin)));
        for (const { cycles, phases } of rows) expect(sumOf(phases)).toBe(cycles);
        for (const { type, how, cause, count, median, p99 } of rows) {
            const kind = faults.filter((fault) => fault.type === type && fault.how === how && fault.cause === cause);
            const costs = kind.map(({ begin, end }) => end - begin);
            const upTo = (cycles: number) => costs.filter((each) => each <= cycles).length;
            expect(upTo(median)).toBeGreaterThanOrEqual(count / 2);
            expect(costs.filter((each) => each >= median).length).toBeGreaterThanOrEqual(count / 2);
            expect(costs).toContain(p99);
            expect(upTo(p99)).toBeGreaterThanOrEqual(0.99 * count);
            expect(upTo(p99 - 1)).toBeLessThan(0.99 * count);
        }
    });
});

describe("telling", () => {
    it("is taken out of the phase in which a record is made, and is a phase of its own", () => {
        const clock = { cycles: 0, leftUser: 100, enteredUser: 0 };
        const faults: ResolvedFault[] = [];
        const costs = new FaultCosts(() => clock);
        costs.onResolved.push((fault) => faults.push(fault));
        const observers = new Observers([costs]);
        const tell = (cycles: number, begun: number, ...words: number[]) => {
            clock.cycles = cycles;
            observers.record(0, recordOf(words, begun));
        };
        tell(150, 141, PROBE_FAULT_BEGIN, 0x8000, 7, 0x1000, 1, 0);
        // Of no event that the fault's phases know: 20 cycles of VSL.
        tell(180, 161, PROBE_FRAME, 0, 1, 2, 7, 1);
        tell(200, 198, PROBE_PHASE, 0x8000, PHASE_GPT);
        tell(230, 230, PROBE_FAULT, 7, VSEG_HEAP, 0x1000, 1, FAULT_LOCAL, 0x8000);
        tell(250, 246, PROBE_FAULT_END, 0x8000);
        clock.enteredUser = 260;
        tell(900, 890, PROBE_FRAME, 0, 1, 2, 7, 0);
        const none = Object.fromEntries(PHASES.map((phase) => [phase, 0])) as Record<Phase, number>;
        const phases = { ...none, trap: 40, vsl: 27, gpt: 54, telling: 10 + 20 + 3 + 1 + 5 };
        expect(faults).toMatchObject([{ begin: 100, end: 260, phases }]);
        expect(sumOf(phases)).toBe(160);
    });

    it("is a part of every fault, and the smaller one", async () => {
        const { report } = await run();
        for (const { phases, cycles } of report.faultCost) {
            expect(phases.telling).toBeGreaterThan(0);
            expect(phases.telling).toBeLessThan(cycles / 4);
        }
    });
});

describe("phases", () => {
    it("5.3: a STACK fault has no request, no queue and no service at Z", async () => {
        const outcome = await run({}, [{ path: guest("stack"), args: ["1", "9"], cluster: 0 }]);
        const stack = outcome.report.faultCost.filter(({ type }) => type === "STACK");
        expect(stack.reduce((sum, { count }) => sum + count, 0)).toBeGreaterThanOrEqual(9);
        for (const { phases } of stack) expect([phases.rpcOut, phases.queue, phases.service]).toEqual([0, 0, 0]);
        for (const phase of ["trap", "vsl", "frameAllocation", "fillOrCopy", "gpt", "return"] as const) {
            expect(mean(outcome, "STACK", "local", phase)).toBeGreaterThan(0);
        }
    });

    it("of a fault on one hart alone, each phase is the time between its marks", async () => {
        const { records } = await run();
        const alone = spans(records).filter(({ marks, hart }) => marks.every((mark) => mark.hart === hart));
        const faults = new Map(resolved(records).map((fault) => [place(fault), fault]));
        expect(alone.length).toBeGreaterThan(20);
        for (const span of alone) {
            const gpt = span.marks.reduce((sum, mark, i) => {
                if (mark.words[2] !== PHASE_GPT) return sum;
                return sum + (span.marks[i + 1]?.clock ?? span.end) - mark.clock;
            }, 0);
            expect(faults.get(place(span))?.phases.gpt).toBe(gpt);
        }
    });

    it("a fault through Z has all of them, and the remote ones grow with the distance to Z", async () => {
        const programs = [{ path: touchProgram(5, 11), cluster: 0 }];
        // Clocks of two harts may differ by a turn, so turns are short.
        const turns = { fidelity: "latency", quantum: 20 };
        const near = await run({ ...turns, hopLatency: 1 }, programs);
        const far = await run({ ...turns, hopLatency: 100 }, programs);
        for (const phase of ["rpcOut", "queue", "service", "return"] as const) {
            expect(mean(near, "HEAP", "throughZ", phase)).toBeGreaterThan(0);
        }
        for (const phase of ["rpcOut", "service"] as const) {
            expect(mean(far, "HEAP", "throughZ", phase)).toBeGreaterThan(mean(near, "HEAP", "throughZ", phase));
        }
        // The cluster of a CODE fault copies the page from Z's bank by itself.
        expect(mean(far, "CODE", "throughZ", "fillOrCopy")).toBeGreaterThan(
            mean(near, "CODE", "throughZ", "fillOrCopy"),
        );
        for (const phase of ["trap", "frameAllocation", "fillOrCopy"] as const) {
            expect(mean(far, "STACK", "local", phase)).toBe(mean(near, "STACK", "local", phase));
        }
    });

    it("5.10: faults that a user copy found are rows of their own, without a trap", async () => {
        const { report } = await run();
        const copies = report.faultCost.filter(({ cause }) => cause === "userCopy");
        expect(copies.length).toBeGreaterThan(0);
        for (const { phases } of copies) expect(phases.trap).toBe(0);
        for (const { cause, phases } of report.faultCost) if (cause === "trap") expect(phases.trap).toBeGreaterThan(0);
    });
});

describe("the document", () => {
    it("has a row a kind of fault, phases in order; asking for it changes no state", async () => {
        const config = configFile("cost", {
            machine: { mesh: [2, 1], bankSize: "2MiB" },
            programs: [{ path: "hello" }],
        });
        const [without, asked] = [await archipel("boot", config), await archipel("boot", config, "--json", "-")];
        const document = JSON.parse(asked.out);
        expect(without.out).toContain(`state hash: ${document.stateHash}\n`);
        expect(without.out).toContain("Fault cost");
        expect(document.faultCost.length).toBeGreaterThan(2);
        for (const row of document.faultCost) {
            expect(Object.keys(row.phases)).toEqual([...PHASES]);
            const parts: { total: { value: number } }[] = Object.values(row.phases);
            expect(parts.reduce((sum, { total }) => sum + total.value, 0)).toBe(row.total.value);
            expect(row.mean.value).toBe(row.total.value / row.count.value);
            expect(row.p99.value).toBeGreaterThanOrEqual(row.median.value);
            expect(row.p99.value).toBeLessThanOrEqual(row.total.value);
        }
    });
});
