// What jacobi and sor relax: a plate as a square grid of doubles, row-major, whose edge keeps its values; row 0 is hot.

/** Sides that make sense here: with inner cells, and of at most 8 MiB. */
export function grid_allowed(side: u32): bool {
    return side >= 3 && side <= 1024;
}

export function grid_bytes(side: u32): u64 {
    return (<u64>side * <u64>side) << 3;
}

/** Writes the first values of rows [from, to): 1 in row 0, else what is different in every cell and has a long fraction. */
export function grid_fill(grid: usize, side: u32, from: u32, to: u32): void {
    for (let cell = from * side; cell < to * side; cell++) {
        store<f64>(grid + (cell << 3), cell < side ? 1.0 : <f64>((cell * 2654435761) >> 20) / 4095.0);
    }
}

/** The mean of the four neighbours of the cell at `cell`; `row`: bytes of a row. */
export function grid_mean(cell: usize, row: usize): f64 {
    return 0.25 * (load<f64>(cell - row) + load<f64>(cell + row) + load<f64>(cell - 8) + load<f64>(cell + 8));
}

/** The sum of all cells, in millionths: that it is right cannot be seen here, but compared. */
export function grid_heat(grid: usize, side: u32): i64 {
    let sum: f64 = 0;
    const end = grid + <usize>grid_bytes(side);
    for (; grid < end; grid += 8) sum += load<f64>(grid);
    return <i64>(sum * 1e6);
}

/** Two grids agree bit for bit. */
export function grid_same(a: usize, b: usize, side: u32): bool {
    const end = a + <usize>grid_bytes(side);
    for (; a < end; a += 8, b += 8) {
        if (load<u64>(a) != load<u64>(b)) return false;
    }
    return true;
}
