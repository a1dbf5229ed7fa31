/** Constants of emu/state, emu/core and kernel/abi that derive from the tables of emu/isa and emu/state. */

import { CAUSE, INTERRUPT, INTERRUPT_BIT } from "../../emu/isa/cause.ts";
import { CSR_FAMILIES, CSRS, type CsrRow, csrNumber, lowestPrivilege } from "../../emu/isa/csr.ts";
import { hwcap, hwprobeBits, isaString, misa } from "../../emu/isa/extensions.ts";
import {
    type BitFields,
    MENVCFG_FIELDS,
    MSTATUS_FIELDS,
    maskOf,
    ones,
    PBMT_NC,
    PMP_NAPOT,
    PMP_TOR,
    PMPCFG_FIELDS,
    PTE_FIELDS,
    SATP_FIELDS,
    shiftOf,
    XL_64,
} from "../../emu/isa/fields.ts";
import { BLOCK_BYTES } from "../../emu/isa/semantics.ts";
import { CODE_VALUES, DECODED, DECODED_FIELDS, UOP, UOP_FIELDS } from "../../emu/state/code-table.ts";
import { HART, HART_FIELDS, HART_VALUES } from "../../emu/state/hart-table.ts";
import { L0_ENTRY, L0_ENTRY_FIELDS, L0_SET, L0_SET_FIELDS, L0_VALUES } from "../../emu/state/l0-table.ts";
import { MACHINE_FIELDS, MACHINE_STATE, MACHINE_VALUES } from "../../emu/state/machine-table.ts";
import {
    CALENDAR,
    CALENDAR_FIELDS,
    TIMED_HART,
    TIMED_HART_FIELDS,
    TIMING_FIELDS,
    TIMING_STATE,
    TIMING_VALUES,
} from "../../emu/state/timing-table.ts";
import { type Constant, constantsFile, fieldConstants, hex, valueConstants } from "./constants.ts";

export function hartLayout(): string {
    const groups = [fieldConstants(HART_FIELDS, HART), valueConstants(HART_VALUES)];
    return constantsFile(
        "emu/state/hart-table.ts",
        "One hart's state in the shared memory: byte offsets, and what fields hold.",
        groups,
    );
}

export function codeLayout(): string {
    const groups = [
        fieldConstants(UOP_FIELDS, UOP),
        fieldConstants(DECODED_FIELDS, DECODED),
        valueConstants(CODE_VALUES),
    ];
    return constantsFile("emu/state/code-table.ts", "Decoded code pages: byte offsets, and what fields hold.", groups);
}

export function l0Layout(): string {
    const groups = [
        fieldConstants(L0_ENTRY_FIELDS, L0_ENTRY),
        fieldConstants(L0_SET_FIELDS, L0_SET),
        valueConstants(L0_VALUES),
    ];
    return constantsFile("emu/state/l0-table.ts", "The L0 sets: byte offsets, and sizes.", groups);
}

export function machineLayout(): string {
    const groups = [fieldConstants(MACHINE_FIELDS, MACHINE_STATE), valueConstants(MACHINE_VALUES)];
    return constantsFile(
        "emu/state/machine-table.ts",
        "The machine-wide state in the shared memory: host addresses, and what fields hold.",
        groups,
    );
}

export function timingLayout(): string {
    const groups = [
        fieldConstants(TIMING_FIELDS, TIMING_STATE),
        fieldConstants(TIMED_HART_FIELDS, TIMED_HART),
        fieldConstants(CALENDAR_FIELDS, CALENDAR),
        valueConstants(TIMING_VALUES),
    ];
    return constantsFile(
        "emu/state/timing-table.ts",
        'Fidelity "timing" in the shared memory: host addresses, offsets in its tables, and what fields hold.',
        groups,
    );
}

const CSR_TABLE = "emu/isa/csr.ts";
const CAUSE_TABLE = "emu/isa/cause.ts";
const FIELD_TABLE = "emu/isa/fields.ts";
const ALL = 0xffff_ffff_ffff_ffffn;

const numberOf = ({ name, number }: CsrRow): Constant => ({
    name: `CSR_${name.toUpperCase()}`,
    value: `0x${number.toString(16).padStart(3, "0")}`,
});

