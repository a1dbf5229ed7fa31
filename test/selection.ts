/** Which test files a command runs (vitest.config.ts): `npm test` all but GUESTS, `npm run test:quick` QUICK, `npm run test:guests` GUESTS. */

/** What needs a stock emulator or debugger, a browser or a daemon beside the tests; at most 15 minutes. */
export const GUESTS: readonly string[] = [
    // Random programs, and the bare-metal programs themselves, on QEMU's machine.
    "test/emu/engine/qemu-differential.test.ts",
    "test/emu/lockstep/qemu.test.ts",
    "test/emu/programs.test.ts",
    // GDB itself on the debugger's socket.
    "test/system/gdb.test.ts",
    // Slurm's daemons and GNU parallel.
    "test/cli/sweep/submit.test.ts",
    // Firmware and Linux as Debian ships them.
    "test/guests/**/*.test.ts",
];

/** At most a minute on two idle cores, and still something of every part. */
export const QUICK: readonly string[] = [
    // Pure functions and small machines: hundreds of cases a second.
    "test/toolchain/{asm,link}/**/*.test.ts",
    "test/boot/{observe,system}/**/*.test.ts",
    "test/{configs,docs,emu,reporter}/**/*.test.ts",
    "test/layering.test.ts",
    "test/cli/{command-line,drive,run-system,run-elf,summary,bare-machine}.test.ts",
    "test/cli/sweep/{cells,expression,identity,rows}.test.ts",
    // The kernel's files natively, by the same models as the long tests.
    "test/kernel/*.test.ts",
    "test/dsm/sequential.test.ts",
    // Of whole runs those that meet most of the kernel in little time.
    "test/system/{threads,paging,lifecycle,futex,bad-calls,dsm,livelock}.test.ts",
];
