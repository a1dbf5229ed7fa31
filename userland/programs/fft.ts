// fft: the Fourier transform of N complex doubles in shared memory, by Stockham's algorithm: log2 N stages, each from one array to the
// other, of N/2 butterflies, which leave the result in order. Node i computes a block of each stage's butterflies; the stages are parted
// by barriers. Node 0 compares a few points with direct sums; then all nodes transform back, and it compares with the input.
// Prints the cycles of the transform. Argument: N, a power of two (default 1024).
import { argument_number } from "../lib/args";
import { clock } from "../lib/clock";
import { cstr } from "../lib/cstr";
import { node_first, node_id, node_join, node_refuse, node_shared, node_summary } from "../lib/node";
import { figure, verdict } from "../lib/print";
import { sm_barrier, sm_node_exit } from "../lib/sm";

const MOST: u32 = 65536;
/** Points that are compared with direct sums; each may be off by POINT_BOUND * N, and the direct sum is most of that. */
const POINTS: u32 = 5;
const POINT_BOUND: f64 = 1e-9;
/** The input comes back to within this; its parts are in [-1, 1). */
const RETURN_BOUND: f64 = 1e-12;
/** exp(-2 pi i 2^t / N) at t, for t < log2 N - 1. */
const roots: usize = memory.data(16 * 16, 8);

/** Complex number i of an array: its real part, and 8 bytes behind that the imaginary one. */
function at(array: usize, i: u32): usize {
    return array + ((<usize>i) << 4);
}

/** The real (odd: imaginary) parts of the input, by twice their index. */
function input(part: u32): f64 {
    return <f64>(<i32>(part * 2654435761 + 12345)) / 2147483648.0;
}

/** From -i down: half an angle is the direction of the sum of 1 and the whole. */
function find_roots(n: u32): void {
    let re: f64 = 0;
    let im: f64 = -1;
    for (let t = <i32>ctz<u32>(n) - 2; t >= 0; t--) {
        store<f64>(at(roots, t), re);
        store<f64>(at(roots, t), im, 8);
        re += 1;
        const length = sqrt<f64>(re * re + im * im);
        re /= length;
        im /= length;
    }
}

/** Writes exp(-2 pi i j / N) at j in [from, to): the product of the roots that the bits of j stand for. */
function fill_twiddles(twiddles: usize, from: u32, to: u32): void {
    for (let j = from; j < to; j++) {
        let re: f64 = 1;
        let im: f64 = 0;
        for (let t: u32 = 0; j >> t != 0; t++) {
            if (((j >> t) & 1) == 0) continue;
            const root_re = load<f64>(at(roots, t));
            const root_im = load<f64>(at(roots, t), 8);
            const product = re * root_re - im * root_im;
            im = re * root_im + im * root_re;
            re = product;
        }
        store<f64>(at(twiddles, j), re);
        store<f64>(at(twiddles, j), im, 8);
    }
}

function fill_input(x: usize, from: u32, to: u32): void {
    for (let i = from; i < to; i++) {
        store<f64>(at(x, i), input(2 * i));
        store<f64>(at(x, i), input(2 * i + 1), 8);
    }
}

/** Butterflies [from, to) of the stage of `stride` (1, 2, 4 .. N/2) from `x` to `y`. `sense` 1: forth, -1: back. */
function stage(x: usize, y: usize, twiddles: usize, n: u32, stride: u32, sense: f64, from: u32, to: u32): void {
    for (let i = from; i < to; i++) {
        const a = at(x, i);
        const b = at(x, i + n / 2);
        const turn = i - (i & (stride - 1));
        const w_re = load<f64>(at(twiddles, turn));
        const w_im = load<f64>(at(twiddles, turn), 8) * sense;
        const re = load<f64>(a) - load<f64>(b);
        const im = load<f64>(a, 8) - load<f64>(b, 8);
        const sum = at(y, i + turn);
        const difference = at(y, i + turn + stride);
        store<f64>(sum, load<f64>(a) + load<f64>(b));
        store<f64>(sum, load<f64>(a, 8) + load<f64>(b, 8), 8);
        store<f64>(difference, re * w_re - im * w_im);
        store<f64>(difference, re * w_im + im * w_re, 8);
    }
}

