/** The heat of links on the page of `archipel view` (docs/view.md): what crosses each of them. */

import { describe, expect, it } from "vitest";
import { linkLoads } from "../../view/page/heat.ts";

describe("heat of links", () => {
    it("counts an access on each link of its way, along the row first", () => {
        const matrix = new Float64Array(9 * 9);
        matrix[0 * 9 + 8] = 5;
        const loads = linkLoads(matrix, [3, 3]);
        expect(loads.map(({ from, to, count }) => [from, to, count])).toEqual([
            [0, 1, 5],
            [1, 2, 5],
            [2, 5, 5],
            [5, 8, 5],
        ]);
    });

    it("sums to accesses times hops", () => {
        const [width, height] = [4, 3];
        const clusters = width * height;
        const matrix = Float64Array.from({ length: clusters * clusters }, (_, at) => (at * 7919) % 31);
        let hops = 0;
        for (const [at, count] of matrix.entries()) {
            const [a, b] = [Math.floor(at / clusters), at % clusters];
            const dx = Math.abs((a % width) - (b % width));
            hops += count * (dx + Math.abs(Math.floor(a / width) - Math.floor(b / width)));
        }
        const loads = linkLoads(matrix, [width, height]);
        expect(loads.reduce((sum, { count }) => sum + count, 0)).toBe(hops);
        expect(loads.length).toBe(2 * ((width - 1) * height + width * (height - 1)));
    });
});
