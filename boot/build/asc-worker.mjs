/**
 * A process that compiles with asc, one job after the other (boot/build/asc-process.ts): loading asc and warming it up takes longer than most
 * jobs. It ends with its parent.
 */
import asc from "assemblyscript/asc";

process.on("disconnect", () => process.exit());
process.on(
    "message",
    async (/** @type {{ args: string[], root: string, environment: Record<string, string> }} */ job) => {
        Object.assign(process.env, job.environment);
        process.chdir(job.root);
        const [stdout, stderr] = [asc.createMemoryStream(), asc.createMemoryStream()];
        const { error } = await asc.main(job.args, { stdout, stderr });
        const output = `${stdout.toString()}${stderr.toString()}`;
        process.send?.({ failed: error !== null, output: error !== null && output === "" ? error.message : output });
    },
);
