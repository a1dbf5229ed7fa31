/** Encodings as they were when GNU as last agreed (gnu-as.test.ts); rewritten by `npm run test:update`. */

import { expect, it } from "vitest";
import { assemble } from "../../../toolchain/asm/assemble.ts";
import { everyForm } from "./forms.ts";

it("every form of every instruction keeps its encoding", async () => {
    const source = everyForm();
    const [section] = assemble(source, "forms.S").sections;
    const view = new DataView(section?.bytes.buffer ?? new ArrayBuffer(0));
    const lines = source.split("\n");
    const listing = section?.lines.map(({ offset, line }) => {
        return `${view.getUint32(offset, true).toString(16).padStart(8, "0")} ${lines[line - 1]}`;
    });
    await expect(`${listing?.join("\n")}\n`).toMatchFileSnapshot("golden/forms.txt");
});
