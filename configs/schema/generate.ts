/** The schema file for editors, configs/archipel.schema.json: CONFIG_SCHEMA as JSON. `npm run schema` writes it. */

import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { CONFIG_SCHEMA } from "./config.ts";

/** The file's text; a test compares it with what is checked in. */
export function schemaText(): string {
    return `${JSON.stringify(CONFIG_SCHEMA, null, 4)}\n`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
    writeFileSync(fileURLToPath(new URL("../archipel.schema.json", import.meta.url)), schemaText());
}
