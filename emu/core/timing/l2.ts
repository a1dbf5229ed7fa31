// The L2 slice of a cluster (docs/spec/timing.md, section 4): behind the bank's memory channel, inclusive of all L1s, with the directory.
import { BANK_LINES, L2_BUSY, L2_DIRECTORY, L2_NEXT, L2_SETS, L2_TAGS, L2_WAYS } from "../../state/timing-layout";

const NOT_THERE: i32 = -1;

function firstWay(line: u32): u32 {
    const sets = load<u32>(L2_SETS);
    const home = line / load<u32>(BANK_LINES);
    return (home * sets + ((line % load<u32>(BANK_LINES)) & (sets - 1))) * load<u32>(L2_WAYS);
}

function tagOf(way: u32): usize {
    return <usize>load<u32>(L2_TAGS) + ((<usize>way) << 2);
}

/** Returns the number of the way that has the line, or -1. */
export function findInL2(line: u32): i32 {
    const first = firstWay(line);
    const end = first + load<u32>(L2_WAYS);
    for (let way = first; way < end; way++) if (load<u32>(tagOf(way)) == line + 1) return <i32>way;
    return NOT_THERE;
}

/** Returns the way of the line's set that is empty, else the one whose turn it is; lineIn tells what it has. */
export function makeRoom(line: u32): u32 {
    const first = firstWay(line);
    const ways = load<u32>(L2_WAYS);
    for (let way = first; way < first + ways; way++) if (!load<u32>(tagOf(way))) return way;
    const turn = <usize>load<u32>(L2_NEXT) + <usize>(first / ways);
    const way = <u32>load<u8>(turn);
    store<u8>(turn, <u8>(way + 1 == ways ? 0 : way + 1));
    return first + way;
}

/** Returns the line in the way + 1, or 0. */
export function contentOf(way: u32): u32 {
    return load<u32>(tagOf(way));
}

export function setContent(way: u32, line: u32): void {
    store<u32>(tagOf(way), line + 1);
}

export function empty(way: u32): void {
    store<u32>(tagOf(way), 0);
}

/** Returns the address of the way's directory entry. */
export function directoryOf(way: u32): usize {
    return <usize>load<u32>(L2_DIRECTORY) + ((<usize>way) << 3);
}

/** Returns the address of the clock until which the way is busy. */
export function busyOf(way: u32): usize {
    return <usize>load<u32>(L2_BUSY) + ((<usize>way) << 3);
}
