// The extensions that harts have, as Linux tells of them.
// Generated from emu/isa/extensions.ts by `npm run generate`.
import { cstr } from "./cstr";

/** AT_HWCAP: the single-letter extensions, bit 0 for A. */
export const HWCAP: u64 = 0x112d;
/** What riscv_hwprobe says for IMA_EXT_0. */
export const HWPROBE_EXTENSIONS: u64 = 0xc00180000007b;

/** Returns the address of the text that /proc/cpuinfo has for isa. */
export function isa_text(): usize {
    return cstr(
        "rv64imafdc_zicboz_zicntr_zicond_zicsr_zifencei_zihintpause_zihpm_zba_zbb_zbs_sdtrig_sstc_svadu_svinval_svpbmt",
    );
}
