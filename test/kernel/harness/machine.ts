/**
 * A machine of simulated clusters for unit tests: banks at their global addresses, software interrupts, probe records.
 * One JavaScript stack runs everything: whenever an instance waits (pause, wfi, a context switch), the others take
 * their interrupts and serve their RPCs on top of it. What a wait needs must therefore not lie below it on the stack.
 */

import {
    BI_ARGS_SIZE,
    BI_BANK_SHIFT,
    BI_CLUSTERS,
    BI_ENVS_SIZE,
    BI_HARTS_PER_CLUSTER,
    BI_IMAGE_END,
    BI_INSTANCE_COUNT,
    BI_INSTANCES,
    BI_MANAGERS,
    BI_MEMORY_COUNT,
    BI_MEMORY_LIST,
    BI_MESH_X,
    BI_MESH_Y,
    BI_STACK_SIZE,
    BI_THREADS_MAX,
} from "../../../kernel/abi/boot-info.ts";
import { PROBE_PANIC } from "../../../kernel/abi/event.ts";
import {
    BANK_BASE,
    BOOT_INFO_LOCAL,
    FINISHER_BASE,
    PROBE_BASE,
    SSWI_BASE,
    WINDOW_BASE,
} from "../../../kernel/abi/memory-map.ts";
import { wordsOf } from "../../boot/observe/tell.ts";
import type { GuestModule } from "./guest-module.ts";
import { Instance } from "./instance.ts";

export interface MachineOptions {
    readonly clusters: number;
    readonly hartsPerCluster?: number;
    /** log2 of the bank's bytes; default 1 MiB. */
    readonly bankShift?: number;
    /** Bytes of each bank that its instance manages; default all. */
    readonly managedBytes?: number;
    /** Policy switches: boot_info field (BI_POLICY_*) and value; the others have their defaults. */
    readonly policies?: Readonly<Record<number, number>>;
}

/** One committed record: word 0 is the event, the others as boot/abi/events.ts names them. */
export interface ProbeRecord {
    readonly hart: number;
    readonly words: readonly number[];
}

/** A wait that many steps brought no nearer to its end never ends: nothing else in the machine has work. */
const STALLED_STEPS = 1000;
const PROBE_WORDS = 8;

export class KernelPanic extends Error {
    override name = "KernelPanic";
}

export class Machine {
    readonly guest: GuestModule;
    readonly hartsPerCluster: number;
    readonly bankShift: number;
    readonly bankSize: number;
    readonly managedBytes: number;
    readonly instances: readonly Instance[];
    records: ProbeRecord[] = [];
    /** Called at each record: the place where tests make something happen in the middle of an operation. */
    onProbe: (record: ProbeRecord) => void = () => {};
    /** Called after each remote load of cluster `cxy`, with the bank it has read. */
    onRemoteLoad: (cxy: number, bank: DataView) => void = () => {};
    /** Called at each step of a wait. */
    onWait: () => void = () => {};
    readonly #latches: BigUint64Array[];
    readonly #clusters: number;
    readonly policies: Readonly<Record<number, number>>;
    #stalled = 0;

    constructor(guest: GuestModule, options: MachineOptions) {
        this.guest = guest;
        this.#clusters = options.clusters;
        this.policies = options.policies ?? {};
        this.hartsPerCluster = options.hartsPerCluster ?? 1;
        this.bankShift = options.bankShift ?? 20;
        this.bankSize = 2 ** this.bankShift;
        this.managedBytes = options.managedBytes ?? this.bankSize;
        const harts = options.clusters * this.hartsPerCluster;
        this.#latches = Array.from({ length: harts }, () => new BigUint64Array(PROBE_WORDS));
        this.instances = Array.from({ length: options.clusters }, (_, cxy) => new Instance(this, cxy));
        for (const instance of this.instances) instance.start();
        this.settle();
        this.records = [];
    }

    /** The instance of a cluster; throws when there is none. */
    at(cxy: number): Instance {
        const instance = this.instances[cxy];
        if (instance === undefined) throw new Error(`no cluster ${cxy}`);
        return instance;
    }

    /** Gives the banks' memory back for other machines. */
    dispose(): void {
        for (const instance of this.instances) instance.dispose();
    }

