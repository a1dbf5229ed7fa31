/**
 * The device side of physical memory: finds the device of an MMIO access (docs/machine.md, "Physical memory"). RAM and ROM accesses never
 * get here. An access that no device answers is an access fault (docs/style.md, "Errors").
 */

import type { StatePart } from "../state/state-part.ts";
import type { Device, DeviceState, MmioAccess } from "./device.ts";

/** The states of all devices, each with the name of its device. */
export type SavedDevices = readonly (readonly [name: string, state: DeviceState])[];

export class Bus {
    /** Ascending by base. The state hash takes the devices in this order. */
    readonly devices: readonly Device[];
    #last: Device | undefined;
    /** The state of each device after reset, as far as it is not all zeros, by the part's name. */
    readonly #resetState = new Map<string, Uint8Array>();

    /** Asserts that no two devices overlap. */
    constructor(devices: readonly Device[]) {
        this.devices = [...devices].sort((a, b) => a.base - b.base);
        for (const [index, device] of this.devices.entries()) {
            const next = this.devices[index + 1];
            if (next !== undefined && device.base + device.size > next.base) {
                throw new Error(`bus: ${device.name} overlaps ${next.name}`);
            }
        }
        this.#last = this.devices[0];
    }

    /** Reads `access.width` bytes at `paddr` into access.lo/hi (offset is set here). False is an access fault. */
    read(paddr: number, access: MmioAccess): boolean {
        const device = this.#find(paddr, access.width);
        if (device === undefined) return false;
        access.offset = paddr - device.base;
        access.lo = 0;
        access.hi = 0;
        return device.read(access);
    }

    /** Writes access.lo/hi at `paddr` (offset is set here). False is an access fault. */
    write(paddr: number, access: MmioAccess): boolean {
        const device = this.#find(paddr, access.width);
        if (device === undefined) return false;
        access.offset = paddr - device.base;
        return device.write(access);
    }

    /** True when the address belongs to a device. */
    covers(paddr: number): boolean {
        return this.#find(paddr, 1) !== undefined;
    }

    /** The time has come that a device waits for. */
    alarm(): void {
        for (const device of this.devices) device.alarm?.();
    }

    reset(): void {
        for (const device of this.devices) device.reset();
        this.#resetState.clear();
        for (const { name, bytes } of this.stateParts()) {
            if (bytes.some((byte) => byte !== 0)) this.#resetState.set(name, bytes.slice());
        }
    }

    /** The state of each device, in ascending order of base address. */
    *stateParts(): Generator<StatePart> {
        for (const device of this.devices) {
            for (const [key, bytes] of Object.entries(device.state())) {
                const name = `${device.name}/${key}`;
                yield { name, bytes, reset: this.#resetState.get(name) };
            }
        }
    }

    /** The state of each device by its name, in the same order. A copy. */
    save(): SavedDevices {
        return this.devices.map((device) => {
            const parts = Object.entries(device.state()).map(([name, bytes]) => [name, bytes.slice()] as const);
            return [device.name, Object.fromEntries(parts)] as const;
        });
    }

    /** False when the states are not those of such devices. */
    restore(saved: SavedDevices): boolean {
        if (saved.length !== this.devices.length) return false;
        return this.devices.every((device, i) => {
            const [name, state] = saved[i] ?? [];
            return name === device.name && state !== undefined && device.restore(state);
        });
    }

    /** The device that holds all `width` bytes at `paddr`. Accesses come in bursts to one device, so the last device is tried first. */
    #find(paddr: number, width: number): Device | undefined {
        const last = this.#last;
        if (last !== undefined && holds(last, paddr, width)) return last;
        for (const device of this.devices) {
            if (holds(device, paddr, width)) {
                this.#last = device;
                return device;
            }
        }
        return undefined;
    }
}

function holds(device: Device, paddr: number, width: number): boolean {
    return paddr >= device.base && paddr + width <= device.base + device.size;
}
