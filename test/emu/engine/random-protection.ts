/**
 * Random bare-metal programs that set PMP entries, access what they speak of under MPRV as M, S or U, and print what came of it. The same
 * program on any machine like QEMU's virt with 16 entries must print the same bytes.
 *
 * Not in them, for QEMU 7.2 errs there (privileged ISA, 3.7.1): W without R, which it keeps; fetches, which it checks by blocks.
 */
import { random } from "./guest.ts";

const CONFIGURATIONS = 24;
const ACCESSES = 16;
/** What entries speak of; the program lies below. */
const REGION = 0x80080000;
const PAGES = 3;
const LOADS = ["lb", "lh", "lw", "ld"];
const STORES = ["sb", "sh", "sw", "sd"];
/** R, W and X that there can be. */
const RIGHTS = [0, 1, 3, 4, 5, 7, 7];
const MODES = [0, 8, 8, 16, 24, 24];
const NAPOT = 24;
const MPRV = 1 << 17;

type Draw = (limit: number) => number;

/** Assembly text of one section for 0x80000000. */
export function randomProtection(seed: number): string {
    const next = random(seed * 2654435769 + 1);
    const draw: Draw = (limit) => (next() >>> 8) % limit;
    const items = Array.from({ length: CONFIGURATIONS }, () => configuration(draw));
    return `${START} ${items.join("\n")} ${FINISH}`;
}

function configuration(draw: Draw): string {
    const count = 1 + draw(7);
    const entries = Array.from({ length: count }, (_, i) => entry(i, draw));
    const cfg = entries.reduceRight((sum, each) => (sum << 8n) | BigInt(each.cfg), 0n);
    const background = [0x18, 0x1f, 0x19, 0][draw(4)] as number;
    const all = BigInt.asIntN(64, cfg | (BigInt(background) << 56n));
    const addresses = entries.map(({ address }, i) => `li t0, ${address}\n csrw pmpaddr${i}, t0`);
    const accesses = Array.from({ length: ACCESSES }, () => access(draw, entries));
    return `li t0, -1\n csrw pmpaddr7, t0\n ${addresses.join("\n")}\n li t0, ${all}\n csrw pmpcfg0, t0\n ${accesses.join("\n")}`;
}

interface Entry {
    readonly address: number;
    readonly cfg: number;
}

/** The first is no range, for a range from 0 on would have the program in it. */
function entry(index: number, draw: Draw): Entry {
    const place = REGION + 4096 * draw(PAGES + 1) + (draw(2) ? 4 * draw(3) : 4 * draw(1024));
    const mode = index === 0 ? NAPOT : (MODES[draw(MODES.length)] as number);
    const ones = draw(2) ? 9 : draw(9);
    const low = 2 ** ones - 1;
    const address = mode === NAPOT ? Math.floor(place / 4 / (2 * low + 2)) * (2 * low + 2) + low : place / 4;
    return { address, cfg: mode | (RIGHTS[draw(RIGHTS.length)] as number) };
}

/** Aligned, often near an entry's address. */
function access(draw: Draw, entries: readonly Entry[]): string {
    const size = draw(4);
    const near = 4 * (entries[draw(entries.length)] as Entry).address - 8 + draw(24);
    const isNear = draw(2) && near >= REGION && near < REGION + 4096 * PAGES;
    const at = isNear ? near : REGION + draw(4096 * PAGES);
    const status = MPRV | ((draw(4) ? draw(2) : 3) << 11);
    const code = draw(2) ? `${LOADS[size]} a0, 0(t1)` : `${STORES[size]} s2, 0(t1)`;
    return `
        li a0, 77
        addi s2, s2, 1
        li t1, ${at - (at % 2 ** size)}
        li t2, ${status}
        csrw mstatus, t2
        ${code}
        csrw mstatus, x0
        sd a0, 0(s11)
        addi s11, s11, 8`;
}

const START = `
    .text
begin: la t0, handler
    csrw mtvec, t0
    li s11, 0x80040000
    li s2, 0
`;

/** Opens everything, prints the log, then ends the run. */
const FINISH = `
    csrw pmpcfg0, x0
    li t1, 0x80040000
    mv t2, s11
    li t3, 0x10000000
print:
    bgeu t1, t2, 2f
    lbu t4, 5(t3)
    andi t4, t4, 0x20
    beqz t4, print
    lbu t4, 0(t1)
    sb t4, 0(t3)
    addi t1, t1, 1
    j print
2:  li t0, 0x5555
    li t1, 0x100000
    sw t0, 0(t1)
1:  j 1b
    .balign 4
handler:
    csrw mstatus, x0
    csrr t0, mcause
    sd t0, 0(s11)
    csrr t0, mtval
    sd t0, 8(s11)
    csrr t0, mepc
    addi t0, t0, 4
    csrw mepc, t0
    addi s11, s11, 16
    li t0, 0x1800
    csrw mstatus, t0
    mret
`;