/** All stages, this node's part. Returns the array that has the result: `x` or `y`. */
function transform(x: usize, y: usize, twiddles: usize, n: u32, sense: f64): usize {
    const from = node_first(n / 2, node_id());
    const to = node_first(n / 2, node_id() + 1);
    for (let stride: u32 = 1; stride < n; stride *= 2) {
        stage(x, y, twiddles, n, stride, sense, from, to);
        sm_barrier();
        const done = y;
        y = x;
        x = done;
    }
    return x;
}

function is_near(number: usize, re: f64, im: f64, bound: f64): bool {
    return abs<f64>(load<f64>(number) - re) <= bound && abs<f64>(load<f64>(number, 8) - im) <= bound;
}

/** Point k is the direct sum of input(j) w^j. It shares no root with the transform: w is a power series, its powers are products. */
function is_point(point: usize, n: u32, k: u32): bool {
    const angle = (-2.0 * Math.PI * <f64>(<i32>(k > n / 2 ? k - n : k))) / <f64>n;
    let w_re: f64 = 0;
    let w_im: f64 = 0;
    let re: f64 = 1;
    let im: f64 = 0;
    for (let term: u32 = 1; term <= 40; term++) {
        w_re += re;
        w_im += im;
        const next = (-im * angle) / <f64>term;
        im = (re * angle) / <f64>term;
        re = next;
    }
    let sum_re: f64 = 0;
    let sum_im: f64 = 0;
    re = 1;
    im = 0;
    for (let j: u32 = 0; j < n; j++) {
        sum_re += input(2 * j) * re - input(2 * j + 1) * im;
        sum_im += input(2 * j) * im + input(2 * j + 1) * re;
        const next = re * w_re - im * w_im;
        im = re * w_im + im * w_re;
        re = next;
    }
    return is_near(point, sum_re, sum_im, POINT_BOUND * <f64>n);
}

function are_points(spectrum: usize, n: u32): bool {
    for (let i: u32 = 0; i < POINTS; i++) {
        const k = (i * (n / POINTS + 1)) & (n - 1);
        if (!is_point(at(spectrum, k), n, k)) return false;
    }
    return true;
}

/** What has gone forth and back is N times the input. */
function is_back(x: usize, n: u32): bool {
    const scale = <f64>n;
    for (let i: u32 = 0; i < n; i++) {
        if (!is_near(at(x, i), input(2 * i) * scale, input(2 * i + 1) * scale, RETURN_BOUND * scale)) return false;
    }
    return true;
}

export function main(argc: i32, argv: usize): i32 {
    const n = argument_number(argc, argv, 1, 1024);
    if (!node_join()) return verdict(cstr("fft"), false, cstr("not started as a node process"));
    if (n < 2 || n > MOST || popcnt<u32>(n) != 1)
        return node_refuse(cstr("fft"), cstr("N must be a power of two from 2 to 65536"));
    const nid = node_id();
    const x = node_shared(<u64>n * 16);
    const y = node_shared(<u64>n * 16);
    const twiddles = node_shared(<u64>n * 8);
    if (x == 0 || y == 0 || twiddles == 0) return node_refuse(cstr("fft"), cstr("no shared memory"));
    find_roots(n);
    fill_twiddles(twiddles, node_first(n / 2, nid), node_first(n / 2, nid + 1));
    fill_input(x, node_first(n, nid), node_first(n, nid + 1));
    sm_barrier();
    const before = clock();
    const spectrum = transform(x, y, twiddles, n, 1);
    const spent = clock() - before;
    // Before this node's first stage back, so before any node's second, which overwrites the spectrum.
    const points = nid != 0 || are_points(spectrum, n);
    const back = transform(spectrum, spectrum == x ? y : x, twiddles, n, -1);
    const returned = nid != 0 || is_back(back, n);
    sm_node_exit();
    if (nid != 0) return 0;
    node_summary(cstr("fft: "), n, cstr(" points, "));
    figure(cstr("steps"), spent, cstr("cycles"));
    const wrong = points ? cstr("the inverse transform is not the input") : cstr("a point is not its direct sum");
    return verdict(cstr("fft"), points && returned, wrong);
}
