/** Which square of its tile a frame has: its place in the bank, or, where only frames in use are shown, the first square that was free for it. */

export interface Squares {
    /** Squares that the largest tile needs. */
    readonly most: number;
    /** The frames of a cluster's square, of which it shows one; by their numbers in all banks. */
    framesAt(cxy: number, square: number): readonly number[];
    /** Takes a change of a frame's use. Returns its square, or undefined when it has none. */
    change(frame: number, isUsed: boolean): number | undefined;
    clear(): void;
}

/** All frames of the banks, several a square where a tile has not enough of them. */
export class WholeBanks implements Squares {
    readonly most: number;
    readonly #framesPerBank: number;
    readonly #each: number;

    constructor(framesPerBank: number, squaresPerTile: number) {
        this.#framesPerBank = framesPerBank;
        this.#each = Math.max(1, Math.ceil(framesPerBank / squaresPerTile));
        this.most = Math.ceil(framesPerBank / this.#each);
    }

    framesAt(cxy: number, square: number): readonly number[] {
        const first = square * this.#each;
        const count = Math.max(0, Math.min(this.#each, this.#framesPerBank - first));
        return Array.from({ length: count }, (_, i) => cxy * this.#framesPerBank + first + i);
    }

    change(frame: number): number {
        return Math.floor((frame % this.#framesPerBank) / this.#each);
    }

    clear(): void {}
}

/** Frames in use. A frame keeps its square until it is free. */
export class UsedFrames implements Squares {
    readonly #framesPerBank: number;
    /** By cluster: the frame of each square, and the squares that are free again. */
    readonly #tiles: { readonly frames: (number | undefined)[]; readonly free: number[] }[];
    readonly #squares = new Map<number, number>();

    constructor(framesPerBank: number, clusters: number) {
        this.#framesPerBank = framesPerBank;
        this.#tiles = Array.from({ length: clusters }, () => ({ frames: [], free: [] }));
    }

    get most(): number {
        return this.#tiles.reduce((most, { frames }) => Math.max(most, frames.length), 0);
    }

    framesAt(cxy: number, square: number): readonly number[] {
        const frame = this.#tiles[cxy]?.frames[square];
        return frame === undefined ? [] : [frame];
    }

    change(frame: number, isUsed: boolean): number | undefined {
        const tile = this.#tiles[Math.floor(frame / this.#framesPerBank)];
        const before = this.#squares.get(frame);
        if (tile === undefined || (before === undefined && !isUsed)) return undefined;
        if (before !== undefined && isUsed) return before;
        if (before !== undefined) {
            tile.frames[before] = undefined;
            tile.free.push(before);
            this.#squares.delete(frame);
            return before;
        }
        const square = tile.free.pop() ?? tile.frames.length;
        tile.frames[square] = frame;
        this.#squares.set(frame, square);
        return square;
    }

    clear(): void {
        for (const { frames, free } of this.#tiles) {
            frames.length = 0;
            free.length = 0;
        }
        this.#squares.clear();
    }
}
