/** The elements of --json: figures, and addresses as ids. */

export interface Figure {
    readonly value: number;
    readonly unit: string;
}

export function figure(value: number, unit: string): Figure {
    return { value, unit };
}

/** 0x and 16 digits. */
export function hex(address: bigint): string {
    return `0x${address.toString(16).padStart(16, "0")}`;
}
