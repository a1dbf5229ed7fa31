/**
 * `npm run build`: the command line as one file, dist/archipel.js (the package's bin). It gives the same run as the sources: configs, kernel
 * and program sources, and the build cache stay where they are.
 */

import { chmodSync } from "node:fs";
import { join, relative } from "node:path";
import { packageRoot } from "../package-root.ts";
import { bundle } from "../start-bundle.mjs";

const DIST = join(packageRoot(), "dist");
const outfile = join(DIST, "archipel.js");
const urlOf = (path: string) => `new URL(${JSON.stringify(relative(DIST, path))}, import.meta.url).href`;

await bundle({ root: packageRoot(), outfile, urlOf });
chmodSync(outfile, 0o755);
process.stdout.write("dist/archipel.js\n");
