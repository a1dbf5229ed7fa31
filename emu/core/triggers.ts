// Triggers (RISC-V debug specification, chapter 5, Sdtrig): TRIGGER_COUNT of type 6, mcontrol6, each for executes, loads and stores of one
// address in the modes that it names; the action is a breakpoint exception before the instruction. Pages that an address lies in have no entry
// in L0, as pages that PMP allows in part (l0.ts), so that nothing else asks for triggers.
//
//    63   60   25 24   22       6    4   3   2   1   0
//   +-------+----+----+----+  +---+---+---+---+---+---+
//   | type  |  hit1  | hit0 |  | m | s | u | x | w | r |   tdata1; all else is 0: match equal, any size, action 0
//   +-------+----+----+----+  +---+---+---+---+---+---+

import {
    L0_READY,
    MEDELEG,
    MSTATUS,
    PRIVILEGE,
    PRIVILEGE_M,
    PRIVILEGE_S,
    TDATA1,
    TDATA2,
    TRIGGER_COUNT,
    TRIGGER_EXECUTE,
    TRIGGER_LOAD,
    TRIGGER_STORE,
    TRIGGERS,
    TSELECT,
} from "../state/hart-layout";
import { CAUSE_BREAKPOINT } from "./cause";
import { MSTATUS_MIE, MSTATUS_SIE } from "./csr/mstatus";
import { raise } from "./trap";

const TYPE_SHIFT: u64 = 60;
const TYPE_MCONTROL6: u64 = 6;
const TYPE_DISABLED: u64 = 15;
/** hit0: the trigger has fired before its instruction. */
const HIT: u64 = (<u64>1) << 22;
const MODES_SHIFT: u64 = 3;
const KINDS: u64 = TRIGGER_EXECUTE | TRIGGER_STORE | TRIGGER_LOAD;
const MODE_BITS: u64 = 0x58;
const DISABLED: u64 = TYPE_DISABLED << TYPE_SHIFT;
/** What tinfo tells: the types there are, and the version of the specification, 1.0. */
export const TINFO: u64 = ((<u64>1) << TYPE_MCONTROL6) | ((<u64>1) << TYPE_DISABLED) | ((<u64>1) << 24);

function selected(h: usize, field: usize): usize {
    return slot(h, field, load<i32>(h, TSELECT));
}

function slot(h: usize, field: usize, index: i32): usize {
    return h + field + ((<usize>index) << 3);
}

export function readTrigger(h: usize, field: usize): u64 {
    return load<u64>(selected(h, field));
}

/** Another type than mcontrol6 disables the trigger. */
export function writeTrigger(h: usize, value: u64): void {
    const kept = (value & (KINDS | MODE_BITS | HIT)) | (TYPE_MCONTROL6 << TYPE_SHIFT);
    store<u64>(selected(h, TDATA1), value >> TYPE_SHIFT == TYPE_MCONTROL6 ? kept : DISABLED);
    triggersChanged(h);
}

export function writeTriggerAddress(h: usize, value: u64): void {
    store<u64>(selected(h, TDATA2), value);
    triggersChanged(h);
}

export function resetTriggers(h: usize): void {
    for (let i = 0; i < TRIGGER_COUNT; i++) store<u64>(slot(h, TDATA1, i), DISABLED);
    triggersChanged(h);
}

/** Notes what there are triggers for, and empties L0, which may hold their pages. */
function triggersChanged(h: usize): void {
    let kinds: u64 = 0;
    for (let i = 0; i < TRIGGER_COUNT; i++) kinds |= enabledKinds(load<u64>(slot(h, TDATA1, i)));
    store<u32>(h, <u32>kinds, TRIGGERS);
    store<u32>(h, 0, L0_READY);
}

function enabledKinds(tdata1: u64): u64 {
    return tdata1 >> TYPE_SHIFT == TYPE_MCONTROL6 && tdata1 & MODE_BITS ? tdata1 & KINDS : 0;
}

/** Returns whether a trigger of these kinds has an address in the page. */
export function hasTrigger(h: usize, vaddr: u64, kinds: u32): bool {
    if (!(load<u32>(h, TRIGGERS) & kinds)) return false;
    for (let i = 0; i < TRIGGER_COUNT; i++) {
        if (!(enabledKinds(load<u64>(slot(h, TDATA1, i))) & <u64>kinds)) continue;
        if (load<u64>(slot(h, TDATA2, i)) >> 12 == vaddr >> 12) return true;
    }
    return false;
}

/** Raises a breakpoint with tval vaddr, and returns true, if a trigger of these kinds matches one of the bytes. */
export function triggered(h: usize, vaddr: u64, width: u32, kinds: u32): bool {
    if (!(load<u32>(h, TRIGGERS) & kinds) || !mayFire(h)) return false;
    const mode = (<u64>1) << (MODES_SHIFT + <u64>load<u32>(h, PRIVILEGE));
    let fires = false;
    for (let i = 0; i < TRIGGER_COUNT; i++) {
        const tdata1 = load<u64>(slot(h, TDATA1, i));
        if (!(enabledKinds(tdata1) & <u64>kinds) || !(tdata1 & mode)) continue;
        if (load<u64>(slot(h, TDATA2, i)) - vaddr >= <u64>width) continue;
        store<u64>(slot(h, TDATA1, i), tdata1 | HIT);
        fires = true;
    }
    if (fires) raise(h, CAUSE_BREAKPOINT, vaddr);
    return fires;
}

/** Not where a handler could not save what an exception overwrites (5.4, the first solution for native triggers). */
function mayFire(h: usize): bool {
    const privilege = load<i32>(h, PRIVILEGE);
    const status = load<u64>(h, MSTATUS);
    if (privilege == PRIVILEGE_M) return (status & MSTATUS_MIE) != 0;
    const delegated = ((load<u64>(h, MEDELEG) >> CAUSE_BREAKPOINT) & 1) != 0;
    return privilege != PRIVILEGE_S || !delegated || (status & MSTATUS_SIE) != 0;
}
