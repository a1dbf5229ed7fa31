/** Programs whose nodes never meet (sm-dsm.md 2, interface.md 4): error line and --json name each node's call and its place. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { findCompiler, thisHost } from "../../boot/cli/cc/compiler.ts";
import { archipel, errorLines } from "./harness/cli.ts";

const folder = mkdtempSync(join(tmpdir(), "dsm-told-"));
afterAll(() => rmSync(folder, { recursive: true }));

const hasCompiler = (): boolean => {
    try {
        return findCompiler(thisHost).command.length > 0;
    } catch {
        return false;
    }
};

/** Line 5 begins the body. */
const HEAD =
    '#include "sm.h"\nint main(int argc, char **argv) {\n    int nodes, nid, *p = &nid;\n    sm_node_init(&argc, &argv, &nodes, &nid);\n';

interface Told {
    readonly code: number;
    readonly errors: readonly string[];
    readonly fault: { readonly calls: readonly object[] | null } | null;
}

/** Compiles and runs the body on three nodes. */
async function run(name: string, body: string): Promise<Told> {
    const source = join(folder, `${name}.c`);
    const [program, json] = [join(folder, `${name}.elf`), join(folder, `${name}.json`)];
    writeFileSync(source, `${HEAD}${body}\n    return p == 0;\n}\n`);
    expect(await archipel("cc", source, "-o", program)).toMatchObject({ code: 0 });
    const result = await archipel("dsm", "-n", "3", "--audit", "end", "--json", json, program);
    const { programs } = JSON.parse(readFileSync(json, "utf8")) as { programs: Pick<Told, "fault">[] };
    return { code: result.code, errors: errorLines(result), fault: programs[0]?.fault ?? null };
}

/** A place as an error line has it. */
const at = (name: string, line: number) => `(main, ${folder}/${name}.c:${line})`;

describe.skipIf(!hasCompiler())("2: calls that never meet are told with function, file and line", () => {
    it("a node that skips a barrier", async () => {
        const { code, errors, fault } = await run(
            "missing",
            "    if (nid != 2)\n        sm_barrier();\n    sm_barrier();\n    sm_node_exit();",
        );
        // Node 2 is first or second at its barrier, which meets the others' first; then it ends while they wait.
        const text = `nodes 0 1 in sm_barrier ${at("missing", 7)}, node 2 in sm_node_exit ${at("missing", 8)} never meet`;
        expect({ code, errors }).toEqual({
            code: 1,
            errors: [`program ${folder}/missing.elf was killed by SIGABRT: ${text}`],
        });
        const place = { function: "main", file: `${folder}/missing.c` };
        expect(fault).toMatchObject({
            vaddr: null,
            access: null,
            ...place,
            calls: [
                { node: 0, call: "sm_barrier", ...place, line: 7 },
                { node: 1, call: "sm_barrier", ...place, line: 7 },
                { node: 2, call: "sm_node_exit", ...place, line: 8 },
            ],
        });
    });

    it("broadcasts of two roots", async () => {
        const { errors } = await run(
            "roots",
            "    if (nid == 1)\n        sm_bcast((void **)&p, 1);\n    else\n        sm_bcast((void **)&p, 0);",
        );
        expect(errors[0]).toContain(`in sm_bcast of root 0 ${at("roots", 8)}`);
        expect(errors[0]).toContain(`node 1 in sm_bcast of root 1 ${at("roots", 6)}`);
    });

    it("a node that ends without sm_node_exit while others wait", async () => {
        const { errors, fault } = await run("forgot", "    if (nid == 1)\n        return 0;\n    sm_barrier();");
        expect(errors[0]).toContain(`in sm_barrier ${at("forgot", 7)}`);
        expect(errors[0]).toContain("node 1 in its end without sm_node_exit");
        expect(fault?.calls).toContainEqual(
            expect.objectContaining({ node: 1, call: "its end without sm_node_exit", function: null, line: null }),
        );
    });

    it("a lock of a node that waits for the others: all stand still, exit 7", async () => {
        const { code, errors } = await run(
            "stuck",
            "    if (nid == 0)\n        sm_lock(3);\n    sm_barrier();\n    if (nid == 1)\n        sm_lock(3);\n    sm_barrier();",
        );
        expect(code).toBe(7);
        expect(errors[0]).toContain(`nodes 0 2 in sm_barrier ${at("stuck", 10)}`);
        expect(errors[0]).toContain(`node 1 in sm_lock(3) ${at("stuck", 9)} held by node 0`);
    });

    it("a node that ends well after an equal number of meetings is told of nothing", async () => {
        expect(await run("well", "    sm_barrier();\n    sm_bcast((void **)&p, 0);\n    p = &nid;")).toEqual({
            code: 0,
            errors: [],
            fault: null,
        });
    });
});