/** Members of families have no constant, but their first and last: readers compare with them. */
const NAMED_CSRS = CSRS.filter(({ name, number }) =>
    CSR_FAMILIES.every(
        (family) =>
            csrNumber(`${family.stem}${family.from}`) === number ||
            csrNumber(`${family.stem}${family.to}`) === number ||
            !new RegExp(`^${family.stem}\\d`).test(name),
    ),
);

export function coreCsrNumbers(): string {
    const head = "CSR numbers (RISC-V privileged ISA, 2.2); of CSRs that come in rows the first and the last.";
    return constantsFile(CSR_TABLE, head, [NAMED_CSRS.map(numberOf)], "u32");
}

/** All but those that are written whole; of a family the first. */
export function coreCsrMasks(): string {
    const written = NAMED_CSRS.flatMap(({ name, writable }) =>
        writable === undefined || writable === ALL
            ? []
            : [{ name: `${name.toUpperCase()}_WRITABLE`, value: hex(writable) }],
    );
    const menvcfg = [
        {
            name: "MENVCFG_STCE",
            value: hex(maskOf(MENVCFG_FIELDS, "STCE")),
            text: "stimecmp is there for S, and drives STIP.",
        },
        {
            name: "MENVCFG_PBMTE",
            value: hex(maskOf(MENVCFG_FIELDS, "PBMTE")),
            text: "Page table entries have memory types.",
        },
        {
            name: "MENVCFG_ADUE",
            value: hex(maskOf(MENVCFG_FIELDS, "ADUE")),
            text: "The hardware sets A and D in page table entries.",
        },
        {
            name: "ENVCFG_CBZE",
            value: hex(maskOf(MENVCFG_FIELDS, "CBZE")),
            text: "In menvcfg for S and U, in senvcfg for U: blocks may be zeroed.",
        },
    ];
    const pmpcfg = [
        ...masks("PMPCFG", PMPCFG_FIELDS),
        { name: "PMPCFG_A_SHIFT", value: String(shiftOf(PMPCFG_FIELDS, "A")) },
        { name: "PMP_TOR", value: String(PMP_TOR), text: "Values of A: a range from the entry before on." },
        { name: "PMP_NAPOT", value: String(PMP_NAPOT), text: "A power of two." },
    ];
    const isa = [{ name: "MISA", value: hex(misa()), text: "What misa reads as (emu/isa/extensions.ts)." }];
    return constantsFile(
        CSR_TABLE,
        "The bits of CSRs that a write changes, fields of menvcfg and pmpcfg, and misa.",
        [written, menvcfg, pmpcfg, isa],
        "u64",
    );
}

export function coreCauses(): string {
    const bits = Object.entries(INTERRUPT).map(([name, value]) => ({
        name: `MIP_${pendingBit(name)}`,
        value: hex(1n << BigInt(value)),
    }));
    const head = "Trap causes (RISC-V privileged ISA, 3.1.15), interrupt numbers, and their bits in mip and mie.";
    return constantsFile(CAUSE_TABLE, head, [...causes(), bits], "u64");
}

function causes(): Constant[][] {
    const numbered = (prefix: string, numbers: Readonly<Record<string, number>>) =>
        Object.entries(numbers).map(([name, value]) => ({ name: `${prefix}_${name}`, value: String(value) }));
    const text = "With it: a number of INTERRUPT_*.";
    const interrupt = { name: "CAUSE_INTERRUPT", value: hex(INTERRUPT_BIT), text };
    return [[...numbered("CAUSE", CAUSE), interrupt], numbered("INTERRUPT", INTERRUPT)];
}

/** SSIP for SUPERVISOR_SOFTWARE. */
function pendingBit(interrupt: string): string {
    const [mode = "", source = ""] = interrupt.split("_");
    return `${mode.charAt(0)}${source.charAt(0)}IP`;
}

/** A mask each, and the shift of those that are numbers. */
function masks<F extends BitFields>(prefix: string, fields: F): Constant[] {
    return (Object.keys(fields) as (keyof F & string)[]).map((name) => ({
        name: `${prefix}_${name}`,
        value: hex(maskOf(fields, name)),
    }));
}

