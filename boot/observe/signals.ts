/** Names of signals and errors, for messages. */

import * as errno from "../../kernel/abi/errno.ts";
import * as probe from "../../kernel/abi/probe.ts";

const ERRNO_NAMES = new Map<number, string>(Object.entries(errno).map(([name, value]) => [value, name]));
const SIGNAL_NAMES = new Map<number, string>(
    Object.entries(probe).flatMap(([name, value]) => (name.startsWith("SIG") ? [[value, name] as const] : [])),
);

export function errnoName(value: number): string {
    return ERRNO_NAMES.get(value) ?? `errno ${value}`;
}

export function signalName(value: number): string {
    return SIGNAL_NAMES.get(value) ?? `signal ${value}`;
}
