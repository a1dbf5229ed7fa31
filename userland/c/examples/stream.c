/*
 * NAME
 *     stream - memory bandwidth of simple loops over long vectors (OpenMP)
 *
 * SYNOPSIS
 *     stream [LENGTH [TIMES [THREADS]]]
 *
 * DESCRIPTION
 *     Does copy, scale, add and triad of McCalpin's STREAM, TIMES times, on three vectors of LENGTH doubles. The thread that computes an
 *     element also writes it first. Prints the time of each loop, all TIMES together. Defaults: 2048 2, one thread a cluster.
 *
 * CHECK
 *     All elements of a vector are equal, so the same arithmetic on three numbers gives what each must be.
 */
#include <omp.h>

#include "example.h"

#define NAME "stream"
#define SCALAR 3.0

enum { COPY, SCALE, ADD, TRIAD, LOOPS };

static int64_t spent[LOOPS];

static void check(const char *name, const double *vector, long length, double expected)
{
    for (long i = 0; i < length; i++)
        CHECK(vector[i] == expected, "%s[%ld] is %g; must be %g", name, i, vector[i], expected);
}

int main(int argc, char **argv)
{
    long length = example_argument(argc, argv, 1, 2048, 1, 1L << 26);
    long times = example_argument(argc, argv, 2, 2, 1, 100);
    omp_set_num_threads(example_threads(argc, argv, 3));
    double *a = example_memory(length * sizeof(double));
    double *b = example_memory(length * sizeof(double));
    double *c = example_memory(length * sizeof(double));
#pragma omp parallel for
    for (long i = 0; i < length; i++) {
        a[i] = 1.0;
        b[i] = 2.0;
        c[i] = 0.0;
    }

    int64_t begin = example_now();
    for (long time = 0; time < times; time++) {
        int64_t from = example_now();
#pragma omp parallel for
        for (long i = 0; i < length; i++)
            c[i] = a[i];
        spent[COPY] += example_now() - from;
        from = example_now();
#pragma omp parallel for
        for (long i = 0; i < length; i++)
            b[i] = SCALAR * c[i];
        spent[SCALE] += example_now() - from;
        from = example_now();
#pragma omp parallel for
        for (long i = 0; i < length; i++)
            c[i] = a[i] + b[i];
        spent[ADD] += example_now() - from;
        from = example_now();
#pragma omp parallel for
        for (long i = 0; i < length; i++)
            a[i] = b[i] + SCALAR * c[i];
        spent[TRIAD] += example_now() - from;
    }
    example_steps(begin);

    double x = 1.0, y = 2.0, z = 0.0;
    for (long time = 0; time < times; time++) {
        z = x;
        y = SCALAR * z;
        z = x + y;
        x = y + SCALAR * z;
    }
    check("a", a, length, x);
    check("b", b, length, y);
    check("c", c, length, z);
    printf("copy: %lld ns\nscale: %lld ns\nadd: %lld ns\ntriad: %lld ns\n", (long long)spent[COPY], (long long)spent[SCALE],
        (long long)spent[ADD], (long long)spent[TRIAD]);
    return example_ok(NAME);
}
