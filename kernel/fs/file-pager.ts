// The pager of FILE: mappings of files and of shared anonymous memory (vmm-policy 3, 5.5). At Z a vseg that maps a file is one of its owners.

import { PAGE_SHIFT } from "../abi/memory-map";
import { VSEG_FILE } from "../abi/vseg-type";
import { xptr_t } from "../hal/platform";
import { BY_PAGE } from "../mm/home";
import { NO_PAGE, PAGER_CACHED, pager_register } from "../mm/pager";
import { process_t } from "../mm/process-table";
import { vseg_t } from "../mm/vseg";
import { HOLD_MAP, page_hold } from "./cache";
import { inode_release } from "./directory";
import { inode_share, inode_size } from "./inode";
import { scattered_frame } from "./shared-memory";

export function file_pager_init(): void {
    const frame: (process: process_t, vseg: vseg_t, vpn: u32, toucher: u32) => u64 = file_frame;
    const share: (process: process_t, file: xptr_t) => void = share_file;
    const release: (process: process_t, file: xptr_t) => void = release_file;
    const pager = pager_register(VSEG_FILE, PAGER_CACHED, <u32>frame.index);
    pager.share = <u32>share.index;
    pager.release = <u32>release.index;
}

/** The frame of a FILE vseg's page: the cache's own frame, with the mapping as one more owner. There is none behind the file's end. */
function file_frame(process: process_t, vseg: vseg_t, vpn: u32, toucher: u32): u64 {
    const index = <u64>vseg.file_page + <u64>(vpn - vseg.first_vpn);
    if (index << PAGE_SHIFT >= inode_size(vseg.file)) return NO_PAGE;
    if (vseg.cxy == BY_PAGE) return scattered_frame(vseg.file, <u32>index, toucher, process.reference);
    return page_hold(vseg.file, index, HOLD_MAP, 0);
}

function share_file(_process: process_t, file: xptr_t): void {
    inode_share(file);
}

function release_file(_process: process_t, file: xptr_t): void {
    inode_release(file);
}
