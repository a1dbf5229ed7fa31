/** The shared memory of a machine and typed access to it from the host. Host addresses are Numbers up to 2^32. */
import * as layout from "./machine-layout.ts";
import { NOTE_BYTES, NOTED_BYTES } from "./note-layout.ts";
import { type MachineSize, type MemoryPlan, planMemory } from "./plan.ts";
import { MARK_BYTES, MARKED_BYTES } from "./watch-layout.ts";

const WASM_PAGE = 65536;
const MAXIMUM_PAGES = 65536;

export class SharedMemory {
    readonly plan: MemoryPlan;
    readonly memory: WebAssembly.Memory;
    readonly view: DataView;

    /** Throws a RangeError when the machine does not fit, or when the host has not that much memory. */
    constructor(size: MachineSize) {
        this.plan = planMemory(size);
        const pages = Math.ceil(this.plan.bytes / WASM_PAGE);
        this.memory = new WebAssembly.Memory({ initial: pages, maximum: Math.min(pages, MAXIMUM_PAGES), shared: true });
        this.view = new DataView(this.memory.buffer);
        this.#writePlan(size);
    }

    u32(address: number): number {
        return this.view.getUint32(address, true);
    }

    setU32(address: number, value: number): void {
        this.view.setUint32(address, value, true);
    }

    u64(address: number): bigint {
        return this.view.getBigUint64(address, true);
    }

    setU64(address: number, value: bigint): void {
        this.view.setBigUint64(address, BigInt.asUintN(64, value), true);
    }

    /** A window on the memory, not a copy. */
    bytes(address: number, length: number): Uint8Array {
        return new Uint8Array(this.memory.buffer, address, length);
    }

    #writePlan(size: MachineSize): void {
        const { plan } = this;
        this.setU32(layout.HART_COUNT, size.harts);
        this.setU32(layout.RAM_FRAMES, plan.frameCount - layout.RAM_FRAME);
        this.setU32(layout.HARTS_BASE, plan.harts);
        this.setU32(layout.L0_BASE, plan.l0);
        this.setU32(layout.RUNNABLE_BASE, plan.runnable);
        this.setU32(layout.CODE_BASE, plan.code);
        this.setU32(layout.OWNER_BASE, plan.owner);
        this.setU32(layout.LOOKS_BASE, plan.looks);
        this.setU32(layout.STORES_BASE, plan.stores);
        this.setU32(layout.CHAINS_BASE, plan.chains);
        this.setU32(layout.DECODED_BASE, plan.decoded);
        this.setU32(layout.DECODED_COUNT, plan.decodedCount);
        this.setU32(layout.FRAMES_BASE, plan.frames);
        this.setU32(layout.STORE_BUFFERS, plan.storeBuffers);
        if (size.noted) this.setU32(layout.NOTES_ORIGIN, plan.notes - plan.frames / (NOTED_BYTES / NOTE_BYTES));
        if (size.watched) this.setU32(layout.MARKS_ORIGIN, plan.marks - plan.frames / (MARKED_BYTES / MARK_BYTES));
    }
}
