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

    /** The number and file of each. */
    *[Symbol.iterator](): Generator<[register: number, isFloat: boolean]> {
        for (let i = 1; i < 32; i++) if ((this.x >>> i) & 1) yield [i, false];
        for (let i = 0; i < 32; i++) if ((this.f >>> i) & 1) yield [i, true];
    }
}

export const NO_REGISTERS = new RegisterSet(0, 0);

/** The set of one register. */
export function registers(number: number, isFloat: boolean): RegisterSet {
    if (isFloat) return new RegisterSet(0, 1 << number);
    return number === 0 ? NO_REGISTERS : new RegisterSet(1 << number, 0);
}
