// Where the state of each hart lies.
import { HART_STRIDE } from "../state/hart-layout";
import { HARTS_BASE } from "../state/machine-layout";

export function hartAt(index: u32): usize {
    return <usize>load<u32>(HARTS_BASE) + <usize>index * HART_STRIDE;
}
