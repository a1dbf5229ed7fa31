/** The fields of events as people read them: numbers with a unit, addresses in hexadecimal, and the names of enumerations. */

import { type FieldPlace, fieldBits, fieldNumber } from "../../abi/events.ts";
import { operationName } from "../../abi/operations.ts";
import { ACCESSES } from "../accesses.ts";
import { DSM_ACTIONS } from "../dsm-log.ts";
import { faultHow, phaseName } from "../fault-cost.ts";
import { vsegTypeOf } from "../vseg-names.ts";

/** What a field's number is: "address" is shown in hexadecimal, the other units as numbers. */
const UNITS: Readonly<Record<string, string>> = {
    access: "name",
    action: "name",
    address: "address",
    allocated: "0 or 1",
    byKernel: "0 or 1",
    bytes: "bytes",
    call: "SM_* + 256 * id",
    caller: "address",
    client: "cluster",
    code: "code",
    consistency: "DSM_*",
    cxy: "cluster",
    dead: "pid",
    endVpn: "page number",
    errno: "errno",
    fd: "file descriptor",
    firstVpn: "page number",
    freeFrames: "frames",
    from: "node",
    hart: "hart",
    held: "0 or 1",
    holder: "node",
    home: "cluster",
    how: "name",
    id: "id",
    kind: "kind of frame",
    leader: "pid",
    level: "level",
    message: "address",
    named: "cluster",
    node: "node",
    number: "system call",
    operation: "name",
    own: "page number",
    owner: "thread",
    parent: "pid",
    path: "address",
    pc: "address",
    phase: "name",
    pid: "pid",
    ppn: "page number",
    program: "index",
    ra: "address",
    reason: "SM_*",
    reference: "page number",
    registered: "0 or 1",
    root: "address",
    scause: "address",
    server: "cluster",
    signal: "signal",
    sp: "address",
    stval: "address",
    tag: "kind + 256 * order",
    thread: "thread",
    to: "node",
    toucher: "cluster",
    trapped: "0 or 1",
    twin: "address",
    type: "name",
    vaddr: "address",
};
/** Numbers that may be below 0. */
const SIGNED: ReadonlySet<string> = new Set(["code", "holder"]);
/** A thread is told by its xptr, or, in so few bits, by its id. */
const MOST_ID_BITS = 32;

const NAMES: Readonly<Record<string, (value: number) => string | undefined>> = {
    access: (value) => ACCESSES[value],
    action: (value) => DSM_ACTIONS[value],
    how: faultHow,
    phase: phaseName,
    type: vsegTypeOf,
};

/** The unit of a field. Throws for a field that has none: its row belongs here. */
export function unitOf({ name, bits }: FieldPlace): string {
    const unit = UNITS[name];
    if (unit === undefined) throw new Error(`the field ${name} has no unit (boot/observe/stream/field-values.ts)`);
    return name === "thread" && bits > MOST_ID_BITS ? "address" : unit;
}

/** How a field of `event` is read from a record, as JSON text. */
export function fieldText(event: string, place: FieldPlace): (halves: Uint32Array) => string {
    const { name } = place;
    if (unitOf(place) === "address") return (halves) => `"0x${fieldBits(place, halves).toString(16)}"`;
    if (SIGNED.has(name)) return (halves) => String(BigInt.asIntN(place.bits, fieldBits(place, halves)));
    const named = name === "operation" && event.startsWith("rpc") ? operationName : NAMES[name];
    return (halves) => {
        const value = fieldNumber(place, halves);
        const text = named?.(value);
        return text === undefined ? String(value) : `"${text}"`;
    };
}
