/**
 * `npm run generate`: writes the files that derive from tables, each checked in so that it can be read and completed by editors.
 * test/generated.test.ts compares them with what this would write.
 */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { CONFIG_SCHEMA } from "../../configs/schema/config.ts";
import { policyConstants } from "../../configs/switches.ts";
import { eventConstants, eventFunctions } from "../abi/events.ts";
import { operationConstants, operationWords } from "../abi/operations.ts";
import { callConstants, callDocument, refusalConstants } from "../abi/system-calls.ts";
import { EXPERIMENT_SCHEMA } from "../cli/sweep/schema.ts";
import { packageRoot } from "../package-root.ts";
import { documentText } from "../report/document-text.ts";
import { RUN_SCHEMA } from "../report/run-schema.ts";
import {
    codeLayout,
    coreCauses,
    coreCsrMasks,
    coreCsrNumbers,
    coreMstatus,
    corePte,
    hartLayout,
    kernelCauses,
    kernelCsrs,
    kernelIsa,
    kernelPte,
    l0Layout,
    machineLayout,
    timingLayout,
} from "./emu-constants.ts";
import { bootInfoConstants, firmwareEquates, frameConstants, kernelEquates } from "./kernel-constants.ts";
import { experimentPlots } from "./plots.ts";

const json = (value: object) => `${JSON.stringify(value, null, 4)}\n`;

/** By path from the package's root. */
export const GENERATED: Readonly<Record<string, () => string>> = {
    "configs/archipel.schema.json": () => json(CONFIG_SCHEMA),
    "experiments/experiment.schema.json": () => json(EXPERIMENT_SCHEMA),
    "docs/spec/run.schema.json": () => documentText(RUN_SCHEMA),
    ...experimentPlots(),
    "emu/state/code-layout.ts": codeLayout,
    "emu/state/hart-layout.ts": hartLayout,
    "emu/state/l0-layout.ts": l0Layout,
    "emu/state/machine-layout.ts": machineLayout,
    "emu/state/timing-layout.ts": timingLayout,
    "boot/build/layout.S": firmwareEquates,
    "emu/core/cause.ts": coreCauses,
    "emu/core/pte.ts": corePte,
    "emu/core/csr/masks.ts": coreCsrMasks,
    "emu/core/csr/mstatus.ts": coreMstatus,
    "emu/core/csr/numbers.ts": coreCsrNumbers,
    "kernel/abi/trap-frame.ts": frameConstants,
    "kernel/hal/layout.S": kernelEquates,
    "kernel/hal/cause.ts": kernelCauses,
    "kernel/abi/boot-info.ts": bootInfoConstants,
    "kernel/abi/csr.ts": kernelCsrs,
    "kernel/abi/event.ts": eventConstants,
    "kernel/probe.ts": eventFunctions,
    "kernel/abi/policy.ts": policyConstants,
    "kernel/abi/rpc-ops.ts": operationConstants,
    "kernel/abi/rpc-words.ts": operationWords,
    "kernel/abi/refusals.ts": refusalConstants,
    "kernel/abi/syscalls.ts": callConstants,
    "docs/system-calls.md": callDocument,
    "kernel/hal/isa.ts": kernelIsa,
    "kernel/hal/pte.ts": kernelPte,
};

if (process.argv[1] === fileURLToPath(import.meta.url)) {
    for (const [path, text] of Object.entries(GENERATED)) writeFileSync(join(packageRoot(), path), text());
}
