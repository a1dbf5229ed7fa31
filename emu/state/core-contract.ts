/** The contract between emu/core, the engines and the host: what each may call of the others. */

/** What emu/core/index.ts exports for the host (the rest is for engines). */
export interface Core {
    readonly table: WebAssembly.Table;
    run_turns(): number;
    wake(index: number): void;
    /** With fidelity "timing", once, before the first run. */
    start_timing(): void;
    reset_hart(hart: number, pc: bigint): void;
    hart_clock(hart: number): bigint;
    read_csr(hart: number, number: number): bigint;
    hart_restored(hart: number): void;
    hart_set_csr(hart: number, number: number, value: bigint): void;
    time_now(hart: number): bigint;
    set_time(hart: number, time: bigint): void;
    set_time_compare(index: number, time: bigint): void;
    set_alarm(time: bigint): void;
    translate_for_host(hart: number, vaddr: bigint, access: number): bigint;
    host_stored(frame: number, offset: number, width: number): void;
}

/** What harts ask of the host while they run. Of device accesses the value travels through MMIO_LO and MMIO_HI of the hart. False: access fault. */
export interface DeviceAccess {
    read(hart: number, paddr: number, width: number): boolean;
    write(hart: number, paddr: number, width: number): boolean;
    /** Carries out what the hart asks for by semihosting. */
    semihost(hart: number): void;
    /** mtime has come to what set_alarm was given. It is between two rounds. */
    alarm(): void;
    /** Hears of slti x0, x0, n. */
    mark(hart: number, n: number): void;
}

/** What a host that looks at instructions is asked and told, by the host address of the hart. */
export interface Looker {
    /** PC and BUDGET are those before the next instruction. True halts the run there. */
    looking(hart: number): boolean;
    /** An access by an instruction that may still trap; PC and BUDGET are those in it. `access` is ACCESS_* of watch-layout.ts. */
    touching(hart: number, vaddr: bigint, access: number): void;
}

/** What the host hears of a watched machine, by the host address of the hart; and the hooks of a page with that content. */
export interface Watcher {
    hooked(hart: number, pc: number): void;
    accessing(hart: number, pc: number, address: number, access: number): void;
    hooksOf(content: Uint8Array): ReadonlySet<number> | undefined;
}
