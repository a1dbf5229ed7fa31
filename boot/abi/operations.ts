/**
 * The operations of RPC between instances (vmm-policy 5.9): a row an operation, in the files of operations/. kernel/abi/rpc-ops.ts (numbers) and kernel/abi/rpc-words.ts
 * (positions of arguments and results) derive from it. A new operation is a row there, `npm run generate`, its sender and its handler in the kernel.
 *
 * A request has eight words. The sender fills them with the arguments, in order from word 0, and the handler puts the results over them, in
 * order from word 0 again. Sender and handler name each word (test/boot/abi/operations.test.ts). Names: xptr is a global address, cxy a cluster, ppn a frame's number, vpn a virtual page's, thread an xptr, id a
 * thread's number. A result `error` is 0 or -errno, and a result that a sentence does not explain is -errno if it is negative.
 */

import { constantName } from "./constant-name.ts";
import { FILES } from "./operations/files.ts";
import { GROUPS } from "./operations/groups.ts";
import { MEMORY } from "./operations/memory.ts";
import { PROCESSES } from "./operations/processes.ts";
import type { OperationRow, SharedWords } from "./operations/row.ts";
import { SHARED } from "./operations/shared.ts";
import { SIGNALS } from "./operations/signals.ts";

/** Words of a request: the most arguments, and the most results. */
export const MOST_WORDS = 8;

const ROWS = Object.entries<OperationRow>({ ...MEMORY, ...PROCESSES, ...SIGNALS, ...FILES, ...GROUPS });
checkNumbers();

/** Two branches may each take the next number: then the rows say so, before a kernel panics. */
function checkNumbers(): void {
    const byNumber = new Map<number, string>();
    for (const [name, { number }] of ROWS) {
        const other = byNumber.get(number);
        if (other !== undefined) throw new Error(`boot/abi/operations: ${name} and ${other} are both number ${number}`);
        byNumber.set(number, name);
    }
}

/** RPC_FRAME_ALLOC for frameAlloc. */
export function operationConstant(name: string): string {
    return `RPC_${constantName(name)}`;
}

/** The rows by the names of their constants. */
export function operationRows(): Map<string, OperationRow> {
    return new Map(ROWS.map(([name, row]) => [operationConstant(name), row]));
}

const NAMES = new Map(ROWS.map(([name, { number }]) => [number, name]));

/** The name of the operation that has this number. */
export function operationName(number: number): string | undefined {
    return NAMES.get(number);
}

/** kernel/abi/rpc-ops.ts. */
export function operationConstants(): string {
    const head =
        "// Generated from boot/abi/operations.ts by `npm run generate`: the operations of RPC; the words of each: rpc-words.ts.";
    const rows = [...operationRows()].map(
        ([name, { number, text }]) => `/** ${text} */\nexport const ${name} = ${number};`,
    );
    return `${[head, ...rows].join("\n")}\n`;
}

/** kernel/abi/rpc-words.ts. */
export function operationWords(): string {
    const head =
        "// Generated from boot/abi/operations.ts by `npm run generate`: the positions of arguments and results in the words of a request.";
    const shared = [...sharedWords()].flatMap(([name, { args, results, text }]) => [
        `// Words of several operations: ${text}`,
        ...wordConstants(name, args, results),
    ]);
    return `${[head, ...ROWS.flatMap(([name, row]) => words(name, row)), ...shared].join("\n")}\n`;
}

/** The words that several operations begin with, by their names in the rows. */
export function sharedWords(): Map<string, SharedWords> {
    return new Map(Object.entries<SharedWords>(SHARED));
}

function words(name: string, { args, results }: OperationRow): string[] {
    const own = typeof results === "string" ? [] : results;
    const told = typeof results === "string" ? `as ${operationConstant(results)}` : results.join(", ");
    const head = `// ${operationConstant(name)} (${args.join(", ")})${told === "" ? "" : `: ${told}`}`;
    return [head, ...wordConstants(name, args, own)];
}

function wordConstants(name: string, ...lists: (readonly string[])[]): string[] {
    const prefix = constantName(name);
    return lists.flatMap((list) => list.map((word, i) => `export const ${prefix}_${constantName(word)} = ${i};`));
}
