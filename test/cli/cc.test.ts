/** `archipel cc`: which compiler it takes, what it says, and that C programs run. What needs a compiler is skipped where there is none. */

import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { compile } from "../../boot/cli/cc/compile.ts";
import { type CompilerHost, findCompiler, type Need, needsOf, thisHost } from "../../boot/cli/cc/compiler.ts";
import { ccArguments } from "../../boot/cli/cc-command.ts";
import { packageRoot } from "../../boot/package-root.ts";
import { archipel, errorLines } from "../system/harness/cli.ts";

const folder = mkdtempSync(join(tmpdir(), "archipel-cc-test-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Finds and starts commands as told: by the command line's beginning, what it answers. */
function hostWith(answers: Readonly<Record<string, string>>, env: Record<string, string> = {}): CompilerHost {
    return {
        env,
        run(command, args) {
            const line = [command, ...args].join(" ");
            const found = Object.keys(answers).find((known) => line.startsWith(known));
            const started = Object.keys(answers).some((known) => known.split(" ")[0] === command);
            return {
                status: found === undefined ? (started ? 1 : -1) : 0,
                stdout: found === undefined ? "" : (answers[found] ?? ""),
            };
        },
    };
}

const GCC = { "riscv64-unknown-elf-gcc -dumpmachine": "riscv64-unknown-elf\n" };
const GCC_WITH_PICOLIBC = { ...GCC, "riscv64-unknown-elf-gcc --specs=picolibc.specs": "" };
const ZIG = { "zig version": "0.13.0\n" };
const LINUX_GCC = { "riscv64-linux-gnu-gcc -dumpmachine": "riscv64-linux-gnu\n" };
const LINUX_INSTALL = "apt-get install gcc-riscv64-linux-gnu libc6-dev-riscv64-cross";
const INSTALL = "apt-get install gcc-riscv64-unknown-elf picolibc-riscv64-unknown-elf";

describe("which compiler", () => {
    it("RISCV_CC comes first, whatever else there is", () => {
        const host = hostWith(
            { ...GCC_WITH_PICOLIBC, ...ZIG, "mine -O3 -dumpmachine": "riscv64-linux-gnu\n" },
            { RISCV_CC: "mine -O3" },
        );
        expect(findCompiler(host)).toMatchObject({ command: ["mine", "-O3"], library: "hosted" });
    });

    it("then gcc with picolibc", () => {
        const found = findCompiler(hostWith({ ...GCC_WITH_PICOLIBC, ...ZIG }));
        expect(found).toMatchObject({
            command: ["riscv64-unknown-elf-gcc", "--specs=picolibc.specs"],
            library: "picolibc",
        });
    });

    it("then zig, also when gcc has no picolibc", () => {
        for (const host of [hostWith(ZIG), hostWith({ ...GCC, ...ZIG })]) {
            expect(findCompiler(host).command).toEqual(["zig", "cc", "-target", "riscv64-linux-musl"]);
        }
    });

    it.each([
        ["none", {}, {}, `there is no C compiler for RISC-V: ${INSTALL}`],
        ["gcc without picolibc", GCC, {}, `riscv64-unknown-elf-gcc has no C library (picolibc): ${INSTALL}`],
        [
            "RISCV_CC that is not there",
            GCC_WITH_PICOLIBC,
            { RISCV_CC: "nowhere" },
            'RISCV_CC is "nowhere": cannot be started',
        ],
        [
            "RISCV_CC for the host",
            { "cc -dumpmachine": "x86_64-linux-gnu\n" },
            { RISCV_CC: "cc" },
            "which compiles for x86_64-linux-gnu; must be for riscv64",
        ],
        [
            "RISCV_CC without picolibc",
            { "mine -dumpmachine": "riscv64-unknown-elf\n" },
            { RISCV_CC: "mine" },
            "has no picolibc",
        ],
    ])("%s: one line that says what to do", (_, answers, env, message) => {
        expect(() => findCompiler(hostWith(answers as Record<string, string>, env))).toThrow(message);
    });

    it.each<[string, string, Need[]]>([
        ["a.c", '#include "sm.h"\n#include <stdio.h>\n', []],
        ["a.c", "#include <stdio.h>\n  # include <pthread.h> // threads\n", ["pthread.h"]],
        ["a.c", "#include <omp.h>\n#include <pthread.h>\n#include <omp.h>\n", ["omp.h", "pthread.h"]],
        ["a.c", "#include <threads.h>\n", ["threads.h"]],
        ["a.c", "#include <sys/wait.h>\n", ["sys/wait.h"]],
        ["a.c", "// #include <pthread.h>\n", []],
        ["a.cc", "", ["C++"]],
        ["a.cpp", "#include <omp.h>\n", ["C++", "omp.h"]],
    ])("%s with %j needs %j of a hosted library", (name, text, needs) => {
        expect(needsOf(name, text)).toEqual(needs);
    });

    it("a program that needs a hosted library gets gcc for Linux with its options, whatever picolibc there is", () => {
        const host = hostWith({ ...GCC_WITH_PICOLIBC, ...ZIG, ...LINUX_GCC, "riscv64-linux-gnu-g++ -dumpmachine": "" });
        const command = ["riscv64-linux-gnu-gcc"];
        const expected = { command, library: "hosted", options: ["-fopenmp", "-pthread"] };
        const found = findCompiler(host, ["omp.h", "pthread.h", "threads.h", "sys/wait.h"]);
        expect(found).toMatchObject(expected);
        expect(found.description).toBe("riscv64-linux-gnu-gcc, for omp.h, pthread.h, threads.h, sys/wait.h");
        expect(findCompiler(host, ["C++"])).toMatchObject({ command, options: ["-lstdc++"] });
    });

    it("then zig, but for OpenMP, which it does not have", () => {
        const host = hostWith({ ...GCC_WITH_PICOLIBC, ...ZIG });
        const command = ["zig", "cc", "-target", "riscv64-linux-musl"];
        expect(findCompiler(host, ["pthread.h"])).toMatchObject({ command, options: ["-pthread"] });
        expect(findCompiler(host, ["C++"])).toMatchObject({ command, options: ["-lc++"] });
        expect(() => findCompiler(host, ["omp.h"])).toThrow(
            `needs a hosted C library (omp.h), and there is no compiler that has one: ${LINUX_INSTALL} (Debian, Ubuntu); or name`,
        );
    });

    it("without a hosted compiler, one line that installs one", () => {
        const host = hostWith(GCC_WITH_PICOLIBC);
        expect(() => findCompiler(host, ["pthread.h"])).toThrow(
            `(pthread.h), and there is no compiler that has one: ${LINUX_INSTALL}`,
        );
        expect(() => findCompiler(host, ["C++"])).toThrow("apt-get install g++-riscv64-linux-gnu");
        const own = hostWith(
            { "mine -dumpmachine": "riscv64-unknown-elf\n", "mine --specs=picolibc.specs": "" },
            { RISCV_CC: "mine" },
        );
        expect(() => findCompiler(own, ["omp.h"])).toThrow(
            `RISCV_CC is mine with picolibc, and the program needs a hosted C library (omp.h): ${LINUX_INSTALL}`,
        );
    });

    it("zig gets the sources, sm.h's folder and the runtime, and writes the program", async () => {
        const script = join(folder, "zig");
        const log = join(folder, "log");
        writeFileSync(
            script,
            `#!/bin/sh\necho "$@" >> ${log}\nwhile [ "$1" != -o ]; do shift; done\necho made > "$2"\n`,
        );
        chmodSync(script, 0o755);
        const source = join(folder, "any.c");
        writeFileSync(source, "int main(void) { return 0; }\n");
        const output = join(folder, "any.elf");
        const compiler = findCompiler({ env: { RISCV_CC: script }, run: thisHost.run });
        await compile(compiler, { words: ["-DX=1", source], files: [source], output }, () => {});
        expect(readFileSync(output, "utf8")).toBe("made\n");
        const calls = readFileSync(log, "utf8").trim().split("\n");
        expect(calls[0]).toMatch(/^cc -target riscv64-linux-musl .*-c .*userland\/c\/sm\.c -o /);
        expect(calls[1]).toMatch(
            /^cc -target riscv64-linux-musl -I.*userland\/c -O2 -g -DX=1 .*any\.c .*sm\.c\.o -static -o .*any\.elf -lm$/,
        );
    });
});

describe("the command line", () => {
    it("takes a compiler's short options among ours", () => {
        const words = ccArguments(["a.c", "-o", "b.elf", "-O3", "-I", "x", "--help", "-DN=2", "-lm"]);
        expect(words).toEqual(["--output", "b.elf", "--help", "--", "a.c", "-O3", "-I", "x", "-DN=2", "-lm"]);
    });

    it("without a file, and with an unknown long option: exit 2", async () => {
        expect(await archipel("cc")).toMatchObject({ code: 2, err: expect.stringContaining("a C file is missing") });
        expect(await archipel("cc", "a.c", "--outptu", "x")).toMatchObject({
            code: 2,
            err: expect.stringContaining("did you mean --output?"),
        });
    });

    it("--help: exit 0", async () => {
        expect(await archipel("cc", "--help")).toMatchObject({ code: 0, out: expect.stringContaining("FILE.c") });
    });
});

const isHosted = thisHost.run("riscv64-linux-gnu-gcc", ["-dumpmachine"]).status === 0;

it.skipIf(!isHosted).each(["lu", "pipeline"])("the example %s compiles as it is, and runs", async (name) => {
    const program = join(folder, `${name}.elf`);
    const source = join(packageRoot(), `userland/c/examples/${name}.c`);
    const result = await archipel("cc", source, "-o", program);
    expect(result).toMatchObject({ code: 0, err: expect.stringContaining("cc: riscv64-linux-gnu-gcc, for ") });
    const { code, output } = await boot(`${program} 8`);
    expect({ code, output }).toEqual({ code: 0, output: expect.stringMatching(`${name}: ok\n$`) });
});

const installed = hasCompiler();

function hasCompiler(): boolean {
    try {
        return findCompiler(thisHost).library === "picolibc";
    } catch {
        return false;
    }
}

/** Compiles a text; the program's path. */
async function build(name: string, text: string, ...options: string[]): Promise<string> {
    const source = join(folder, `${name}.c`);
    const output = join(folder, `${name}.elf`);
    writeFileSync(source, text);
    expect(await archipel("cc", source, "-o", output, ...options)).toMatchObject({ code: 0 });
    return output;
}

const SMALL = [
    "--set",
    "machine.mesh=[2,2]",
    "--set",
    "machine.hartsPerCluster=1",
    "--set",
    "machine.bankSize=4MiB",
    "--audit",
    "end",
];

/** Boots the program; its exit code and output. */
async function boot(program: string, ...options: string[]) {
    const json = join(folder, "run.json");
    const result = await archipel("boot", "--program", program, "--json", json, ...SMALL, ...options);
    const { programs, audit } = JSON.parse(readFileSync(json, "utf8"));
    expect(audit.violation).toBeNull();
    return { ...result, exit: programs[0].exit, output: programs[0].output as string };
}

const LIBRARY = `
#include "sm.h"
static __thread int own = 5;
static __thread int zero;
static int order[4], orders;
static void at_end(void) { printf("at exit\\n"); }
static int down(const void *a, const void *b) { return *(const int *)b - *(const int *)a; }
__attribute__((constructor)) static void first(void) { order[orders++] = 1; }
int main(int argc, char *argv[]) {
    int number; double real; char word[20];
    printf("%d %s %s\\n", argc, argv[1], getenv("HOME") == NULL ? "none" : "some");
    number = sscanf("12 3.25 abc", "%d %lf %s", &number, &real, word) == 3 ? number : 0;
    printf("%f %.3e %g %s %5d|%-5d|%05x\\n", fabs(-real), sqrt(2), 1e100, word, 42, 42, 255);
    int *numbers = malloc(100000 * sizeof *numbers), *more = calloc(1000, 1000);
    for (int i = 0; i < 100000; i++) numbers[i] = i;
    qsort(numbers, 1000, sizeof *numbers, down);
    numbers = realloc(numbers, 400000 * sizeof *numbers);
    printf("%d %d %d %d\\n", numbers[0], numbers[999], numbers[99999], more[249999]);
    free(numbers); free(more);
    srand(7); int a = rand(), b = rand(); srand(7);
    printf("%d %d %d\\n", a == rand(), b == rand(), a != b);
    char copy[8]; memset(copy, 'x', 8); memcpy(copy, "abc", 4);
    printf("%s %d %d %d %d\\n", copy, atoi("-77"), own++, zero, order[0]);
    printf("%d %d\\n", memcmp(&own, &(int){6}, sizeof own), malloc((size_t)1 << 40) == NULL && errno == ENOMEM);
    struct rusage usage; struct timeval begin, end;
    gettimeofday(&begin, NULL);
    for (volatile int i = 0; i < 10000; i++) ;
    gettimeofday(&end, NULL);
    printf("%d %d\\n", getrusage(RUSAGE_SELF, &usage), usage.ru_utime.tv_usec > 0 && (end.tv_usec > begin.tv_usec || end.tv_sec > begin.tv_sec) && clock() > 0);
    FILE *file = fopen("notes", "w+");
    fprintf(file, "line %d\\n", 1); fflush(file); fseek(file, 0, SEEK_SET);
    char line[20]; printf("%s", fgets(line, sizeof line, file)); fclose(file);
    printf("%d %d\\n", fopen("nothing", "r") == NULL, errno == ENOENT);
    fprintf(stderr, "to stderr\\n");
    atexit(at_end);
    printf("no newline ");
    exit(argc == 2 ? 0 : 3);
}
`;

describe.skipIf(!installed)("C programs", () => {
    it("use the C library through sm.h alone", async () => {
        const program = await build("library", LIBRARY, "-Wall", "-Wextra", "-Werror");
        const { code, output } = await boot(`${program} word`);
        const expected = [
            "2 word none",
            "3.250000 1.414e+00 1e+100 abc    42|42   |000ff",
            "999 0 99999 0",
            "1 1 1",
            "abc -77 5 0 1",
            "0 1",
            "0 1",
            "line 1",
            "1 1",
            "to stderr",
            "no newline at exit",
            "",
        ];
        expect(output).toBe(expected.join("\n"));
        expect(code).toBe(0);
        expect((await boot(program)).exit.code).toBe(3);
    });

    it("name function, file and line of a fault", async () => {
        const program = await build(
            "fault",
            '#include "sm.h"\nint main(void) {\n    *(volatile int *)16 = 1;\n    return 0;\n}\n',
        );
        const result = await boot(program);
        expect(result.exit).toEqual({ code: null, signal: "SIGSEGV" });
        expect(result.err).toMatch(/main.*fault\.c:3/);
    });

    it("abort ends with SIGABRT, and a failed assertion says where", async () => {
        const program = await build(
            "assert",
            '#include "sm.h"\n#include <assert.h>\nint main(int argc, char **argv) {\n    assert(argc > 5);\n    return argv == NULL;\n}\n',
        );
        const { exit, output } = await boot(program);
        expect(exit).toEqual({ code: null, signal: "SIGABRT" });
        expect(output).toContain("argc > 5");
    });

    it("the example gives the same result for 1, 2, 3 and 4 nodes", async () => {
        const program = join(folder, "dot.elf");
        const source = join(packageRoot(), "userland/c/examples/dot-product.c");
        expect(await archipel("cc", source, "-o", program)).toMatchObject({ code: 0 });
        for (const nodes of [1, 2, 3, 4]) {
            const { code, output } = await boot(`${program} 700`, "--set", `programs.0.nodes=${nodes}`);
            expect(output).toContain(`dot-product: 700 numbers, ${nodes} nodes: 244650.0\n`);
            expect(output).toContain("dot-product: ok\n");
            expect(code).toBe(0);
        }
    });

    it("a program that was started alone is a group of one node, with id 0", async () => {
        const text =
            '#include "sm.h"\nint main(int argc, char **argv) {\n    int nodes = 9, nid = 9;\n    int *p;\n    if (sm_node_init(&argc, &argv, &nodes, &nid)) return 9;\n    p = sm_malloc(4);\n    *p = 5;\n    sm_bcast((void **)&p, 0);\n    sm_barrier();\n    sm_node_exit();\n    return nodes * 10 + nid;\n}\n';
        expect((await boot(await build("one", text))).exit.code).toBe(10);
    });

    it("--program is relative to where the command runs; paths may be long, and alike in their beginnings", async () => {
        const deep = join(folder, "a-folder-with-a-long-name/".repeat(4));
        mkdirSync(deep, { recursive: true });
        const [one, two] = [1, 2].map((n) => join(deep, `${n}.elf`)) as [string, string];
        for (const [path, result] of [
            [one, 0],
            [two, 0],
        ] as const) {
            const source = join(folder, "path.c");
            writeFileSync(
                source,
                `#include "sm.h"\nint main(void) { printf("%s\\n", "${path === one ? "one" : "two"}"); return ${result}; }\n`,
            );
            expect(await archipel("cc", source, "-o", path)).toMatchObject({ code: 0 });
        }
        const both = await archipel("boot", "--program", one, "--program", two, ...SMALL);
        expect(both.code).toBe(0);
        expect(both.out).toMatch(/^one$/m);
        expect(both.out).toMatch(/^two$/m);
        await build("near", '#include "sm.h"\nint main(void) { return 0; }\n');
        const before = process.cwd();
        process.chdir(folder);
        const near = await archipel("boot", "--program", "./near.elf", ...SMALL).finally(() => process.chdir(before));
        expect(near.code).toBe(0);
    });
});

describe.skipIf(!installed)("what the compiler refuses", () => {
    it("its messages come through, exit 3, and there is no program", async () => {
        const source = join(folder, "wrong.c");
        const output = join(folder, "wrong.elf");
        writeFileSync(source, "int main(void) { return nothing; }\n");
        const result = await archipel("cc", source, "-o", output);
        expect(result.code).toBe(3);
        expect(result.err).toMatch(/wrong\.c:1:\d+: error: .*nothing/);
        expect(errorLines(result)).toEqual([`cc: ${source}: not compiled, see above`]);
        expect(existsSync(output)).toBe(false);
    });

    it("a file that is not there", async () => {
        const result = await archipel("cc", join(folder, "missing.c"));
        expect(result.code).toBe(3);
        expect(errorLines(result)).toEqual([expect.stringContaining("missing.c: there is no such file")]);
    });
});
