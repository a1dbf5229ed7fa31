/** The elements of --json: figures, and addresses as ids. */

export interface Figure {
    readonly value: number;
    readonly unit: string;
    readonly description: string;
}

export function figure(value: number, unit: string, description: string): Figure {
    return { value, unit, description };
}

/** 0x and 16 digits. */
export function hex(address: bigint): string {
    return `0x${address.toString(16).padStart(16, "0")}`;
}
