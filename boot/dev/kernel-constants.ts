/** Constants of kernel/abi and of assembly that derive from the layouts of boot/abi. */

import { MENVCFG_FIELDS, MSTATUS_FIELDS, maskOf, PMP_NAPOT, PMPCFG_FIELDS, shiftOf } from "../../emu/isa/fields.ts";
import { FINISHER_BASE, KENTRY_TEXT_VADDR } from "../../kernel/abi/memory-map.ts";
import {
    BOOT_INFO,
    BOOT_INFO_FIELDS,
    BOOT_INFO_VALUES,
    PROGRAM_ENTRY,
    PROGRAM_FIELDS,
    PROGRAM_VALUES,
} from "../abi/boot-info.ts";
import { PARAMETER_FIELDS, PARAMETER_VALUES, PARAMETERS, SEGMENT, SEGMENT_FIELDS } from "../abi/firmware-parameters.ts";
import {
    CONTEXT,
    CONTEXT_FIELDS,
    FRAME,
    FRAME_FIELDS,
    FRAME_VALUES,
    FSTATE,
    FSTATE_FIELDS,
    SAVE,
    SAVE_FIELDS,
} from "../abi/trap-frame.ts";
import { type Constant, constantsFile, equatesFile, fieldConstants, hex, valueConstants } from "./constants.ts";

const FRAME_TABLE = "boot/abi/trap-frame.ts";

export function bootInfoConstants(): string {
    const groups = [
        [...valueConstants(BOOT_INFO_VALUES), ...fieldConstants(BOOT_INFO_FIELDS, BOOT_INFO, "BI_")],
        [...valueConstants(PROGRAM_VALUES), ...fieldConstants(PROGRAM_FIELDS, PROGRAM_ENTRY, "PE_")],
    ];
    return constantsFile(
        "boot/abi/boot-info.ts",
        "boot_info and the rows of the program table: offsets in bytes.",
        groups,
    );
}

const frame = () => fieldConstants(FRAME_FIELDS, FRAME, "FRAME_");
const save = () => fieldConstants(SAVE_FIELDS, SAVE, "SAVE_");

export function frameConstants(): string {
    const head = "A thread's block, its trap frame, and kentry's save area: offsets and sizes in bytes.";
    return constantsFile(FRAME_TABLE, head, [valueConstants(FRAME_VALUES), frame()]);
}

export function kernelEquates(): string {
    const registers = [
        ...fieldConstants(CONTEXT_FIELDS, CONTEXT, "CONTEXT_"),
        ...fieldConstants(FSTATE_FIELDS, FSTATE, "FSTATE_"),
    ];
    const machine = [
        { name: "KENTRY_TEXT_VADDR", value: hex(KENTRY_TEXT_VADDR) },
        field("SSTATUS_SPP", maskOf(MSTATUS_FIELDS, "SPP")),
        field("SSTATUS_SPIE", maskOf(MSTATUS_FIELDS, "SPIE")),
    ];
    const head = "What kernel/hal's assembly knows of layouts: offsets in bytes, and fields of sstatus.";
    return equatesFile(FRAME_TABLE, head, [valueConstants(FRAME_VALUES), frame(), save(), registers, machine]);
}

export function firmwareEquates(): string {
    const parameters = [
        ...fieldConstants(PARAMETER_FIELDS, PARAMETERS, "PARAMETER_"),
        ...fieldConstants(SEGMENT_FIELDS, SEGMENT, "SEGMENT_"),
        ...valueConstants(PARAMETER_VALUES),
    ];
    const machine = [
        { name: "FINISHER_BASE", value: hex(FINISHER_BASE) },
        field("MSTATUS_MPP", maskOf(MSTATUS_FIELDS, "MPP")),
        { name: "MSTATUS_MPP_SHIFT", value: String(shiftOf(MSTATUS_FIELDS, "MPP")) },
        field("ENVCFG_CBZE", maskOf(MENVCFG_FIELDS, "CBZE")),
        field("MENVCFG_STCE", maskOf(MENVCFG_FIELDS, "STCE")),
        field("MENVCFG_PBMTE", maskOf(MENVCFG_FIELDS, "PBMTE")),
        { name: "MENVCFG_PBMTE_SHIFT", value: String(shiftOf(MENVCFG_FIELDS, "PBMTE")) },
        field("PMP_OPEN", maskOf(PMPCFG_FIELDS, "R", "W", "X") | (PMP_NAPOT << shiftOf(PMPCFG_FIELDS, "A"))),
    ];
    const head = "What the firmware knows of layouts: its parameters, offsets in bytes; and fields of CSRs.";
    return equatesFile("boot/abi/firmware-parameters.ts", head, [parameters, machine]);
}

function field(name: string, mask: bigint): Constant {
    return { name, value: hex(mask) };
}
