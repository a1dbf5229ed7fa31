/**
 * Multiple readers or a single writer, as sm-dsm 3.3 to 3.5 say it: who holds which page, and what each access costs.
 */

import type { Counts } from "./dsm-nodes.ts";

interface ModelPage {
    /** The node that may write without asking. */
    writer: number | undefined;
    readonly copies: Set<number>;
    readonly bytes: Map<number, number>;
}

export class MrswModel {
    readonly #pages = new Map<number, ModelPage>();
    #RF = 0;
    #WF = 0;
    #INV = 0;
    #REVOKE = 0;

    /** The allocating node has read-write access from the start (sm-dsm 2). */
    allocate(node: number, vpn: number): void {
        this.#pages.set(vpn, { writer: node, copies: new Set([node]), bytes: new Map() });
    }

    read(node: number, vpn: number, offset: number): number {
        const page = this.#page(vpn);
        if (!page.copies.has(node)) {
            this.#RF++;
            if (page.writer !== undefined) this.#REVOKE++;
            page.writer = undefined;
            page.copies.add(node);
        }
        return page.bytes.get(offset) ?? 0;
    }

    write(node: number, vpn: number, value: number, offset: number): void {
        const page = this.#page(vpn);
        if (page.writer !== node) {
            this.#WF++;
            for (const copy of page.copies) if (copy !== node) this.#INV++;
            page.copies.clear();
            page.copies.add(node);
            page.writer = node;
        }
        page.bytes.set(offset, value);
    }

    counts(): Counts {
        return { RF: this.#RF, WF: this.#WF, INV: this.#INV, REVOKE: this.#REVOKE };
    }

    /** True when the node may read the page without a fault. */
    holds(node: number, vpn: number): boolean {
        return this.#page(vpn).copies.has(node);
    }

    writer(vpn: number): number | undefined {
        return this.#page(vpn).writer;
    }

    #page(vpn: number): ModelPage {
        const page = this.#pages.get(vpn);
        if (page === undefined) throw new Error(`page ${vpn} was never allocated`);
        return page;
    }
}
