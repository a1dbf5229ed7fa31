/** The kernel's own sources as a graph of calls. */

import { readdirSync, readFileSync } from "node:fs";
import { join, sep } from "node:path";
import { packageRoot } from "../../../boot/package-root.ts";
import { type Graph, graphOf } from "./graph.ts";
import { readSource } from "./source.ts";

const KERNEL = join(packageRoot(), "kernel");

export function kernelGraph(): Graph {
    const names = readdirSync(KERNEL, { recursive: true }).map(String);
    const sources = names.filter((name) => name.endsWith(".ts") && !name.endsWith(".d.ts")).sort();
    return graphOf(
        sources.map((name) => readSource(name.split(sep).join("/"), readFileSync(join(KERNEL, name), "utf8"))),
    );
}
