/** The places of the fields of the guest's @unmanaged classes, as the compiler laid them out (boot/build/transforms/layout.mjs). */

export interface StructField {
    readonly name: string;
    readonly offset: number;
    readonly size: number;
    readonly type: string;
}

export interface StructLayout {
    readonly name: string;
    readonly file: string;
    readonly size: number;
    readonly fields: readonly StructField[];
}
