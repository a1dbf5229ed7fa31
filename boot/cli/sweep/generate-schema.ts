/** The schema file for editors, experiments/experiment.schema.json. `npm run schema` writes it. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { packageRoot } from "../../package-root.ts";
import { EXPERIMENT_SCHEMA } from "./schema.ts";

/** The file's text; a test compares it with what is checked in. */
export function experimentSchemaText(): string {
    return `${JSON.stringify(EXPERIMENT_SCHEMA, null, 4)}\n`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
    writeFileSync(join(packageRoot(), "experiments", "experiment.schema.json"), experimentSchemaText());
}
