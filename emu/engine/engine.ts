/** Core and interpreters, instantiated over one shared memory and wired to each other. */
import { DECODED_CONTENT } from "../state/code-layout.ts";
import type { Core, DeviceAccess, Looker, Watcher } from "../state/core-contract.ts";
import { ENGINE_INDEX, STEPPER_INDEX } from "../state/machine-layout.ts";
import { PAGE_BYTES } from "../state/plan.ts";
import type { SharedMemory } from "../state/shared-memory.ts";
import { BUFFER_IMPORTS, CONFLICT_IMPORTS, CORE_IMPORTS, LINE_IMPORTS } from "./core-imports.ts";
import { decodeCrossing, decodeRun } from "./decode-page.ts";
import { interpreterModule } from "./interpreter.ts";
import { Jit, type JitOptions } from "./jit/jit.ts";
import { type Variant, variantKey } from "./variant.ts";

export interface EngineOptions {
    /** The bytes of the compiled emu/core. */
    readonly core: Uint8Array;
    readonly variant: Variant;
    /** The watcher of a watched machine. */
    readonly watcher: Watcher | undefined;
    readonly looker: Looker;
    /** Of a variant with a JIT. */
    readonly jit: JitOptions;
}

export interface Engine {
    readonly core: Core;
    readonly jit: Jit | undefined;
    /** From the next turn on, or the rest of a halted one, the host is asked of instructions, or is not. */
    look(looked: boolean): void;
}

/** Compiled modules by core and kind, so that a second machine in the same process costs no compilation. */
const interpreters = new Map<string, WebAssembly.Module>();
const cores = new WeakMap<Uint8Array, WebAssembly.Module>();

export function createEngine(memory: SharedMemory, devices: DeviceAccess, options: EngineOptions): Engine {
    const { view } = memory;
    let jit: Jit | undefined;
    const host = {
        mmio_read: (hart: number, paddr: number, width: number) => (devices.read(hart, paddr >>> 0, width) ? 1 : 0),
        mmio_write: (hart: number, paddr: number, width: number) => (devices.write(hart, paddr >>> 0, width) ? 1 : 0),
        semihost: (hart: number) => devices.semihost(hart),
        mark: (hart: number, n: number) => devices.mark(hart, n),
        alarm: () => devices.alarm(),
        decode_crossing: (slot: number, word: number) => decodeCrossing(view, slot >>> 0, word),
        compile_hot: () => jit?.betweenTurns(),
    };
    const coreInstance = new WebAssembly.Instance(coreModule(options.core), { env: { memory: memory.memory }, host });
    const core = coreInstance.exports as unknown as Core;
    const imports: Record<string, WebAssembly.ImportValue> = { memory: memory.memory };
    for (const { name } of [...CORE_IMPORTS, ...CONFLICT_IMPORTS, ...LINE_IMPORTS, ...BUFFER_IMPORTS])
        imports[name] = coreInstance.exports[name] as WebAssembly.ImportValue;
    const { watcher } = options;
    imports.decode_run = (page: number, slot: number) => {
        const content = memory.bytes((page >>> 0) + DECODED_CONTENT, PAGE_BYTES);
        decodeRun(view, page >>> 0, slot >>> 0, watcher?.hooksOf(content), options.variant.lineShift);
    };
    imports.hooked = (hart: number, pc: number) => watcher?.hooked(hart, pc);
    imports.accessing = (hart: number, pc: number, address: number, access: number) =>
        watcher?.accessing(hart, pc, address, access);
    const { looker } = options;
    imports.looking = (hart: number) => (looker.looking(hart >>> 0) ? 1 : 0);
    imports.touching = (hart: number, vaddr: bigint, access: number) => looker.touching(hart >>> 0, vaddr, access);
    imports.became_hot = (hart: number, page: number, slot: number) =>
        jit?.becameHot(hart >>> 0, page >>> 0, slot >>> 0);
    if (options.variant.jit) {
        imports.table = core.table;
        jit = new Jit(memory, core.table, imports, options.variant, options.jit);
    }
    const enter = (variant: Variant): number => {
        const interpreter = new WebAssembly.Instance(interpreterOf(variant), { core: imports });
        const index = core.table.grow(1);
        core.table.set(index, interpreter.exports.interpret as () => void);
        return index;
    };
    const { variant } = options;
    const pairs = new Map<boolean, readonly [engine: number, stepper: number]>();
    const look = (looked: boolean) => {
        let pair = pairs.get(looked);
        if (pair === undefined) {
            const stepper = enter({ ...variant, looked, stepping: true, jit: false });
            const jit = variant.jit && !looked;
            pair = [variant.stepping ? stepper : enter({ ...variant, looked, jit }), stepper];
            pairs.set(looked, pair);
        }
        memory.setU32(ENGINE_INDEX, pair[0]);
        memory.setU32(STEPPER_INDEX, pair[1]);
    };
    look(false);
    return { core, jit, look };
}

function coreModule(bytes: Uint8Array): WebAssembly.Module {
    let module = cores.get(bytes);
    if (module === undefined) {
        module = new WebAssembly.Module(bytes as BufferSource);
        cores.set(bytes, module);
    }
    return module;
}

function interpreterOf(variant: Variant): WebAssembly.Module {
    const key = variantKey(variant);
    let module = interpreters.get(key);
    if (module === undefined) {
        module = new WebAssembly.Module(interpreterModule(variant) as BufferSource);
        interpreters.set(key, module);
    }
    return module;
}
