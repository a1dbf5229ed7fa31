/**
 * guests/*: C programs (bench/guests) on the default engine beside QEMU, on the same ELF: the ratio of the processes' CPU times, start-up and
 * compilation included, and `steady`, that of what the second half of a run twice as long takes. In group sv39 programs run in
 * supervisor mode, under an identity map of small pages.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { packageFile, packageRoot } from "../../package-root.ts";
import { geometricMean } from "./codegen-pairs.ts";
import { qemuArguments, qemuMissing } from "./qemu.ts";
import { type Benchmark, type BenchRow, measuredRow, skippedRow } from "./types.ts";

interface Guest {
    readonly name: string;
    /** Those of a run of about two seconds on QEMU. */
    readonly trips: number;
}

export const GUESTS: readonly Guest[] = [
    { name: "memcpy", trips: 300 },
    { name: "dhrystone", trips: 400 },
    { name: "matmul", trips: 100 },
    { name: "triad", trips: 130 },
    { name: "coremark", trips: 7500 },
    { name: "quicksort", trips: 200 },
    { name: "chase", trips: 450 },
];
/** What is not hot, or leaves compiled code often. */
const COLD_GUESTS: readonly Guest[] = [
    { name: "dispersed", trips: 20_000 },
    { name: "calls", trips: 500 },
    { name: "cold", trips: 2 },
    { name: "ecalls", trips: 60 },
];
const SAMPLES = 3;
const STEADY = "/steady";
type Group = "bare" | "sv39" | "cold";
const COMPILERS = ["riscv64-linux-gnu-gcc", "riscv64-unknown-elf-gcc"];
const OPTIONS = "-O2 -march=rv64gc -mabi=lp64d -mcmodel=medany -static -nostdlib -ffreestanding -fno-builtin -fno-pic";
const LINK = ["-Wl,-T,guest.ld", "-Wl,--build-id=none", "-Wl,--no-warn-rwx-segments"];
const PEER = "qemu-system-riscv64";
const LIMIT_MS = 600_000;

/** Hot programs, in machine mode and under translation, and those that are not hot. */
export const BENCH_GUESTS: readonly Benchmark[] = [
    { name: "guests/bare", run: (note) => run("bare", GUESTS, note) },
    { name: "guests/sv39", run: (note) => run("sv39", GUESTS, note) },
    { name: "guests/cold", run: (note) => run("cold", COLD_GUESTS, note) },
];

async function run(group: Group, guests: readonly Guest[], note: (text: string) => void): Promise<readonly BenchRow[]> {
    const compiler = COMPILERS.find((name) => spawnSync(name, ["--version"]).status === 0);
    if (compiler === undefined) return [skippedRow(`guests/${group}`, "auto", "s", `no ${COMPILERS.join(" or ")}`)];
    const folder = mkdtempSync(join(tmpdir(), "archipel-guests-"));
    try {
        const rows: BenchRow[] = [];
        for (const guest of guests) {
            const name = `guests/${group}/${guest.name}`;
            note(name);
            const compile = (trips: number) => compileGuest(compiler, folder, { ...guest, trips }, group === "sv39");
            rows.push(...measure(name, compile, guest.trips));
        }
        return [...rows, ...means(group, rows)];
    } finally {
        rmSync(folder, { recursive: true });
    }
}

/** Of the ratios of whole runs, and of second halves. */
function means(group: Group, rows: readonly BenchRow[]): BenchRow[] {
    return ["", STEADY].flatMap((kind) => {
        const ratios = rows.filter(({ name }) => name.endsWith(STEADY) === (kind === STEADY)).map(({ ratio }) => ratio);
        const known = ratios.filter((ratio) => ratio !== null);
        if (known.length === 0) return [];
        const mean = geometricMean(known);
        return [measuredRow(`guests/${group}/geometric-mean${kind}`, "auto", "ratio", [mean], [mean])];
    });
}

/** The rows of whole runs and of second halves, and QEMU's. */
function measure(name: string, compile: (trips: number) => string, trips: number): BenchRow[] {
    const [short, long] = [compile(trips), compile(2 * trips)];
    const missing = qemuMissing();
    const times = {
        ours: [] as number[],
        oursSteady: [] as number[],
        peer: [] as number[],
        peerSteady: [] as number[],
    };
    for (let sample = 0; sample < SAMPLES; sample++) {
        const ours = cpuSeconds([process.execPath, packageFile("boot", "start.mjs"), "boot", "--elf", short]);
        times.ours.push(ours);
        times.oursSteady.push(
            cpuSeconds([process.execPath, packageFile("boot", "start.mjs"), "boot", "--elf", long]) - ours,
        );
        if (missing !== undefined) continue;
        const peer = cpuSeconds([PEER, ...qemuArguments(short)]);
        times.peer.push(peer);
        times.peerSteady.push(cpuSeconds([PEER, ...qemuArguments(long)]) - peer);
    }
    const ratios = (peers: number[], own: number[]) => peers.map((peer, i) => peer / (own[i] ?? Number.NaN));
    return [
        measuredRow(name, "auto", "s", times.ours, ratios(times.peer, times.ours)),
        measuredRow(`${name}${STEADY}`, "auto", "s", times.oursSteady, ratios(times.peerSteady, times.oursSteady)),
        missing === undefined ? measuredRow(name, PEER, "s", times.peer) : skippedRow(name, PEER, "s", missing),
    ];
}

/** CPU time of a process and its children, as the shell's `times` has it. Throws when it fails. */
function cpuSeconds(command: readonly string[]): number {
    const script = '"$@" >/dev/null 2>&1 || exit 1; times';
    const result = spawnSync("sh", ["-c", script, "sh", ...command], { encoding: "utf8", timeout: LIMIT_MS });
    if (result.status !== 0) throw new Error(`${command.join(" ")} ended with ${result.status ?? result.signal}`);
    const children = result.stdout.trim().split("\n").at(-1) ?? "";
    return [...children.matchAll(/(\d+)m([\d.]+)s/g)].reduce((sum, [, m, s]) => sum + 60 * Number(m) + Number(s), 0);
}

/** An ELF of the guest. */
export function compileGuest(compiler: string, folder: string, { name, trips }: Guest, sv39: boolean): string {
    const output = join(folder, `${name}-${trips}${sv39 ? "-sv39" : ""}.elf`);
    const defines = [`-DTRIPS=${trips}`, ...(sv39 ? ["-DSV39"] : [])];
    const cwd = join(packageRoot(), "bench", "guests");
    const source = existsSync(join(cwd, `${name}.c`)) ? `${name}.c` : `${name}.S`;
    const words = [...OPTIONS.split(" "), ...LINK, ...defines, "start.S", "support.c", source, "-o", output];
    const { status, stderr } = spawnSync(compiler, words, { cwd, encoding: "utf8" });
    if (status !== 0) throw new Error(`${compiler} ended with ${status}: ${stderr}`);
    return output;
}
