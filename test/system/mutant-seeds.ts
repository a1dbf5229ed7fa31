/**
 * How many seeds until a mutant of a race shows: `npx tsx test/system/mutant-seeds.ts SCHEDULE SEEDS [MUTANT...]` boots the kernel with each mutant
 * (default: all of RACES) on its race program, under `--audit every` or what RACES says, and a machine that the seed draws, and prints a row as race-seeds.ts does. A row
 * ends with SEEDS seeds or five failures. MUTANT: a name without MUTANT_; NONE is none of them.
 */

import * as mutants from "../../kernel/mutants/policy.ts";
import * as rules from "../../kernel/mutants/rules.ts";
import { guest } from "./harness/guest.ts";
import { type Race, raceProblem, type Schedule } from "./harness/race.ts";
import { showing, summary } from "./harness/seeds.ts";

const ENOUGH = 5;
const LIMIT = 60_000_000;
const NODES: Partial<Race> = {
    program: { path: guest("dsm"), args: ["counter"], nodes: 3 },
    machine: { mesh: [2, 2] },
};

/** What meets what the mutant leaves out, as ROLES:ROUNDS, in a crowd or not, or a DSM program. */
const RACES: Readonly<Record<string, string | Partial<Race>>> = {
    PAGE_UNHELD: "RRRRTT:16",
    FORK_FILES_UNHELD: { roles: "FCCC", rounds: 3, audit: "memory" },
    FILE_UNHELD: "CCCCO:12",
    CHANGE_UNMARKED: "UUT:3",
    PAGE_UNMARKED: "UUT:3",
    FREEZE_UNHELD: "FTTT:3",
    HOLD_ENDED_TWICE: "FTTT:3",
    LEVEL_FORK_END: "FFFF:3 crowd",
    LEVEL_REGISTER: "SSSS:4 crowd",
    LEVEL_ATTACH: "VVVV:3 crowd",
    LEVEL_INVALIDATE: "WWTT:3 crowd",
    LEVEL_FRAME: "TTTT:3 crowd",
    LEVEL_FORK_BEGIN: "FFFF:3 crowd",
    UNLOCKED_VMM: "VWT:3",
    UNLOCKED_KCM: "SSFF:3",
    UNLOCKED_BANK: "FTTT:3",
    UNLOCKED_TABLE: "NNF:2",
    UNLOCKED_FUTEX: "QQQQF:6",
    ORDER_OWN_FIRST: "FWGF:3",
    ORDER_FREED_FIRST: "UUT:3",
    ORDER_FORGOTTEN_FIRST: "UUT:3",
    ORDER_TAKEN_FIRST: "FWGF:3",
    ORDER_COW_FREED: "FWGF:3",
    ORDER_LEFT_EARLY: "UUT:3",
    UNLOCKED_GROUP: { ...NODES, audit: "waits" },
    LEVEL_DOWNGRADE: NODES,
    GRANT_BEFORE_ACK: NODES,
    NO_SHOOTDOWN: NODES,
    NO_SFENCE: NODES,
};
const IDS: ReadonlyMap<string, number> = new Map(Object.entries({ ...mutants, ...rules, MUTANT_NONE: 0 }));

function raceOf(name: string): Omit<Race, "seed"> {
    const race = RACES[name] ?? "FTTT:3";
    if (typeof race !== "string") return { roles: "", rounds: 1, ...race };
    const [program = "", crowd] = race.split(" ");
    const [roles = "", rounds = "3"] = program.split(":");
    return { roles, rounds: Number(rounds), crowd: crowd !== undefined };
}

const [schedule = "conflicts", seeds = "200", ...names] = process.argv.slice(2);
for (const name of names.length > 0 ? names : Object.keys(RACES)) {
    const mutant = IDS.get(`MUTANT_${name}`);
    if (mutant === undefined) throw new Error(`there is no mutant ${name}`);
    const choice = { schedule: schedule as Schedule, mutant, limit: LIMIT };
    const race: Omit<Race, "seed"> = { audit: "every", ...raceOf(name), ...choice };
    const shown = await showing(Number(seeds), ENOUGH, (seed) => raceProblem({ ...race, seed }));
    console.log(`| ${name} | ${race.roles || "dsm counter"} | ${schedule} | ${summary(shown)} | ${shown.first} |`);
}
