// Turns end behind conflicting accesses (docs/spec/turns.md 2.7). Notes hold the last accesses of each word; a turn has parts, and a hart
// may be away.
import { AWAY_UNTIL, BUDGET, CONFLICTS_LEFT, HART_ID, KEPT } from "../state/hart-layout";
import { CONFLICTS, NOTES_ORIGIN, PART, PARTS_LEFT, ROUND, TURN, TURN_OVER } from "../state/machine-layout";
import { NOTE_HART_SHIFT, NOTE_SHARED_SHIFT, NOTE_WROTE } from "../state/note-layout";
import { DRAW_PARTS, draw } from "./draw";
import { grant } from "./time";

/** Fields of the draw: bits 0 to 2 are n less one, 8 and 9 send the hart away when 0, and the bits from 12 on choose the octave of m. */
const CONFLICTS_MASK: u64 = 7;
const STAYS_SHIFT: u64 = 8;
const STAYS_MASK: u64 = 3;
const AWAY_SHIFT: u64 = 12;
const AWAY_OCTAVES: u64 = 7;

const NOTE_SHARED: u32 = 1 << NOTE_SHARED_SHIFT;

/** Notes that the hart has accessed the word at `host`. Engines note the accesses that hit L0. */
export function noted(h: usize, host: usize, writes: bool): void {
    if (!load<u32>(CONFLICTS)) return;
    const place = <usize>(load<u32>(NOTES_ORIGIN) + ((<u32>host >> 3) << 1));
    const own = (load<u32>(h, HART_ID) + 1) << NOTE_HART_SHIFT;
    const note = <u32>load<u16>(place);
    const isOwn = note >> NOTE_HART_SHIFT == own >> NOTE_HART_SHIFT;
    if (isOwn && !writes) return;
    const loaded = note != 0 && !(note & NOTE_WROTE);
    store<u16>(place, <u16>(own | (writes ? NOTE_WROTE : loaded ? NOTE_SHARED : 0)));
    const conflicts = writes ? note != 0 && (!isOwn || (note & NOTE_SHARED) != 0) : (note & NOTE_WROTE) != 0;
    if (conflicts) conflict(h);
}

/** The access of the instruction in progress is a conflict. BUDGET counts the instruction already. Engines call this function, too. */
export function conflict(h: usize): void {
    const left = load<i32>(h, BUDGET);
    if (left <= 0) return;
    const conflicts = load<u32>(h, CONFLICTS_LEFT) - 1;
    store<u32>(h, conflicts, CONFLICTS_LEFT);
    if (conflicts) return;
    store<i32>(h, left, KEPT);
    grant(h, -left);
}

/** Begins a part of the hart's turn. */
export function startPart(h: usize, index: u32): void {
    if (load<u32>(CONFLICTS)) store<u32>(h, 1 + <u32>(partDraw(index) & CONFLICTS_MASK), CONFLICTS_LEFT);
}

/** Ends a part of the hart's turn: decides whether there is another in this round, or the hart is away, or its budget is used. */
export function endPart(h: usize, index: u32): void {
    if (!load<i32>(h, KEPT)) return;
    const drawn = partDraw(index);
    const goes = ((drawn >> STAYS_SHIFT) & STAYS_MASK) == 0;
    if (load<u32>(TURN) == TURN_OVER || goes) store<i32>(h, 0, KEPT);
    else store<u32>(PARTS_LEFT, 1);
    if (!goes) return;
    const rounds = (<u64>1) << ((drawn >> AWAY_SHIFT) % AWAY_OCTAVES);
    store<u64>(h, load<u64>(ROUND) + 1 + rounds, AWAY_UNTIL);
}

/** Goes on to the next part of this round. False when there is none. */
export function nextPart(): bool {
    if (!load<u32>(PARTS_LEFT)) return false;
    store<u32>(PARTS_LEFT, 0);
    store<u32>(PART, load<u32>(PART) + 1);
    return true;
}

/** Gives the hart the rest of its budget that it kept. False when there is none, and its turn is over. */
export function resume(h: usize): bool {
    const kept = load<i32>(h, KEPT);
    store<i32>(h, 0, KEPT);
    grant(h, kept);
    return kept != 0 && load<i32>(h, BUDGET) > 0;
}

export function isAway(h: usize): bool {
    return load<u64>(ROUND) < load<u64>(h, AWAY_UNTIL);
}

function partDraw(index: u32): u64 {
    return draw(index, load<u64>(ROUND), DRAW_PARTS + <u64>load<u32>(PART));
}
