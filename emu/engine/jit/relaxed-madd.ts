/** Whether the host's relaxed multiply-add rounds once (WebAssembly relaxed SIMD): it may, and a probe of one run shows what it does. */
import { WasmFunction } from "../../wasm/function.ts";
import { wasmModule } from "../../wasm/module.ts";
import { F64 } from "../../wasm/types.ts";

let found: boolean | undefined;

/** False also where the host has no relaxed SIMD. */
export function fusesMadd(): boolean {
    found ??= probe();
    return found;
}

/** (1 + e)(1 - e) - 1 is -e^2; a product that is rounded first gives 0. */
function probe(): boolean {
    const f = new WasmFunction(3);
    for (const parameter of [0, 1, 2]) {
        f.get(parameter);
        f.splatDouble();
    }
    f.relaxedMadd();
    f.firstDouble();
    const signature = { parameters: [F64, F64, F64], results: [F64] };
    const bytes = wasmModule([], [{ ...signature, name: "madd", body: f }]) as BufferSource;
    if (!WebAssembly.validate(bytes)) return false;
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 65536, shared: true });
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { core: { memory } });
    const e = 2 ** -30;
    return (exports["madd"] as (a: number, b: number, c: number) => number)(1 + e, 1 - e, -1) === -(e * e);
}
