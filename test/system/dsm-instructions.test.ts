/**
 * Every load and store of RV64GC that can lie over two pages of the region (sm-dsm 3.10), done by the kernel (kernel/dsm/access.ts): each meets
 * two pages that its node does not have, or has not touched. Expected values are made here, of bytes.
 */

import { expect, it } from "vitest";
import { PAGE_SIZE } from "../../kernel/abi/memory-map.ts";
import { guestOf } from "./harness/guest.ts";
import { framesKept, nothingLeft, programAt, runConfig } from "./harness/run.ts";

interface Form {
    readonly name: string;
    readonly width: number;
    readonly offset: number;
    /** sp-relative forms have a compressed encoding of their own. */
    readonly base?: "sp";
}

/** Offsets that the compressed encodings have too, and ones they have not. */
const OFFSETS: Readonly<Record<string, readonly number[]>> = {
    lh: [-7],
    lhu: [33],
    sh: [-2048],
    lw: [64, 4, 124, -20],
    lwu: [12],
    sw: [64, 4, 124, 2047],
    flw: [16],
    fsw: [-5],
    ld: [8, 128, 248, -16],
    sd: [8, 64, 248, -1],
    fld: [8, 200, -24],
    fsd: [16, 192, 3],
};
const SP_OFFSETS: Readonly<Record<string, readonly number[]>> = {
    lw: [4, 32, 252],
    ld: [8, 24, 504],
    fld: [16, 448],
    sw: [4, 60, 192],
    sd: [8, 56, 448],
    fsd: [8, 320],
};
const WIDTHS: Readonly<Record<string, number>> = { h: 2, w: 4, d: 8 };
const widthOf = (name: string) => WIDTHS[name.replace("u", "").slice(-1)] ?? 0;
const isLoad = ({ name }: Form) => /^f?l/.test(name);
const isFloat = ({ name }: Form) => name.startsWith("f");

const forms = (offsets: typeof OFFSETS, base?: "sp") =>
    Object.entries(offsets).flatMap(([name, all]) =>
        all.map((offset): Form => ({ name, width: widthOf(name), offset, ...(base === undefined ? {} : { base }) })),
    );
const FORMS = [...forms(OFFSETS), ...forms(SP_OFFSETS, "sp")];
const PAGES = 2 * FORMS.length;

/** What stands in the 16 bytes around a border, and what is stored. */
const AROUND = [0x8796a5b4c3d2e1f0n, 0x8f9eadbccbdae9f8n] as const;
const STORED = 0x1122334455667788n;
/** First byte of an access, in those 16. */
const startOf = ({ width }: Form) => (width === 2 ? 7 : 5);

function bytesOf(words: readonly bigint[]): number[] {
    return words.flatMap((word) => Array.from({ length: 8 }, (_, i) => Number((word >> BigInt(8 * i)) & 255n)));
}

function wordOf(bytes: readonly number[]): bigint {
    return bytes.reduceRight((word, byte) => (word << 8n) | BigInt(byte), 0n);
}

/** What the form's lines say: a load the register; a store the 16 bytes. */
function expected(form: Form): bigint[] {
    const start = startOf(form);
    if (!isLoad(form)) {
        const bytes = bytesOf([0n, 0n]);
        bytes.splice(start, form.width, ...bytesOf([STORED]).slice(0, form.width));
        return [wordOf(bytes.slice(0, 8)), wordOf(bytes.slice(8))];
    }
    const value = wordOf(bytesOf(AROUND).slice(start, start + form.width));
    if (isFloat(form)) return [form.width === 4 ? value | (0xffffffffn << 32n) : value];
    return [form.name.endsWith("u") ? value : BigInt.asIntN(8 * form.width, value)];
}

function textOf(form: Form, index: number): string {
    const { name, offset, base = "s1" } = form;
    const register = isFloat(form) ? "fa1" : "a1";
    const border = PAGE_SIZE * (2 * index + 1);
    const place = `
    li t0, ${border - 8 + startOf(form) - offset}
    add s1, s2, t0
    mv s3, sp
    ${base === "sp" ? "mv sp, s1" : ""}`;
    const access = `
    ${name} ${register}, ${offset}(${base})
    mv sp, s3`;
    if (isLoad(form)) return `${place}${access}\n    ${isFloat(form) ? "fmv.x.d a1, fa1" : ""}\n    call tell`;
    return `
    li a1, ${STORED}
    fmv.d.x fa1, a1${place}${access}
    li t0, ${border}
    add s1, s2, t0
    ld a1, -8(s1)
    call tell
    ld a1, (s1)
    call tell`;
}

/** Node 1 fills what is loaded; node 0 does all accesses. */
function program(rvc: boolean): string {
    const filled = FORMS.flatMap((form, i) => (isLoad(form) ? [PAGE_SIZE * (2 * i + 1)] : []));
    const fill = filled.map((border) => `    li t0, ${border}\n    add t0, t0, s2\n    sd s4, -8(t0)\n    sd s5, (t0)`);
    return `
    .option ${rvc ? "rvc" : "norvc"}
    .globl main
main:
    la s0, counts
    mv a0, s0
    addi a1, s0, 4
    li a7, SYS_SM_INIT
    ecall
    lw s1, 4(s0)
    li a0, ${PAGES * PAGE_SIZE}
    li s2, 0
    bnez s1, 1f
    li a7, SYS_SM_MALLOC
    ecall
    mv s2, a0
1:  mv a0, s2
    li a1, 0
    li a7, SYS_SM_BCAST
    ecall
    mv s2, a0
    bnez s1, filler
    li a7, SYS_SM_BARRIER
    ecall
${FORMS.map(textOf).join("\n")}
    li a0, 0
    j exit_group
tell:
    mv s6, ra
    la a0, label
    call report
    mv ra, s6
    ret
filler:
    li s4, ${AROUND[0]}
    li s5, ${AROUND[1]}
${fill.join("\n")}
    li a7, SYS_SM_BARRIER
    ecall
    li a0, 0
    j exit_group
    .data
    .balign 8
counts: .word 0, 0
label: .asciz "is"
`;
}

it.each([true, false])("3.10: every form of load and store over two pages (compressed: %s)", async (rvc) => {
    const path = guestOf(`over-two-pages-${rvc}`, program(rvc));
    const machine = { mesh: [2, 1], hartsPerCluster: 1, bankSize: "4MiB" };
    const outcome = await runConfig({ machine, programs: [{ path, nodes: 2, cluster: 0 }] }, { audit: "end" });
    expect([outcome.end, outcome.message]).toEqual(["halted", ""]);
    const told = [...programAt(outcome, 0).output.matchAll(/^is (-?\d+)$/gm)].map(([, value = ""]) =>
        BigInt.asUintN(64, BigInt(value)),
    );
    const values = FORMS.map((form) => ({ form, values: expected(form).map((value) => BigInt.asUintN(64, value)) }));
    const lengths = values.map((each) => each.values.length);
    const starts = lengths.map((_, i) => lengths.slice(0, i).reduce((sum, length) => sum + length, 0));
    const got = FORMS.map((form, i) => ({ form, values: told.slice(starts[i], (starts[i] ?? 0) + (lengths[i] ?? 0)) }));
    expect(got).toEqual(values);
    expect(framesKept(outcome)).toEqual(nothingLeft(outcome));
});
