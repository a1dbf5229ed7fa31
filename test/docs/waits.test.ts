/**
 * docs/waits.md has a row for every wait in the kernel's sources, and by it no wait is a server's that could be without end (vmm-policy 5.9).
 * A change of the kernel changes the columns that come from the sources: `npm run test:update` writes them; the others are a person's.
 */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { packageRoot } from "../../boot/package-root.ts";
import { needsOf, readDocument, writtenAnew } from "./waits/document.ts";
import { graphOf } from "./waits/graph.ts";
import { kernelGraph } from "./waits/kernel.ts";
import { breaches, NEEDS, type UserOnly } from "./waits/rules.ts";
import { readSource } from "./waits/source.ts";

const DOCUMENT = join(packageRoot(), "docs", "waits.md");

describe("the table of waits", () => {
    const document = readDocument(readFileSync(DOCUMENT, "utf8"));
    const graph = kernelGraph();

    it("5.9.4: has every wait and every request of the sources, no others, and in which contexts each comes to be", async () => {
        expect(graph.waits.size).toBeGreaterThan(40);
        expect(graph.handlers.size).toBeGreaterThan(70);
        await expect(writtenAnew(document, graph)).toMatchFileSnapshot(DOCUMENT);
    });

    it("5.9.4: says of each wait what it is for, what ends it, and what that needs", () => {
        const poor = [...document.waits.values()].filter(([, what, by, need = ""]) => {
            return what === "?" || what === "" || by === "?" || by === "" || ![...NEEDS, "level"].includes(need);
        });
        expect(poor).toEqual([]);
    });

    it("5.9: breaks no rule of levels, waits, locks and contexts, but for what it names itself", () => {
        expect(breaches(graph, document.userOnly, needsOf(document))).toEqual([...document.known].sort());
    });
});

const RPC = `
export function rpc_send(cxy: u32, level: u32, op: u32): void { sched_wait(BLOCKED_RPC); }
export function rpc_register(op: u32, handler: u32): void {}
export function rpc_yield(): void { sched_yield(); }
`;
const VMM = `
export const BLOCKED_STATE: u32 = 1;
export const BLOCKED_JOIN: u32 = 2;
export const BLOCKED_BY_USER: u32 = 2;
export function lock_acquire(lock: usize): void { while (!try(lock)) pause(); }
export function lock_release(lock: usize): void {}
export function vmm_lock(vmm: usize): void { lock_acquire(vmm); }
export function vmm_unlock(vmm: usize): void { lock_release(vmm); }
export function vmm_wait(vmm: usize, desc: u64): bool { sched_wait(BLOCKED_STATE); return true; }
`;
const IMPORTS = `
import { rpc_register, rpc_send, rpc_yield } from "./rpc";
import { vmm_lock, vmm_unlock, vmm_wait } from "./vmm";
`;

/** The breaches of a kernel of one file with one operation, RPC_OP at `level`, whose handler has this body. */
function breachesOf(
    handler: string,
    more = "",
    { level = "LEVEL_REFERENCE", needs = {}, userOnly = [] as UserOnly[] } = {},
): string[] {
    const text = `${IMPORTS}
        export function init(): void {
            const op: (desc: xptr_t) => void = serve_op;
            rpc_register(RPC_OP, <u32>op.index);
        }
        export function ask_op(): void { rpc_send(0, ${level}, RPC_OP); }
        function serve_op(desc: xptr_t): void { ${handler} }
        ${more}`;
    const files = [readSource("rpc.ts", RPC), readSource("vmm.ts", VMM), readSource("op.ts", text)];
    const known = { "vmm.ts lock_acquire pause": "nothing", ...needs };
    return breaches(graphOf(files), userOnly, new Map(Object.entries(known)));
}

