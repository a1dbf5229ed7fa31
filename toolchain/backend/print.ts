/** Prints the IR as text, for listings and debugging. The form is the same after every pass. */

import { floatRegisterName } from "../../emu/isa/registers.ts";
import type { Block, Instruction, IrFunction } from "./ir.ts";
import { FIRST_FLOAT, FIRST_VIRTUAL } from "./ir.ts";
import { OPERATIONS } from "./operations.ts";

const ABI_NAMES =
    "zero ra sp gp tp t0 t1 t2 s0 s1 a0 a1 a2 a3 a4 a5 a6 a7 s2 s3 s4 s5 s6 s7 s8 s9 s10 s11 t3 t4 t5 t6".split(" ");

export function printFunction(fn: IrFunction): string {
    return [`${fn.name}:`, ...fn.blocks.map((block) => printBlock(fn, block))].join("\n");
}

function printBlock(fn: IrFunction, block: Block): string {
    const value = (v: number) => printValue(fn, v);
    const lines = [`b${block.id}:`];
    for (const phi of block.phis) {
        const args = phi.args.map((arg, i) => `b${block.predecessors[i]?.id} ${value(arg)}`);
        lines.push(`    ${value(phi.d)} = phi ${args.join(", ")}`);
    }
    for (const instruction of block.code) lines.push(`    ${printInstruction(fn, instruction)}`);
    const { kind, args, targets } = block.end;
    const words = [
        block.end.kind === "branch" ? block.end.op : kind,
        [...args.map(value), ...targets.map((t) => `b${t.id}`)].join(", "),
    ];
    lines.push(`    ${words.join(" ").trim()}`);
    return lines.join("\n");
}

function printInstruction(fn: IrFunction, instruction: Instruction): string {
    const { op, d, args, imm, symbol } = instruction;
    const value = (v: number) => printValue(fn, v);
    const name = instruction.volatile === true ? `${op}!` : op;
    const result = d >= 0 ? `${value(d)} = ` : "";
    if (op === "li") return `${result}li ${instruction.value}`;
    const { effect } = OPERATIONS[op];
    if (effect === "load" || effect === "store") {
        const [base = 0, ...rest] = args;
        return `${result}${[name, ...rest.map(value)].join(" ")} ${symbol}${imm >= 0 && symbol !== "" ? "+" : ""}${imm}(${value(base)})`;
    }
    const operands = args.map(value);
    if (symbol !== "") operands.unshift(symbol);
    if (imm !== 0) operands.push(String(imm));
    return `${result}${name} ${operands.join(", ")}`.trim();
}

function printValue(fn: IrFunction, v: number): string {
    const constant = fn.constants.get(v);
    if (constant !== undefined) return `#${constant}`;
    return ABI_NAMES[v] ?? (v < FIRST_VIRTUAL ? floatRegisterName(v - FIRST_FLOAT) : `v${v}`);
}
