/*
 * NAME
 *     pipeline - processes that pass blocks of numbers on through pipes
 *
 * SYNOPSIS
 *     pipeline [NUMBERS [STAGES]]
 *
 * DESCRIPTION
 *     Forks STAGES processes in a row. The first gets NUMBERS numbers, each changes them in its own way and passes them on, and the last passes
 *     them back. A writer of its own feeds the first, because pipes are short. Defaults: 1000, one stage a cluster.
 *
 * CHECK
 *     The sum of what comes back is that of the same changes made in one process, and every process ends with 0.
 */
#include <sys/wait.h>
#include <unistd.h>

#include "example.h"

#define NAME "pipeline"
#define BLOCK 64

static uint64_t change(uint64_t number, int stage)
{
    return (number ^ (number >> 7)) * (2 * (uint64_t)stage + 3) + stage;
}

/* Reads until the block is full or the pipe ends. Returns the number of numbers. */
static long read_block(int from, uint64_t *block)
{
    size_t have = 0;
    while (have < BLOCK * sizeof(uint64_t)) {
        ssize_t got = read(from, (char *)block + have, BLOCK * sizeof(uint64_t) - have);
        CHECK(got >= 0, "a read failed (errno %d)", errno);
        if (got == 0)
            break;
        have += got;
    }
    CHECK(have % sizeof(uint64_t) == 0, "a block of %zu bytes", have);
    return have / sizeof(uint64_t);
}

/* A pipe takes a block whole: it is shorter than PIPE_BUF. */
static void write_block(int to, const uint64_t *block, long length)
{
    ssize_t bytes = length * sizeof(uint64_t);
    CHECK(write(to, block, bytes) == bytes, "a write failed (errno %d)", errno);
}

static void feed(int to, long numbers)
{
    uint64_t block[BLOCK];
    for (long at = 0; at < numbers; at += BLOCK) {
        long length = numbers - at < BLOCK ? numbers - at : BLOCK;
        for (long i = 0; i < length; i++)
            block[i] = at + i;
        write_block(to, block, length);
    }
}

static void pass_on(int from, int to, int stage)
{
    uint64_t block[BLOCK];
    for (long length; (length = read_block(from, block)) > 0;) {
        for (long i = 0; i < length; i++)
            block[i] = change(block[i], stage);
        write_block(to, block, length);
    }
}

int main(int argc, char **argv)
{
    long numbers = example_argument(argc, argv, 1, 1000, 1, 1L << 30), count = 0;
    int stages = example_threads(argc, argv, 2), from = -1;
    int64_t begin = example_now();
    /* Stage -1 feeds the others. Each child inherits only the read end of the pipe before it. */
    for (int stage = -1; stage < stages; stage++) {
        int ends[2];
        CHECK(pipe(ends) == 0, "no pipe (errno %d)", errno);
        pid_t child = fork();
        CHECK(child >= 0, "no process (errno %d)", errno);
        if (child == 0) {
            close(ends[0]);
            if (stage < 0)
                feed(ends[1], numbers);
            else
                pass_on(from, ends[1], stage);
            _exit(0);
        }
        close(ends[1]);
        if (from >= 0)
            close(from);
        from = ends[0];
    }
    uint64_t block[BLOCK], sum = 0, expected = 0;
    for (long length; (length = read_block(from, block)) > 0; count += length)
        for (long i = 0; i < length; i++)
            sum += block[i];
    example_steps(begin);

    for (int stage = -1, status; stage < stages; stage++)
        CHECK(wait(&status) > 0 && status == 0, "a stage ended with status %x", status);
    for (long i = 0; i < numbers; i++) {
        uint64_t number = i;
        for (int stage = 0; stage < stages; stage++)
            number = change(number, stage);
        expected += number;
    }
    CHECK(count == numbers, "%ld of %ld numbers came back", count, numbers);
    CHECK(sum == expected, "the sum is %llx; must be %llx", (unsigned long long)sum, (unsigned long long)expected);
    return example_ok(NAME);
}
