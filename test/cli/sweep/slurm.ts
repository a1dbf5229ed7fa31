/** A Slurm of one host for the tests: munged, slurmctld and slurmd of Debian, on the loopback, in a folder of their own. */

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { hostname, tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { HUNG_MS } from "../../limits.ts";

const DAEMONS = ["munged", "slurmctld", "slurmd", "sbatch"];
const PATH = `${process.env["PATH"] ?? ""}:/usr/sbin`;

/** Debian's packages slurmctld, slurmd and munge are installed. */
export const hasSlurm = DAEMONS.every((name) => spawnSync("which", [name], { env: { PATH } }).status === 0);

export interface Slurm {
    /** What its commands find it by. */
    readonly SLURM_CONF: string;
    stop(): Promise<void>;
}

async function freePort(): Promise<number> {
    const server = createServer();
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    const address = server.address();
    await new Promise((done) => server.close(done));
    return typeof address === "object" && address !== null ? address.port : 0;
}

/** Starts it, and waits until its one node takes jobs. */
export async function startSlurm(): Promise<Slurm> {
    const folder = mkdtempSync(join(tmpdir(), "archipel-slurm-"));
    // munged wants folders above its socket that all may search, and a key that nobody else may read.
    chmodSync(folder, 0o755);
    for (const name of ["state", "spool"]) mkdirSync(join(folder, name));
    writeFileSync(join(folder, "munge.key"), randomBytes(128), { mode: 0o600 });
    const SLURM_CONF = join(folder, "slurm.conf");
    writeFileSync(SLURM_CONF, configuration(folder, await freePort(), await freePort()));
    writeFileSync(join(folder, "cgroup.conf"), "CgroupPlugin=cgroup/v1\n");
    const env = { PATH, SLURM_CONF };
    const children: ChildProcess[] = [];
    const start = (name: string, ...args: string[]): void => {
        children.push(spawn(name, args, { env, stdio: "ignore" }));
    };
    const file = (name: string): string => join(folder, name);
    const munge = ["--foreground", "--force", `--key-file=${file("munge.key")}`, `--socket=${file("munge.socket")}`];
    start(
        "munged",
        ...munge,
        `--pid-file=${file("munge.pid")}`,
        `--log-file=${file("munge.log")}`,
        `--seed-file=${file("munge.seed")}`,
    );
    await until(() => spawnSync("munge", ["-n", "-S", file("munge.socket")], { env }).status === 0, folder);
    start("slurmctld", "-D", "-c");
    start("slurmd", "-D", "-N", "archipel-test");
    await until(() => String(spawnSync("sinfo", ["-h", "-o", "%t"], { env }).stdout).trim() === "idle", folder);
    const stop = async (): Promise<void> => {
        for (const child of children.reverse()) {
            if (child.exitCode !== null || child.signalCode !== null) continue;
            const ended = new Promise((done) => child.once("exit", done));
            child.kill("SIGTERM");
            await ended;
        }
        rmSync(folder, { recursive: true, force: true });
    };
    return { SLURM_CONF, stop };
}

function configuration(folder: string, controller: number, node: number): string {
    return `ClusterName=archipel
SlurmctldHost=${hostname()}(127.0.0.1)
SlurmctldPort=${controller}
SlurmdPort=${node}
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
AuthType=auth/munge
AuthInfo=socket=${folder}/munge.socket
CredType=cred/munge
SlurmUser=${userInfo().username}
SlurmdUser=${userInfo().username}
StateSaveLocation=${folder}/state
SlurmdSpoolDir=${folder}/spool
SlurmctldPidFile=${folder}/slurmctld.pid
SlurmdPidFile=${folder}/slurmd.pid
SlurmctldLogFile=${folder}/slurmctld.log
SlurmdLogFile=${folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
SwitchType=switch/none
JobAcctGatherType=jobacct_gather/none
ReturnToService=2
SchedulerType=sched/builtin
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
NodeName=archipel-test NodeHostname=${hostname()} NodeAddr=127.0.0.1 CPUs=2 RealMemory=2048
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
`;
}

async function until(holds: () => boolean, folder: string): Promise<void> {
    for (const start = performance.now(); !holds(); await sleep(100)) {
        if (performance.now() - start < HUNG_MS / 10) continue;
        const logs = ["munge.log", "slurmctld.log", "slurmd.log"].map((name) => {
            try {
                return `${name}:\n${readFileSync(join(folder, name), "utf8").split("\n").slice(-15).join("\n")}`;
            } catch {
                return `${name}: none`;
            }
        });
        throw new Error(`Slurm does not start\n${logs.join("\n")}`);
    }
}
