/**
 * Expands `li`: any 64-bit constant in at most eight instructions, the same that GNU as chooses (binutils, gas/config/tc-riscv.c,
 * load_const).
 */

const LOW_BITS = 12n;

/** Instructions in assembler syntax that put `value` (signed 64-bit) into `rd`. */
export function loadConstant(rd: string, value: bigint): string[] {
    if (BigInt.asIntN(12, value) === value) return [`addi ${rd}, x0, ${value}`];
    return build(rd, value);
}

function build(rd: string, value: bigint): string[] {
    const lower = BigInt.asIntN(12, value);
    const upper = BigInt.asIntN(64, value - lower);
    if (BigInt.asIntN(32, value) === value) return build32(rd, upper, lower);
    let shift = LOW_BITS;
    while (((upper >> shift) & 1n) === 0n) shift++;
    const steps = [...build(rd, upper >> shift), `slli ${rd}, ${rd}, ${shift}`];
    return lower === 0n ? steps : [...steps, `addi ${rd}, ${rd}, ${lower}`];
}

/** Uses addiw, so that the sum wraps to 32 bits: 0x7fffffff is lui 0x80000 and addiw -1. */
function build32(rd: string, upper: bigint, lower: bigint): string[] {
    if (upper === 0n) return [`addiw ${rd}, x0, ${lower}`];
    const steps = [`lui ${rd}, ${BigInt.asUintN(20, upper >> LOW_BITS)}`];
    return lower === 0n ? steps : [...steps, `addiw ${rd}, ${rd}, ${lower}`];
}
