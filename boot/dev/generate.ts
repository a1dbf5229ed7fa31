/**
 * `npm run generate`: writes the files that derive from tables, each checked in so that it can be read and completed by editors.
 * test/generated.test.ts compares them with what this would write.
 */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { CONFIG_SCHEMA } from "../../configs/schema/config.ts";
import { policyConstants } from "../../configs/switches.ts";
import { eventConstants } from "../abi/events.ts";
import { EXPERIMENT_SCHEMA } from "../cli/sweep/schema.ts";
import { packageRoot } from "../package-root.ts";
import { RUN_SCHEMA } from "../report/run-schema.ts";

const json = (value: object) => `${JSON.stringify(value, null, 4)}\n`;

/** By path from the package's root. */
export const GENERATED: Readonly<Record<string, () => string>> = {
    "configs/archipel.schema.json": () => json(CONFIG_SCHEMA),
    "experiments/experiment.schema.json": () => json(EXPERIMENT_SCHEMA),
    "docs/spec/run.schema.json": () => json(RUN_SCHEMA),
    "kernel/abi/event.ts": eventConstants,
    "kernel/abi/policy.ts": policyConstants,
};

if (process.argv[1] === fileURLToPath(import.meta.url)) {
    for (const [path, text] of Object.entries(GENERATED)) writeFileSync(join(packageRoot(), path), text());
}
