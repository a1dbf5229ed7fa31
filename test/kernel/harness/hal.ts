/** The mocked HAL of one instance: the functions of kernel/hal/hal.ts and kernel/hal/asm.ts on a simulated machine. */

import { BLOCK_BYTES, CSR_CYCLE, CSR_SIP, CSR_TIME, SIP_SSIP } from "../../../kernel/abi/csr.ts";
import { BANK_BASE } from "../../../kernel/abi/memory-map.ts";
import type { Instance } from "./instance.ts";
import type { Machine } from "./machine.ts";

export function halImports(machine: Machine, instance: Instance): WebAssembly.Imports {
    return {
        hal: { ...memoryAccess(machine, instance), ...atomics(machine), ...control(machine, instance) },
        asm: {
            context_switch: (from: number) => instance.contextSwitch(from),
            thread_start_address: () => 0,
            fstate_save: () => unavailable("fstate_save"),
            fstate_restore: () => unavailable("fstate_restore"),
            kentry_exit: () => unavailable("kentry_exit"),
            secondary_release: () => unavailable("secondary_release"),
        },
    };
}

function unavailable(name: string): never {
    throw new Error(`${name}: not in unit tests`);
}

function memoryAccess(machine: Machine, instance: Instance): Record<string, (x: bigint, value: never) => unknown> {
    const at = (x: bigint) => machine.bank(Number(BigInt.asUintN(64, x)));
    const store = (x: bigint, value: bigint, put: (view: DataView, offset: number) => void) => {
        const address = Number(BigInt.asUintN(64, x));
        if (machine.storeDevice(address, BigInt.asUintN(64, value), instance.hart())) return;
        const { view, offset } = machine.bank(address);
        put(view, offset);
    };
    const load = <T>(x: bigint, get: (view: DataView, offset: number) => T): T => {
        const { view, offset } = at(x);
        const value = get(view, offset);
        machine.onRemoteLoad(instance.cxy, view);
        return value;
    };
    return {
        remote_load8: (x) => load(x, (view, offset) => view.getUint8(offset)),
        remote_load16: (x) => load(x, (view, offset) => view.getUint16(offset, true)),
        remote_load32: (x) => load(x, (view, offset) => view.getUint32(offset, true)),
        remote_load64: (x) => load(x, (view, offset) => view.getBigUint64(offset, true)),
        remote_store8: (x, value: number) => store(x, BigInt(value), (view, o) => view.setUint8(o, value)),
        remote_store16: (x, value: number) => store(x, BigInt(value), (view, o) => view.setUint16(o, value, true)),
        remote_store32: (x, value: number) => store(x, BigInt(value), (view, o) => view.setUint32(o, value, true)),
        remote_store64: (x, value: bigint) => store(x, value, (view, o) => view.setBigUint64(o, value, true)),
        cbo_zero: (x) => {
            const local = Number(x);
            const { view, offset } = local < BANK_BASE ? { view: instance.view, offset: local } : at(x);
            new Uint8Array(view.buffer, offset - (offset % BLOCK_BYTES), BLOCK_BYTES).fill(0);
        },
    };
}

/** One JavaScript thread runs all instances, so plain reads and writes are atomic. */
function atomics(machine: Machine): Record<string, (...args: never[]) => unknown> {
    const update32 = (x: bigint, next: (old: number) => number): number => {
        const { view, offset } = machine.bank(Number(BigInt.asUintN(64, x)));
        const old = view.getUint32(offset, true);
        view.setUint32(offset, next(old), true);
        return old;
    };
    const update64 = (x: bigint, next: (old: bigint) => bigint): bigint => {
        const { view, offset } = machine.bank(Number(BigInt.asUintN(64, x)));
        const old = view.getBigUint64(offset, true);
        view.setBigUint64(offset, BigInt.asUintN(64, next(old)), true);
        return old;
    };
    return {
        remote_add32: (x: bigint, value: number) => update32(x, (old) => old + value),
        remote_add64: (x: bigint, value: bigint) => update64(x, (old) => old + value),
        remote_swap32: (x: bigint, value: number) => update32(x, () => value),
        remote_swap64: (x: bigint, value: bigint) => update64(x, () => value),
        remote_or32: (x: bigint, value: number) => update32(x, (old) => old | value),
        remote_and32: (x: bigint, value: number) => update32(x, (old) => old & value),
        remote_cas32: (x: bigint, expected: number, desired: number) =>
            update32(x, (old) => (old === expected >>> 0 ? desired : old)),
        remote_cas64: (x: bigint, expected: bigint, desired: bigint) =>
            update64(x, (old) => (old === BigInt.asUintN(64, expected) ? desired : old)),
    };
}

function control(machine: Machine, instance: Instance): Record<string, (...args: never[]) => unknown> {
    let time = 0n;
    return {
        csr_read: (csr: number): bigint => {
            if (csr === CSR_TIME || csr === CSR_CYCLE) return time++;
            if (csr === CSR_SIP) return instance.pending.has(instance.lid()) ? BigInt(SIP_SSIP) : 0n;
            throw new Error(`csr_read(0x${csr.toString(16)}): not in unit tests`);
        },
        csr_clear: (csr: number) => {
            if (csr === CSR_SIP) instance.pending.delete(instance.lid());
        },
        csr_write: () => {},
        csr_set: () => {},
        fence: () => {},
        fence_i: () => {},
        pause: () => machine.wait(),
        wfi: () => machine.wait(),
        sfence_vma_all: () => {},
        sfence_vma_page: () => {},
        sfence_vma_asid: (asid: bigint) => instance.flushed.push(asid),
        thread_pointer: () => instance.thread,
        stack_pointer: () => 0,
        function_address: (index: number) => index,
    };
}
