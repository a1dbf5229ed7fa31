/** What stands in a machine's virtio slots: its drives from the first on, random numbers in the last. */

import { Drive } from "../dev/drive.ts";
import { type Plic, VIRTIO_SOURCES } from "../dev/plic.ts";
import type { DeviceRam } from "../dev/ram.ts";
import { VirtioBlock } from "../dev/virtio-block.ts";
import { type VirtioDevice, VirtioSlot } from "../dev/virtio-mmio.ts";
import { VirtioRandom } from "../dev/virtio-random.ts";
import type { MachineOptions } from "./machine-options.ts";

export function virtioSlots(options: MachineOptions, ram: DeviceRam, plic: Plic): VirtioSlot[] {
    const { drives = [], randomDevice = false, seed = 0 } = options;
    return VIRTIO_SOURCES.map((source, slot) => {
        const drive = drives[slot];
        const isLast = slot === VIRTIO_SOURCES.length - 1;
        let device: VirtioDevice | undefined;
        if (drive !== undefined) device = new VirtioBlock(new Drive(drive), `archipel${slot}`);
        else if (randomDevice && isLast) device = new VirtioRandom(seed);
        return new VirtioSlot({ slot, device, ram, onInterrupt: (on) => plic.setLevel(source, on) });
    });
}
