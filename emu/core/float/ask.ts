// Engines ask before a float instruction where FS is not Dirty or frm is reserved.
import { MSTATUS } from "../../state/hart-layout";
import { MSTATUS_FS } from "../csr/mstatus";
import { raiseIllegal } from "../system";
import { floatMakeDirty, RMM, roundingOf } from "./state";

/** Raises illegal instruction, or lets the instruction run. With `changes` it may write f registers or flags, so FS becomes Dirty. */
export function float_ask(h: usize, rm: u32, changes: u32): void {
    if (!(load<u64>(h, MSTATUS) & MSTATUS_FS) || roundingOf(h, rm) > RMM) raiseIllegal(h);
    else if (changes) floatMakeDirty(h);
}
