/** Instruction sequences that load a constant. */

export interface Step {
    readonly op: "lui" | "addi" | "addiw" | "slli";
    readonly imm: number;
    /** True when the step reads the register built so far, else it reads x0. */
    readonly chained: boolean;
}

/** The steps that put `value` (signed, 64 bits) into a register, as GNU as chooses them. */
export function constantSteps(value: bigint): Step[] {
    const lower = BigInt.asIntN(12, value);
    if (lower === value) return [{ op: "addi", imm: Number(value), chained: false }];
    const upper = BigInt.asIntN(64, value - lower);
    if (BigInt.asIntN(32, value) === value) {
        const steps: Step[] = [{ op: "lui", imm: Number(BigInt.asIntN(32, upper)), chained: false }];
        if (lower !== 0n) steps.push({ op: "addiw", imm: Number(lower), chained: true });
        return steps;
    }
    let shift = 12n;
    while (((upper >> shift) & 1n) === 0n) shift++;
    const steps: Step[] = [...constantSteps(upper >> shift), { op: "slli", imm: Number(shift), chained: true }];
    if (lower !== 0n) steps.push({ op: "addi", imm: Number(lower), chained: true });
    return steps;
}
