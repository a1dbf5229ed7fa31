/** Each rule of docs/spec/signals.md has a program in test/linux/programs that shows it by a line of its output; linux.test.ts runs them. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { packageRoot } from "../../boot/package-root.ts";

const ROWS: readonly (readonly [rule: string, program: string, line: string])[] = [
    ["S1.1", "signal-handlers", "old 1 flags 0"],
    ["S1.2", "signal-threads", "inherited 1 1"],
    ["S2.1", "signal-handlers", "rt 0 0 1"],
    ["S2.2", "signal-storm", "sum 950"],
    ["S2.3", "signal-clusters", "4 4 4 4 4 14 4 4 0 to the process"],
    ["S2.4", "signal-groups", "forkers -1 No such process"],
    ["S3.1", "signal-handlers", "sum 3.547739657144 value 3890"],
    ["S3.2", "signal-life", "no frame 11"],
    ["S3.3", "signal-handlers", "delivered 2"],
    ["S3.4", "signal-orphaned", "child goes first"],
    ["S3.5", "signal-handlers", "fault 11 code 2 at 16"],
    ["S4.1", "signal-waits", "reaped 4 children 1"],
    ["S4.2", "signal-waits", "ignoring -1 No child processes"],
    ["S4.3", "signal-stop", "continued: 1 ffff stopped 0 0 continued 1 exited 0 signaled 0"],
    ["S5.1", "signal-waits", "nanosleep -1 Interrupted system call alarms 1 rest 1"],
    ["S5.2", "signal-waits", "waitpid 0 alarms 1 Interrupted system call"],
    ["S5.3", "signal-waits", "sigsuspend -1 Interrupted system call alarms 1"],
    ["S6.1", "signal-life", "child: pending 0 blocked 1 handled 1"],
    ["S6.2", "signal-life", "exec: blocked 1 pending 1 of the process 1 handler 1 ignored 1"],
    ["S7.1", "signal-waits", "overrun 1 1"],
];

it.each(ROWS)("%s: %s shows it", (_, program, line) => {
    const expected = readFileSync(join(packageRoot(), "test/linux/programs", `${program}.txt`), "utf8");
    expect(expected.split("\n")).toContain(line);
});
