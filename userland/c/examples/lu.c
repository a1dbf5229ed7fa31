/*
 * NAME
 *     lu - LU decomposition of a dense matrix (OpenMP)
 *
 * SYNOPSIS
 *     lu [SIZE [THREADS]]
 *
 * DESCRIPTION
 *     Decomposes a SIZE x SIZE matrix, in place, into a lower triangle with a diagonal of ones and an upper triangle. The diagonal of the matrix
 *     dominates, so that no pivot is looked for. Rows go to threads in turn, because the rows that are left get fewer. Defaults: 24, one
 *     thread a cluster.
 *
 * CHECK
 *     The product of the triangles is the matrix again, but for rounding.
 */
#include <math.h>
#include <omp.h>

#include "example.h"

#define NAME "lu"
#define TOLERANCE 1e-9

static double element(long row, long column, long size)
{
    uint64_t state = example_stream(row * size + column);
    double value = (double)(example_random(&state) >> 11) / (double)(UINT64_C(1) << 53);
    return row == column ? size + value : value;
}

int main(int argc, char **argv)
{
    long size = example_argument(argc, argv, 1, 24, 1, 4096);
    omp_set_num_threads(example_threads(argc, argv, 2));
    double *matrix = example_memory(size * size * sizeof(double));
#pragma omp parallel for schedule(static, 1)
    for (long row = 0; row < size; row++)
        for (long column = 0; column < size; column++)
            matrix[row * size + column] = element(row, column, size);

    int64_t begin = example_now();
#pragma omp parallel
    for (long pivot = 0; pivot < size; pivot++) {
        const double *top = matrix + pivot * size;
        /* All rows take part in each turn, so that a row keeps its thread. The loop's end is a barrier. */
#pragma omp for schedule(static, 1)
        for (long row = 0; row < size; row++) {
            if (row <= pivot)
                continue;
            double *own = matrix + row * size;
            double factor = own[pivot] /= top[pivot];
            for (long column = pivot + 1; column < size; column++)
                own[column] -= factor * top[column];
        }
    }
    example_steps(begin);

    for (long row = 0; row < size; row++)
        for (long column = 0; column < size; column++) {
            double sum = row <= column ? matrix[row * size + column] : 0.0;
            for (long k = 0; k < row && k <= column; k++)
                sum += matrix[row * size + k] * matrix[k * size + column];
            double must = element(row, column, size);
            CHECK(fabs(sum - must) <= TOLERANCE * size, "row %ld, column %ld of L U is %.12g; must be %.12g", row, column, sum, must);
        }
    return example_ok(NAME);
}
