/** The process `archipel`: runs its command line. Also the entry of the bundle (boot/cli/bundle.ts). */

import { runCommandLine } from "./command-line.ts";
import { processStreams } from "./output.ts";

process.exitCode = await runCommandLine(process.argv.slice(2), processStreams());
