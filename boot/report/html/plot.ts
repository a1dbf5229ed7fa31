/** What a report consists of: plots, each a picture and the table of the same figures, in sections. */

import { csvLines } from "../csv.ts";
import type { Picture } from "./svg.ts";

export type Cell = string | number | null;

export interface Column {
    readonly name: string;
    /** Absent for names and numbers that count nothing. */
    readonly unit?: string;
}

export interface Table {
    readonly columns: readonly Column[];
    readonly rows: readonly (readonly Cell[])[];
}

export interface Plot {
    /** Also the name of its files: letters, digits and hyphens. */
    readonly id: string;
    readonly title: string;
    /** How to read it: one or two sentences. */
    readonly text: string;
    /** Undefined when the table is all there is. */
    readonly picture?: Picture;
    readonly table: Table;
    /** True when it has the page's whole width. */
    readonly wide?: boolean;
}

export interface Section {
    readonly title: string;
    readonly plots: readonly Plot[];
}

/** A number of the head of the page. */
export interface Headline {
    readonly value: string;
    readonly text: string;
    /** True for what stands out. */
    readonly notable?: boolean;
}

export interface Report {
    readonly title: string;
    /** The end of the run, and whether it is good. */
    readonly verdict: { readonly text: string; readonly good: boolean };
    /** What a citation needs, by name. */
    readonly facts: readonly (readonly [name: string, value: string])[];
    readonly headlines: readonly Headline[];
    /** What stands out, a sentence each. */
    readonly findings: readonly string[];
    readonly sections: readonly Section[];
    /** The documents that it was made from; they are embedded. */
    readonly documents: readonly object[];
}

/** Units stand behind the name, in parentheses. */
export function csvOf({ columns, rows }: Table): string {
    return csvLines([columns.map(columnTitle), ...rows]);
}

export function columnTitle({ name, unit }: Column): string {
    return unit === undefined || unit === "" ? name : `${name} (${unit})`;
}
