// Resources as calendars (docs/spec/timing.md 5.1): a ring of words, a bit a cycle. A taker gets the first free cycles from its time on, not
// always in a row. So a resource is never idle while somebody waits for it, whatever the order in which the takers come.
import {
    CALENDAR_BUSY,
    CALENDAR_LONGEST,
    CALENDAR_RING,
    CALENDAR_USES,
    CALENDAR_WAITED,
    CALENDAR_WORD,
    LATE,
} from "../../state/timing-layout";

const WORD_SHIFT: u64 = 6;
const WORD_CYCLES: u32 = 64;
const ALL: u64 = 0xffffffffffffffff;

/**
 * Takes `cycles` cycles (1 or more) of the calendar with a ring of `words` words (a power of two), and returns when they begin: the last
 * of them - `cycles` + 1.
 */
export function reserve(calendar: usize, words: u32, time: u64, cycles: u32): u64 {
    const at = <u32>time & (WORD_CYCLES - 1);
    let start = time;
    let taken = false;
    if (at + cycles <= WORD_CYCLES) {
        const entry = entryOf(calendar, words, time >> WORD_SHIFT);
        const run = cycles == WORD_CYCLES ? ALL : (((<u64>1) << cycles) - 1) << at;
        if (load<u64>(entry, 8) == time >> WORD_SHIFT && !(load<u64>(entry) & run)) {
            store<u64>(entry, load<u64>(entry) | run);
            taken = true;
        }
    }
    if (!taken) start = reserveFree(calendar, words, time, cycles);
    const waited = start - time;
    store<u64>(calendar, load<u64>(calendar, CALENDAR_BUSY) + <u64>cycles, CALENDAR_BUSY);
    store<u64>(calendar, load<u64>(calendar, CALENDAR_USES) + 1, CALENDAR_USES);
    if (waited) {
        store<u64>(calendar, load<u64>(calendar, CALENDAR_WAITED) + waited, CALENDAR_WAITED);
        if (waited > load<u64>(calendar, CALENDAR_LONGEST)) store<u64>(calendar, waited, CALENDAR_LONGEST);
    }
    return start;
}

function entryOf(calendar: usize, words: u32, word: u64): usize {
    return calendar + CALENDAR_RING + <usize>(<u32>word & (words - 1)) * CALENDAR_WORD;
}

/** Returns the entry of the word, emptied if it had an older one, or 0 when the ring has gone past that word. */
function openWord(calendar: usize, words: u32, word: u64): usize {
    const entry = entryOf(calendar, words, word);
    const present = load<u64>(entry, 8);
    if (present > word) return 0;
    if (present < word) {
        store<u64>(entry, 0);
        store<u64>(entry, word, 8);
    }
    return entry;
}

/** Takes free cycles word by word. Outside the ring nobody waits: that is told (LATE). */
function reserveFree(calendar: usize, words: u32, time: u64, cycles: u32): u64 {
    let word = time >> WORD_SHIFT;
    const end = word + <u64>words;
    let mask = ALL << (time & 63);
    let left = cycles;
    while (word < end) {
        const entry = openWord(calendar, words, word);
        if (!entry) break;
        const busy = load<u64>(entry);
        let free = ~busy & mask;
        const count = <u32>popcnt(free);
        if (count >= left) {
            let kept = busy;
            let last: u64 = 0;
            for (; left; left--) {
                last = ctz(free);
                kept |= (<u64>1) << last;
                free &= free - 1;
            }
            store<u64>(entry, kept);
            return (word << WORD_SHIFT) + last + 1 - <u64>cycles;
        }
        store<u64>(entry, busy | free);
        left -= count;
        mask = ALL;
        word++;
    }
    store<u64>(LATE, load<u64>(LATE) + 1);
    return time;
}