describe("the rules of waits", () => {
    it("5.9: a handler that only works breaks none", () => {
        expect(
            breachesOf("work(desc); vmm_lock(1); work(desc); vmm_unlock(1);", "function work(a: u64): void {}"),
        ).toEqual([]);
    });

    it("5.9: a server that sends to its own level is found, through a function that is handed the operation", () => {
        const more =
            "function ask(op: u32, a: u64): void { rpc_send(0, LEVEL_REFERENCE, op); } function deep(): void { ask(RPC_OP, 1); }";
        expect(breachesOf("if (rpc_get(desc, 0) != 0) deep();", more)).toEqual([
            "5.9 lower levels only: RPC_OP (reference) sends RPC_OP (reference) by serve_op > deep",
        ]);
    });

    it("5.9: a server may send to a lower level, a leaf to none", () => {
        const lower = `function other(): void { rpc_send(0, LEVEL_LEAF, RPC_LOW); }
            function serve_low(desc: xptr_t): void { BODY }
            export function init_low(): void { const low: (desc: xptr_t) => void = serve_low; rpc_register(RPC_LOW, <u32>low.index); }`;
        expect(breachesOf("other();", lower.replace("BODY", ""))).toEqual([]);
        expect(breachesOf("", lower.replace("BODY", "other();"))).toEqual([
            "5.9 lower levels only: RPC_LOW (leaf) sends RPC_LOW (leaf) by serve_low > other",
        ]);
    });

    it("5.9: an operation that is sent at two levels, or at none, is found", () => {
        const again = "export function again(): void { rpc_send(1, LEVEL_LEAF, RPC_OP); }";
        expect(breachesOf("", again)).toEqual(["5.9 one level: RPC_OP is sent at LEVEL_LEAF, LEVEL_REFERENCE"]);
        const unsent = `export function init_low(): void { const low: (desc: xptr_t) => void = serve_low; rpc_register(RPC_LOW, <u32>low.index); }
            function serve_low(desc: xptr_t): void {}`;
        expect(breachesOf("", unsent)).toEqual(["5.9 one level: RPC_LOW is sent at none"]);
    });

    it("5.9.4: a server that polls for what needs its level is found; what needs a lower one is let be", () => {
        const handler = "while (busy()) rpc_yield();";
        const place = "op.ts serve_op rpc_yield";
        expect(breachesOf(handler, "", { needs: { [place]: "manager" } })).toEqual([]);
        expect(breachesOf(handler, "", { needs: { [place]: "reference" } })).toEqual([
            `5.9.4 a server waits: RPC_OP (reference) in ${place}, which needs reference, by serve_op`,
        ]);
    });

    it("5.9.4: a wait without a row counts as one for a user", () => {
        expect(breachesOf("for (let i = 0; i < 3; i++) { rpc_yield(); }")).toEqual([
            "5.9.4 a server waits: RPC_OP (reference) in op.ts serve_op rpc_yield, which needs user, by serve_op",
        ]);
    });

    it("5.9.4: a request that is parked does not wait, a server that waits as a thread does", () => {
        const enter =
            "function enter(p: usize, desc: xptr_t): bool { vmm_lock(p); if (free(p)) { vmm_unlock(p); return true; } return vmm_wait(p, desc); }";
        expect(breachesOf("enter(1, desc);", enter)).toEqual([]);
        expect(breachesOf("enter(1, 0);", enter)).toEqual([
            "5.9.4 a server waits: RPC_OP (reference) in op.ts enter vmm_wait, which needs user, by serve_op > enter",
        ]);
    });

    it("5.9.4: what a function does only without a request is no wait of a handler's, and the other way round", () => {
        const either =
            "function either(p: usize, desc: xptr_t): void { if (desc == 0) vmm_wait(p, 0); else vmm_wait(p, desc); }";
        expect(breachesOf("either(1, desc);", either)).toEqual([]);
        const twisted = either.replace("==", "!=");
        expect(breachesOf("either(1, desc);", twisted)).toEqual([
            "5.9.4 a server waits: RPC_OP (reference) in op.ts either vmm_wait, which needs user, by serve_op > either",
        ]);
    });

    it("5.9: of a mutant's choice the shipped kernel's counts", () => {
        const more =
            "export function low(): void { rpc_send(0, Mutant.on(MUTANT_X) ? LEVEL_PROCESS : LEVEL_REFERENCE, RPC_OP); }";
        expect(breachesOf("", more)).toEqual([]);
    });

    it("5.9: a leaf handler may spin for what needs nothing, but not give its hart away", () => {
        const needs = { "op.ts serve_op pause": "nothing", "op.ts serve_op rpc_yield": "nothing" };
        expect(breachesOf("while (pins() != 0) pause();", "", { level: "LEVEL_LEAF", needs })).toEqual([]);
        expect(breachesOf("while (pins() != 0) rpc_yield();", "", { level: "LEVEL_LEAF", needs })).toEqual([
            "5.9.4 a server waits: RPC_OP (leaf) in op.ts serve_op rpc_yield, which needs nothing, by serve_op",
        ]);
    });

    it("5.9.3: a wait for a user's program that a kill does not end is found", () => {
        const user = "export function trap_from_user(): void { REASON }";
        const needs = {
            "trap.ts trap_from_user sched_wait(BLOCKED_STATE)": "user",
            "trap.ts trap_from_user sched_wait(BLOCKED_JOIN)": "user",
        };
        const of = (reason: string) => {
            const files = [
                readSource("vmm.ts", VMM),
                readSource("trap.ts", user.replace("REASON", `sched_wait(${reason});`)),
            ];
            return breaches(graphOf(files), [], new Map(Object.entries(needs))).filter((each) =>
                each.startsWith("5.9.3"),
            );
        };
        expect(of("BLOCKED_JOIN")).toEqual([]);
        expect(of("BLOCKED_STATE")).toEqual([
            "5.9.3 ends with a kill: trap.ts trap_from_user sched_wait(BLOCKED_STATE) is not in BLOCKED_BY_USER",
        ]);
    });

    it("5.9: a request or a wait under a lock is found on each way, also after a loop and a break", () => {
        const needs = { "op.ts serve_op rpc_yield": "nothing" };
        const found = ["5.9 no lock across a wait: op.ts serve_op: rpc_yield under a lock"];
        expect(
            breachesOf("vmm_lock(1); if (a) { vmm_unlock(1); rpc_yield(); return; } vmm_unlock(1);", "", { needs }),
        ).toEqual([]);
        expect(breachesOf("vmm_lock(1); if (a) rpc_yield(); vmm_unlock(1);", "", { needs })).toEqual(found);
        expect(
            breachesOf("while (true) { vmm_lock(1); if (a) break; vmm_unlock(1); } rpc_yield(); vmm_unlock(1);", "", {
                needs,
            }),
        ).toEqual(found);
        expect(
            breachesOf("while (true) { vmm_lock(1); vmm_unlock(1); if (a) break; } rpc_yield();", "", { needs }),
        ).toEqual([]);
    });

    it("5.9: a lock that a function keeps for its caller is no wait, vmm_wait gives it back", () => {
        expect(breachesOf("vmm_lock(1); vmm_wait(1, desc);")).toEqual([]);
        const wait = "function wait(p: usize, desc: xptr_t): void { vmm_wait(p, desc); vmm_lock(p); }";
        expect(breachesOf("vmm_lock(1); wait(1, desc); vmm_unlock(1);", wait)).toEqual([]);
    });

    it("5.9.10: what is for the running user thread is found in a server, unless it is asked for first", () => {
        const more = `export function hold_begin(): void {} function keep(): void { GUARD hold_begin(); }`;
        const userOnly = [{ function: "op.ts hold_begin", guard: undefined, by: "this_thread" }];
        expect(breachesOf("keep();", more.replace("GUARD", ""), { userOnly })).toEqual([
            "5.9.10 for user threads only: RPC_OP comes to op.ts hold_begin by serve_op > keep > hold_begin",
        ]);
        const guarded = [{ function: "op.ts hold_begin", guard: "op.ts keep", by: "this_thread" }];
        expect(
            breachesOf("keep();", more.replace("GUARD", "if (this_thread().process == 1)"), { userOnly: guarded }),
        ).toEqual([]);
        expect(breachesOf("keep();", more.replace("GUARD", "if (true)"), { userOnly: guarded })).toEqual([
            "5.9.10 for user threads only: op.ts keep does not look at this_thread before op.ts hold_begin",
        ]);
    });

    it("5.9.3: a wait of a system call's handler is the user thread's", () => {
        const table = `
export function call_register(number: u32, handler: call_handler): void {}
export function syscall(frame: usize): void { call_indirect<i64>(load<u16>(frame), frame); }`;
        const sleep = `
import { call_register } from "./table";
export function time_calls(): void { call_register(SYS_SLEEP, sys_sleep); }
function sys_sleep(process: process_t, call: call_t): i64 { sched_wait(BLOCKED_STATE); return 0; }`;
        const trap = `
import { syscall } from "./syscalls/table";
export function trap_from_user(): void { syscall(0); }`;
        const files = [
            readSource("vmm.ts", VMM),
            readSource("syscalls/table.ts", table),
            readSource("syscalls/time.ts", sleep),
            readSource("trap.ts", trap),
        ];
        const needs = { "syscalls/time.ts sys_sleep sched_wait(BLOCKED_STATE)": "user" } as const;
        expect(breaches(graphOf(files), [], new Map(Object.entries(needs)))).toContain(
            "5.9.3 ends with a kill: syscalls/time.ts sys_sleep sched_wait(BLOCKED_STATE) is not in BLOCKED_BY_USER",
        );
    });

    it("5.9: a thread that begins in an unknown function is found", () => {
        const more =
            "export function start(): void { const entry: (argument: usize) => void = main_loop; prepare(entry.index); } function main_loop(argument: usize): void {}";
        expect(breachesOf("", more)).toEqual(["5.9 a thread of no known context: op.ts main_loop"]);
    });
});
