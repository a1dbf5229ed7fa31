/** What a machine is built of, where it cannot be. */

import { expect, it } from "vitest";
import { buildArtifacts } from "../../../boot/build/artifacts.ts";
import { parseConfig } from "../../../configs/check.ts";

it("a standard input that cannot be read is told with file, path and value", async () => {
    const config = parseConfig('{"programs": [{"path": "hello", "stdin": "no/such"}]}', "f.json");
    const line = 'f.json: /programs/0/stdin is "no/such"; cannot be read: there is no such file';
    await expect(buildArtifacts({ config, file: "f.json", directory: "/" })).rejects.toThrow(line);
});
