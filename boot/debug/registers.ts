/** The registers of a hart as GDB numbers and describes them (GDB manual, G.5.11, "RISC-V Features"): x and pc, f, CSRs, the privilege. */

import type { Hart } from "../../emu/host/hart.ts";
import { CSRS, csrName } from "../../emu/isa/csr.ts";
import { floatRegisterName, registerName } from "../../emu/isa/registers.ts";

/** GDB's numbers: x0 to x31, pc, f0 to f31, then CSRs by their number, and the privilege. */
const PC = 32;
const FIRST_FLOAT = 33;
const FIRST_CSR = 65;
const PRIVILEGE = FIRST_CSR + 4096;
/** Of what `g` sends: x and pc. */
export const GENERAL = 33;
const FLOAT_CSRS = [1, 2, 3];

/** The value of a register; undefined when there is none of that number. */
export function readRegister(hart: Hart, number: number): bigint | undefined {
    if (number < PC) return hart.x(number);
    if (number === PC) return hart.pc;
    if (number < FIRST_CSR) return hart.f(number - FIRST_FLOAT);
    if (number === PRIVILEGE) return BigInt(hart.privilege);
    return csrName(number - FIRST_CSR) === undefined ? undefined : hart.csr(number - FIRST_CSR);
}

/** False when there is none of that number, or none that can be written. */
export function writeRegister(hart: Hart, number: number, value: bigint): boolean {
    if (number < PC) hart.setX(number, value);
    else if (number === PC) hart.pc = value;
    else if (number < FIRST_CSR) hart.setF(number - FIRST_FLOAT, value);
    else if (csrName(number - FIRST_CSR) === undefined) return false;
    else hart.setCsr(number - FIRST_CSR, value);
    return true;
}

/** target.xml. */
export function targetDescription(): string {
    const row = (name: string, number: number, type: string, bits = 64) =>
        `<reg name="${name}" bitsize="${bits}" regnum="${number}" type="${type}"/>`;
    const general = Array.from({ length: PC }, (_, i) => {
        return row(i === 8 ? "fp" : registerName(i), i, i === 1 ? "code_ptr" : i === 2 ? "data_ptr" : "int");
    });
    const floats = Array.from({ length: 32 }, (_, i) => row(floatRegisterName(i), FIRST_FLOAT + i, "ieee_double"));
    const csr = ({ name, number }: { name: string; number: number }) => row(name, FIRST_CSR + number, "int");
    const isFloat = ({ number }: { number: number }) => FLOAT_CSRS.includes(number);
    const features = [
        ["cpu", [...general, row("pc", PC, "code_ptr")]],
        ["fpu", [...floats, ...CSRS.filter(isFloat).map(csr)]],
        ["csr", CSRS.filter((each) => !isFloat(each)).map(csr)],
        ["virtual", [row("priv", PRIVILEGE, "int")]],
    ] as const;
    const body = features.map(([name, rows]) => `<feature name="org.gnu.gdb.riscv.${name}">${rows.join("")}</feature>`);
    return `<?xml version="1.0"?><!DOCTYPE target SYSTEM "gdb-target.dtd"><target version="1.0"><architecture>riscv:rv64</architecture><osabi>none</osabi>${body.join("")}</target>`;
}

/** As the protocol has registers: 8 bytes, the lowest first. */
export function hexOfValue(value: bigint): string {
    let hex = "";
    for (let i = 0n; i < 64n; i += 8n) hex += ((value >> i) & 0xffn).toString(16).padStart(2, "0");
    return hex;
}

/** Undefined when it is no hex of at most 8 bytes. */
export function valueOfHex(hex: string): bigint | undefined {
    if (!/^([0-9a-fA-F]{2}){1,8}$/.test(hex)) return undefined;
    const bytes = hex.match(/../g) ?? [];
    return bytes.reduceRight((value, byte) => (value << 8n) | BigInt(Number.parseInt(byte, 16)), 0n);
}
