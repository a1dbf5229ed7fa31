/** Names of signals and errors, for messages. */

import * as errno from "../../kernel/abi/errno.ts";
import * as signal from "../../kernel/abi/signal.ts";

const ERRNO_NAMES = new Map<number, string>(Object.entries(errno).map(([name, value]) => [value, name]));
const SIGNAL_NAMES = new Map<number, string>(
    Object.entries(signal).flatMap(([name, value]) => (name.startsWith("SIG") ? [[value, name] as const] : [])),
);

export function errnoName(value: number): string {
    return ERRNO_NAMES.get(value) ?? `errno ${value}`;
}

export function signalName(value: number): string {
    return SIGNAL_NAMES.get(value) ?? `signal ${value}`;
}
