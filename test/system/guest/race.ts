// race: workers in all clusters do at once what the letters of an argument say (test/system/races.test.ts). Arguments: rounds, seed,
// letters: a worker each, the i-th in the i-th cluster from a random one on. Each role checks the values it sees.
import { argument_number } from "../../../userland/lib/args";
import { cstr } from "../../../userland/lib/cstr";
import { verdict } from "../../../userland/lib/print";
import { thread_create, thread_join, worker_cluster } from "../../../userland/lib/thread";
import { appender, appenders_end, closer, file_begin, hoarder, opener, ranger, truncater } from "./race-file";
import { failed, kit_begin, MOST_WORKERS, random, roles, wrong } from "./race-kit";
import {
    attacher,
    forker,
    memory_begin,
    protector,
    spawner,
    stack_peeper,
    toucher,
    unmapper,
    watcher,
} from "./race-memory";
import {
    bad_execer,
    exec_killer,
    execer,
    killer,
    leaver,
    locker,
    lockers_end,
    orphaner,
    race_image,
    sleeper,
} from "./race-process";

const ids: usize = memory.data(32 * 8, 8);

export function worker(w: u64): u64 {
    play(<u32>w, load<u8>(roles + <usize>w));
    return 0;
}

/** By the letters of the alphabet. */
function play(w: u32, letter: u32): void {
    if (letter == 65) appender(w);
    else if (letter == 66) hoarder(w);
    else if (letter == 67) closer(w);
    else if (letter == 68) sleeper(w);
    else if (letter == 69) bad_execer(w);
    else if (letter == 70) forker(w);
    else if (letter == 71) watcher(w);
    else if (letter == 72) leaver(w);
    else if (letter == 75) killer(w);
    else if (letter == 76) stack_peeper(w);
    else if (letter == 78) orphaner(w);
    else if (letter == 79) opener(w);
    else if (letter == 81) locker(w);
    else if (letter == 82) truncater(w);
    else if (letter == 83) spawner(w);
    else if (letter == 84) toucher(w);
    else if (letter == 85) unmapper(w);
    else if (letter == 86) attacher(w);
    else if (letter == 87) protector(w);
    else if (letter == 88) execer(w);
    else if (letter == 89) exec_killer(w);
    else if (letter == 90) ranger(w);
    else wrong(w, cstr("no such role:"), letter);
}

/** The word `one` or `two`: this is a child's new image. */
function image_of(argv: usize): u32 {
    const word = <usize>load<u64>(argv + 8);
    return load<u8>(word) == 111 ? 1 : load<u8>(word) == 116 ? 2 : 0;
}

export function main(argc: i32, argv: usize): i32 {
    if (argc == 2 && image_of(argv) != 0) race_image(image_of(argv));
    if (argc != 4) return verdict(cstr("race"), false, cstr("rounds, seed and letters are needed"));
    kit_begin(
        <usize>load<u64>(argv),
        argument_number(argc, argv, 1, 1),
        argument_number(argc, argv, 2, 1),
        <usize>load<u64>(argv + 24),
    );
    memory_begin();
    file_begin();
    const entry: (w: u64) => u64 = worker;
    const first = random(0, 64);
    let count: u32 = 0;
    for (; count < MOST_WORKERS && load<u8>(roles + count) != 0; count++) {
        const id = thread_create(<u32>entry.index, count, <i32>worker_cluster(first + count));
        if (id < 0) wrong(count, cstr("a worker could not be started:"), id);
        store<i64>(ids + ((<usize>count) << 3), id);
    }
    for (let w: u32 = 0; w < count; w++) {
        const id = load<i64>(ids + ((<usize>w) << 3));
        if (id >= 0 && thread_join(id, 0) != 0) wrong(w, cstr("a worker was lost:"), id);
    }
    lockers_end();
    appenders_end();
    return verdict(cstr("race"), !failed(), cstr("see above"));
}
