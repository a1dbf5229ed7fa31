// The actions for a request for a page: its row of abi/dsm-table.ts, chosen by the state of the page and of the node that asks.
import * as rows from "../abi/dsm-table";
import { group_meetings } from "./group";
import { dsm_page_t, manager_t, page_has_copy, page_is_alone } from "./pages";

/** The rows of abi/dsm-table.ts: first those of sequential consistency, then those of release consistency. */
const table: usize = memory.data<i32>([
    rows.DSM_ROW_0,
    rows.DSM_ROW_1,
    rows.DSM_ROW_2,
    rows.DSM_ROW_3,
    rows.DSM_ROW_4,
    rows.DSM_ROW_5,
    rows.DSM_ROW_6,
    rows.DSM_ROW_7,
    rows.DSM_ROW_8,
    rows.DSM_ROW_9,
    rows.DSM_ROW_10,
    rows.DSM_ROW_11,
    rows.DSM_ROW_12,
    rows.DSM_ROW_13,
    rows.DSM_ROW_14,
    rows.DSM_ROW_15,
    rows.RELEASE_ROW_0,
    rows.RELEASE_ROW_1,
    rows.RELEASE_ROW_2,
    rows.RELEASE_ROW_3,
    rows.RELEASE_ROW_4,
    rows.RELEASE_ROW_5,
    rows.RELEASE_ROW_6,
    rows.RELEASE_ROW_7,
    rows.RELEASE_ROW_8,
    rows.RELEASE_ROW_9,
    rows.RELEASE_ROW_10,
    rows.RELEASE_ROW_11,
    rows.RELEASE_ROW_12,
    rows.RELEASE_ROW_13,
    rows.RELEASE_ROW_14,
    rows.RELEASE_ROW_15,
    rows.RELEASE_ROW_16,
    rows.RELEASE_ROW_17,
    rows.RELEASE_ROW_18,
    rows.RELEASE_ROW_19,
    rows.RELEASE_ROW_20,
    rows.RELEASE_ROW_21,
    rows.RELEASE_ROW_22,
    rows.RELEASE_ROW_23,
    rows.RELEASE_ROW_24,
    rows.RELEASE_ROW_25,
    rows.RELEASE_ROW_26,
    rows.RELEASE_ROW_27,
    rows.RELEASE_ROW_28,
    rows.RELEASE_ROW_29,
    rows.RELEASE_ROW_30,
    rows.RELEASE_ROW_31,
]);
const FIRST_RELEASE_ROW: u32 = 16;

/** The actions for the request of `node`: its row of the table. `alone` is set for a write that must have the page alone (4.9). */
export function actions_of(manager: manager_t, page: dsm_page_t, node: u32, write: bool, alone: bool): u32 {
    let row: u32 = write ? rows.DSM_IS_WRITE : 0;
    if (page.owner == node) row += rows.DSM_IS_OWNER;
    if (page_has_copy(page, node)) row += rows.DSM_HAS_COPY;
    if (page.writer != 0) row += rows.DSM_WRITER;
    if (page.release != 0) {
        row += FIRST_RELEASE_ROW;
        if (alone || better_alone(manager, page, node)) row += rows.DSM_ALONE;
    }
    return load<u32>(table + (row << 2));
}

/**
 * True for DSM_ALONE. For the owner: there is no node to share with. For another node it is a guess, and either row is right: the node
 * writes again before any other does, or it is the first to write the page since the nodes last met.
 */
function better_alone(manager: manager_t, page: dsm_page_t, node: u32): bool {
    if (page.owner == node) return page_is_alone(page, manager.nodes, node);
    if (page.last_writer == node) return true;
    return page.ppn == 0 || page.last_written != group_meetings(manager.group);
}