    /** Lets every instance serve until none has an interrupt pending. */
    settle(): void {
        while (this.#serve()) {}
    }

    /** One step of a wait. */
    wait(): void {
        this.onWait();
        if (this.#serve()) this.#stalled = 0;
        else if (++this.#stalled > STALLED_STEPS) throw new Error("deadlock: a kernel wait never ends");
    }

    #serve(): boolean {
        return this.instances.reduce((served, instance) => instance.interrupt() || served, false);
    }

    /** Records of an event whose words match; `undefined` matches any. */
    recorded(event: number, ...words: (number | undefined)[]): ProbeRecord[] {
        return this.records.filter(
            (record) =>
                record.words[0] === event && words.every((w, i) => w === undefined || w === record.words[i + 1]),
        );
    }

    /** Where a global physical address lies in a bank. Other addresses are the devices'. */
    bank(address: number): { view: DataView; offset: number } {
        const cxy = Math.floor((address - BANK_BASE) / this.bankSize);
        const offset = WINDOW_BASE + ((address - BANK_BASE) % this.bankSize);
        if (address < BANK_BASE) throw new Error(`no memory at 0x${address.toString(16)}`);
        return { view: this.at(cxy).view, offset };
    }

    /** Stores to devices by a hart. False: `address` is none's. */
    storeDevice(address: number, value: bigint, byHart: number): boolean {
        if (address >= BANK_BASE) return false;
        const hart = (address - SSWI_BASE) / 4;
        if (hart >= 0 && hart < this.#latches.length) this.#sendInterrupt(hart);
        else if (address >= PROBE_BASE) this.#latch(byHart, address - PROBE_BASE, value);
        else if (address === FINISHER_BASE) this.#finish();
        else throw new Error(`no device at 0x${address.toString(16)}`);
        return true;
    }

    #sendInterrupt(hart: number): void {
        this.at(Math.floor(hart / this.hartsPerCluster)).pending.add(hart % this.hartsPerCluster);
    }

    #latch(hart: number, offset: number, value: bigint): void {
        const port = this.#latches[hart];
        if (port === undefined) throw new Error(`no probe port of hart ${hart}`);
        port[offset / 8] = value;
        if (offset !== 0) return;
        const record = { hart, words: wordsOf(new Uint32Array(port.buffer)) };
        this.records.push(record);
        this.onProbe(record);
    }

    /** The only end of a unit test's kernel is a panic. */
    #finish(): never {
        const record = this.records.at(-1);
        if (record?.words[0] !== PROBE_PANIC) throw new Error("the kernel powers off");
        throw new KernelPanic(this.#text(record.words[1] ?? 0));
    }

    #text(xptr: number): string {
        const { view, offset } = this.bank(xptr);
        let end = offset;
        while (view.getUint8(end) !== 0) end++;
        return new TextDecoder().decode(new Uint8Array(view.buffer, offset, end - offset));
    }

    writeBootInfo(instance: Instance): void {
        const set = (field: number, value: number) =>
            instance.view.setBigUint64(BOOT_INFO_LOCAL + field, BigInt(value), true);
        set(BI_CLUSTERS, this.#clusters);
        set(BI_MESH_X, this.#clusters);
        set(BI_MESH_Y, 1);
        set(BI_HARTS_PER_CLUSTER, this.hartsPerCluster);
        set(BI_BANK_SHIFT, this.bankShift);
        set(BI_IMAGE_END, this.guest.imageEnd);
        set(BI_STACK_SIZE, 0x10000);
        set(BI_THREADS_MAX, 8);
        set(BI_ARGS_SIZE, 0x4000);
        set(BI_ENVS_SIZE, 0x4000);
        set(BI_MEMORY_COUNT, this.#clusters);
        set(BI_INSTANCE_COUNT, this.#clusters);
        for (let cxy = 0; cxy < this.#clusters; cxy++) {
            for (const table of [BI_MANAGERS, BI_MEMORY_LIST, BI_INSTANCES]) {
                instance.view.setUint16(BOOT_INFO_LOCAL + table + 2 * cxy, cxy, true);
            }
        }
        for (const [field, value] of Object.entries(this.policies)) set(Number(field), value);
    }
}
