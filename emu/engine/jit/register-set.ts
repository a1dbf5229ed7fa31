/** Sets of registers x1 to x31 and f0 to f31. x0 is in none. */
export class RegisterSet {
    /** A bit a register. */
    readonly x: number;
    readonly f: number;

    constructor(x: number, f: number) {
        this.x = x;
        this.f = f;
    }

    get isEmpty(): boolean {
        return this.x === 0 && this.f === 0;
    }

    or(other: RegisterSet): RegisterSet {
        return new RegisterSet(this.x | other.x, this.f | other.f);
    }

    and(other: RegisterSet): RegisterSet {
        return new RegisterSet(this.x & other.x, this.f & other.f);
    }

    without(other: RegisterSet): RegisterSet {
        return new RegisterSet(this.x & ~other.x, this.f & ~other.f);
    }

    equals(other: RegisterSet): boolean {
        return this.x === other.x && this.f === other.f;
    }

    /** Calls `visit` with each. */
    forEach(visit: (register: number, isFloat: boolean) => void): void {
        for (let rest = this.x; rest !== 0; rest &= rest - 1) visit(lowest(rest), false);
        for (let rest = this.f; rest !== 0; rest &= rest - 1) visit(lowest(rest), true);
    }
}

function lowest(bits: number): number {
    return 31 - Math.clz32(bits & -bits);
}

export const NO_REGISTERS = new RegisterSet(0, 0);

const X_SETS = Array.from({ length: 32 }, (_, i) => (i === 0 ? NO_REGISTERS : new RegisterSet(1 << i, 0)));
const F_SETS = Array.from({ length: 32 }, (_, i) => new RegisterSet(0, 1 << i));

/** The set of one register. */
export function registers(number: number, isFloat: boolean): RegisterSet {
    return (isFloat ? F_SETS : X_SETS)[number] as RegisterSet;
}
