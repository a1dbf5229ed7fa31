/** The functions of kernel/hal/hal.ts, expanded where they are called. No intrinsic is moved or merged. */

import { SP, TP, ZERO } from "./ir.ts";
import type { Lowering } from "./lower.ts";
import { type AtomicOperation, FENCE_ALL, readModifyWrite, volatileLoad } from "./lower-atomic.ts";
import { addressOf } from "./lower-memory.ts";
import type { OfForm } from "./operations.ts";
import { symbolAddress, tableEntry } from "./symbols.ts";

/** Returns the result value, or ZERO when there is none. */
type Intrinsic = (lowering: Lowering, args: readonly number[]) => number;

const CSR_LIMIT = 4096n;

/** Expands the intrinsic. An unknown name is an error that names the calling function. */
export function expandIntrinsic(lowering: Lowering, name: string, args: readonly number[]): number {
    const intrinsic = INTRINSICS[name];
    if (intrinsic === undefined) lowering.fail(`calls hal.${name}: no such intrinsic`);
    return intrinsic(lowering, args);
}

function csrNumber(lowering: Lowering, value: number | undefined): number {
    const constant = lowering.ssa.constantOf(value ?? ZERO);
    if (constant === undefined || constant < 0n || constant >= CSR_LIMIT) {
        lowering.fail("the CSR number of csr_read/write/set/clear must be a compile-time constant below 4096");
    }
    return Number(constant);
}

function effect(op: OfForm<"system">, imm = 0): Intrinsic {
    return (lowering, args) => {
        lowering.ssa.effect(op, [...args], imm).volatile = true;
        return ZERO;
    };
}

function csrWrite(op: OfForm<"csr">): Intrinsic {
    return (lowering, [csr, value = ZERO]) => {
        lowering.ssa.effect(op, [value], csrNumber(lowering, csr)).volatile = true;
        return ZERO;
    };
}

/** Narrow results are zero-extended. A 32-bit result is an i32 and so sign-extended. */
function remoteLoad(op: OfForm<"load">): Intrinsic {
    return (lowering, [x = ZERO]) => {
        const { base, imm } = addressOf(lowering, x, 0);
        return volatileLoad(lowering, op, base, imm);
    };
}

function remoteStore(op: OfForm<"store">): Intrinsic {
    return (lowering, [x = ZERO, value = ZERO]) => {
        const { base, imm } = addressOf(lowering, x, 0);
        lowering.ssa.effect(op, [base, value], imm).volatile = true;
        return ZERO;
    };
}

function remoteAtomic(operation: AtomicOperation, width: 4 | 8): Intrinsic {
    return (lowering, [x = ZERO, ...operands]) => {
        return readModifyWrite(lowering, operation, width, width === 4, x, operands);
    };
}

const INTRINSICS: Readonly<Record<string, Intrinsic>> = {
    csr_read: (lowering, [csr]) => {
        const value = lowering.ssa.result("csrr", [], csrNumber(lowering, csr));
        const definition = lowering.ssa.definition(value);
        if (definition !== undefined) definition.volatile = true;
        return value;
    },
    csr_write: csrWrite("csrw"),
    csr_set: csrWrite("csrs"),
    csr_clear: csrWrite("csrc"),
    remote_load8: remoteLoad("lbu"),
    remote_load16: remoteLoad("lhu"),
    remote_load32: remoteLoad("lw"),
    remote_load64: remoteLoad("ld"),
    remote_store8: remoteStore("sb"),
    remote_store16: remoteStore("sh"),
    remote_store32: remoteStore("sw"),
    remote_store64: remoteStore("sd"),
    remote_add32: remoteAtomic("add", 4),
    remote_add64: remoteAtomic("add", 8),
    remote_swap32: remoteAtomic("swap", 4),
    remote_swap64: remoteAtomic("swap", 8),
    remote_or32: remoteAtomic("or", 4),
    remote_and32: remoteAtomic("and", 4),
    remote_cas32: remoteAtomic("cas", 4),
    remote_cas64: remoteAtomic("cas", 8),
    fence: effect("fence", FENCE_ALL | 0xcc),
    fence_i: effect("fence.i"),
    cbo_zero: (lowering, [address = ZERO]) => effect("cbo.zero")(lowering, [address]),
    pause: effect("pause"),
    wfi: effect("wfi"),
    sfence_vma_all: (lowering) => effect("sfence.vma")(lowering, [ZERO, ZERO]),
    sfence_vma_page: (lowering, [vaddr = ZERO]) => effect("sfence.vma")(lowering, [vaddr, ZERO]),
    sfence_vma_asid: (lowering, [asid = ZERO]) => effect("sfence.vma")(lowering, [ZERO, asid]),
    thread_pointer: () => TP,
    stack_pointer: (lowering) => {
        const value = lowering.ssa.result("mv", [SP], 0, true);
        lowering.ssa.setFact(value, { bits: 31, word: true });
        return value;
    },
    function_address: (lowering, [index = ZERO]) => functionAddress(lowering, index),
    ecall: (lowering, args) => lowering.ssa.result("ecall", [...args]),
};

/** The function's own symbol for a constant index, else its entry in wasm_table. */
function functionAddress(lowering: Lowering, index: number): number {
    const { module, ssa } = lowering;
    const constant = ssa.constantOf(index);
    if (constant === undefined) return tableEntry(ssa, index);
    for (const { offset, functions } of module.elements) {
        const target = functions[Number(constant) - offset];
        if (target === undefined) continue;
        const name = module.functions[target - module.importedFunctions.length]?.name;
        if (name === undefined) lowering.fail("function_address of an imported function");
        return symbolAddress(ssa, name);
    }
    return lowering.fail(`function_address(${constant}): no such function in the table`);
}