export function coreMstatus(): string {
    const shifts = (["SPP", "MPP"] as const).map((name) => ({
        name: `MSTATUS_${name}_SHIFT`,
        value: String(shiftOf(MSTATUS_FIELDS, name)),
    }));
    const fixed = (["UXL", "SXL"] as const).map((name) => ({
        name: `MSTATUS_${name}_64`,
        value: hex(XL_64 << shiftOf(MSTATUS_FIELDS, name)),
    }));
    const head =
        "Fields of mstatus (RISC-V privileged ISA, 3.1.6). FS: Off, Initial, Clean, Dirty; SD is read-only: FS is Dirty; UXL and SXL are fixed.";
    return constantsFile(FIELD_TABLE, head, [masks("MSTATUS", MSTATUS_FIELDS), shifts, fixed], "u64");
}

export function corePte(): string {
    const { shift, numbers } = pteParts();
    const satp = [
        { name: "SATP_MODE_SHIFT", value: String(shiftOf(SATP_FIELDS, "MODE")) },
        { name: "SATP_PPN", value: hex(maskOf(SATP_FIELDS, "PPN")) },
    ];
    const head =
        "Fields of Sv39 page table entries (RISC-V privileged ISA, 12.4.1, and chapter 14), and of satp (12.1.11).";
    return constantsFile(FIELD_TABLE, head, [masks("PTE", PTE_FIELDS), [...shift, ...numbers], satp], "u64");
}

export function kernelPte(): string {
    const { shift, numbers, types } = pteParts();
    const head = "What the hardware gives a meaning in Sv39 page table entries; mm/pte.ts has the kernel's own bits.";
    return constantsFile(FIELD_TABLE, head, [masks("PTE", PTE_FIELDS), [...shift, ...numbers, ...types]], "u64");
}

function pteParts() {
    const text = "Memory without atomics: LR, SC and AMOs on the page are access faults (sm-dsm 4.9).";
    return {
        shift: [{ name: "PTE_PPN_SHIFT", value: String(shiftOf(PTE_FIELDS, "PPN")) }],
        numbers: [{ name: "PPN_MASK", value: hex(ones(PTE_FIELDS, "PPN")) }],
        types: [{ name: "PTE_NC", value: hex(PBMT_NC << shiftOf(PTE_FIELDS, "PBMT")), text }],
    };
}

const SUPERVISOR = 1;

export function kernelCsrs(): string {
    const numbers = NAMED_CSRS.filter((row) => lowestPrivilege(row) <= SUPERVISOR).map(numberOf);
    const status = masks("SSTATUS", MSTATUS_FIELDS).filter(({ name }) =>
        ["SIE", "SPIE", "SPP", "FS", "SUM", "MXR"].includes(name.replace("SSTATUS_", "")),
    );
    const bits = (["SUPERVISOR_SOFTWARE", "SUPERVISOR_TIMER", "SUPERVISOR_EXTERNAL"] as const).map((name) => ({
        name: `SIP_${pendingBit(name)}`,
        value: hex(1 << INTERRUPT[name]),
    }));
    const head =
        "CSRs that the kernel and programs may use (RISC-V privileged ISA, 2.2), and fields of sstatus, sip and sie.";
    const block = { name: "BLOCK_BYTES", value: String(BLOCK_BYTES), text: "What cbo.zero makes zero (Zicboz)." };
    return constantsFile(CSR_TABLE, head, [numbers, status, bits, [block]]);
}

export function kernelIsa(): string {
    const numbers = [
        { name: "HWCAP", value: hex(hwcap()), text: "AT_HWCAP: the single-letter extensions, bit 0 for A." },
        { name: "HWPROBE_EXTENSIONS", value: hex(hwprobeBits()), text: "What riscv_hwprobe says for IMA_EXT_0." },
    ];
    const file = constantsFile(
        "emu/isa/extensions.ts",
        "The extensions that harts have, as Linux tells of them.",
        [numbers],
        "u64",
    );
    const [head, rest] = [file.slice(0, file.indexOf("\n\n")), file.slice(file.indexOf("\n\n") + 1)];
    const text = [
        `/** Returns the address of the text that /proc/cpuinfo has for isa. */`,
        `export function isa_text(): usize {`,
        `    return cstr(`,
        `        "${isaString()}",`,
        `    );`,
        `}`,
    ];
    return `${head}\nimport { cstr } from "./cstr";\n${rest}\n${text.join("\n")}\n`;
}

export function kernelCauses(): string {
    return constantsFile(CAUSE_TABLE, "What scause holds (RISC-V privileged ISA, 12.1.8).", causes(), "u64");
}
