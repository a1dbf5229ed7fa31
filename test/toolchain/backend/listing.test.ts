import { expect, test } from "vitest";
import { compileGuest } from "./compile-guest.ts";
import { listFunction } from "./listing.ts";

const LISTED: [string, string[]][] = [
    ["listing", ["global_counter", "sum_array", "string_length", "clamp", "spin_lock", "sign"]],
    [
        "intrinsics",
        [
            "csr_access",
            "remote_access",
            "remote_atomics",
            "compare_and_swap",
            "compare_and_swap_wide",
            "wait_for",
            "thread_field",
            "addresses",
            "system_call",
            "external",
        ],
    ],
];

test.each(LISTED)("the code of guest/%s.ts is as checked in", async (file, names) => {
    const image = await compileGuest(`${file}.ts`);
    const listing = names.map((name) => listFunction(image, name)).join("\n\n");
    await expect(`${listing}\n`).toMatchFileSnapshot(`golden/${file}.txt`);
});
