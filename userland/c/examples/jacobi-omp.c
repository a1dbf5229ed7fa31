/*
 * NAME
 *     jacobi-omp - Jacobi iteration for Laplace's equation on a square (OpenMP)
 *
 * SYNOPSIS
 *     jacobi-omp [SIZE [STEPS [THREADS]]]
 *
 * DESCRIPTION
 *     A grid of SIZE x SIZE inner points with fixed values around it. A step replaces each inner point by the mean of its four neighbours.
 *     A thread has a band of rows, which it also writes first. Defaults: 32 4, one thread a cluster.
 *
 * CHECK
 *     The same steps in one thread give the same bits.
 */
#include <omp.h>

#include "example.h"

#define NAME "jacobi-omp"

static long width;

static double edge(long row, long column)
{
    return row == 0 ? 100.0 : column == 0 ? 10.0 * row / width : 0.0;
}

static double *grid_of(void)
{
    double *grid = example_memory(width * width * sizeof(double));
#pragma omp parallel for
    for (long row = 0; row < width; row++)
        for (long column = 0; column < width; column++)
            grid[row * width + column] = edge(row, column);
    return grid;
}

/* Steps from one grid to the other and back. Returns the one that has the result. */
static double *iterate(double *from, double *to, long steps)
{
    for (long step = 0; step < steps; step++) {
#pragma omp parallel for
        for (long row = 1; row < width - 1; row++)
            for (long column = 1; column < width - 1; column++) {
                const double *at = from + row * width + column;
                to[row * width + column] = 0.25 * (at[-width] + at[-1] + at[1] + at[width]);
            }
        double *swapped = from;
        from = to;
        to = swapped;
    }
    return from;
}

int main(int argc, char **argv)
{
    width = example_argument(argc, argv, 1, 32, 1, 8192) + 2;
    long steps = example_argument(argc, argv, 2, 4, 1, 100000);
    omp_set_num_threads(example_threads(argc, argv, 3));
    double *one = grid_of(), *two = grid_of();
    int64_t begin = example_now();
    const double *result = iterate(one, two, steps);
    example_steps(begin);

    omp_set_num_threads(1);
    double *three = grid_of(), *four = grid_of();
    const double *expected = iterate(three, four, steps);
    for (long row = 0; row < width; row++)
        for (long column = 0; column < width; column++) {
            double is = result[row * width + column], must = expected[row * width + column];
            CHECK(is == must, "row %ld, column %ld is %g; must be %g", row, column, is, must);
        }
    return example_ok(NAME);
}
