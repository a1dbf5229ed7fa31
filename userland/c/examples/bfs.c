/*
 * NAME
 *     bfs - breadth-first search on an R-MAT graph (OpenMP)
 *
 * SYNOPSIS
 *     bfs [SCALE [DEGREE [THREADS]]]
 *
 * DESCRIPTION
 *     Makes a graph of 2^SCALE vertices and DEGREE * 2^SCALE undirected edges, most of them at few vertices, with the probabilities of Graph 500.
 *     Searches it from a vertex, level by level: the threads share out the vertices of a level. Defaults: 7 4, one thread a cluster.
 *
 * CHECK
 *     The parent of a vertex is its neighbour and one level nearer, no edge spans more than one level, and no edge leaves what was reached.
 */
#include <omp.h>

#include "example.h"

#define NAME "bfs"
#define NONE (-1)

/* The neighbours of vertex v: neighbours[first[v]] up to first[v + 1]. */
static long *first;
static int32_t *neighbours;
static long vertices, edges;

/* One of the four quarters of the adjacency matrix a bit: 57, 19, 19 and 5 of 100 edges. */
static void random_edge(uint64_t *state, long scale, int32_t *from, int32_t *to)
{
    *from = *to = 0;
    for (long bit = 0; bit < scale; bit++) {
        unsigned draw = (unsigned)(example_random(state) >> 33) % 100;
        *from = *from * 2 + (draw >= 76);
        *to = *to * 2 + ((draw >= 57 && draw < 76) || draw >= 95);
    }
}

static void make_graph(long scale)
{
    int32_t *ends = example_memory(2 * edges * sizeof(int32_t));
    uint64_t state = example_stream(0);
    first = calloc(vertices + 2, sizeof(long));
    neighbours = example_memory(2 * edges * sizeof(int32_t));
    CHECK(first != NULL, "no memory");
    for (long i = 0; i < edges; i++) {
        random_edge(&state, scale, &ends[2 * i], &ends[2 * i + 1]);
        first[ends[2 * i] + 2]++;
        first[ends[2 * i + 1] + 2]++;
    }
    for (long v = 2; v < vertices + 2; v++)
        first[v] += first[v - 1];
    /* first[v + 1] is the place of v's next neighbour, and where those of v + 1 begin when all have theirs. */
    for (long i = 0; i < 2 * edges; i++)
        neighbours[first[ends[i] + 1]++] = ends[i ^ 1];
    free(ends);
}

static void search(int32_t root, int32_t *parent, int32_t *level)
{
    int32_t *now = example_memory(vertices * sizeof(int32_t));
    int32_t *next = example_memory(vertices * sizeof(int32_t));
    long length = 1;
    now[0] = parent[root] = root;
    level[root] = 0;
    for (int32_t depth = 1; length > 0; depth++) {
        long found = 0;
#pragma omp parallel for schedule(dynamic, 8)
        for (long i = 0; i < length; i++)
            for (long e = first[now[i]]; e < first[now[i] + 1]; e++) {
                int32_t v = neighbours[e], none = NONE;
                if (__atomic_load_n(&parent[v], __ATOMIC_RELAXED) != NONE)
                    continue;
                if (!__atomic_compare_exchange_n(&parent[v], &none, now[i], 0, __ATOMIC_RELAXED, __ATOMIC_RELAXED))
                    continue;
                level[v] = depth;
                next[__atomic_fetch_add(&found, 1, __ATOMIC_RELAXED)] = v;
            }
        int32_t *swapped = now;
        now = next;
        next = swapped;
        length = found;
    }
    free(now);
    free(next);
}

static int is_edge(int32_t from, int32_t to)
{
    for (long e = first[from]; e < first[from + 1]; e++)
        if (neighbours[e] == to)
            return 1;
    return 0;
}

int main(int argc, char **argv)
{
    long scale = example_argument(argc, argv, 1, 7, 1, 24);
    vertices = 1L << scale;
    edges = vertices * example_argument(argc, argv, 2, 4, 1, 64);
    omp_set_num_threads(example_threads(argc, argv, 3));
    make_graph(scale);
    int32_t *parent = example_memory(vertices * sizeof(int32_t)), *level = example_memory(vertices * sizeof(int32_t)), root = 0;
    for (int32_t v = 0; v < vertices; v++) {
        parent[v] = level[v] = NONE;
        if (first[v + 1] - first[v] > first[root + 1] - first[root])
            root = v;
    }
    int64_t begin = example_now();
    search(root, parent, level);
    example_steps(begin);

    long reached = 0;
    for (int32_t v = 0; v < vertices; v++) {
        reached += parent[v] != NONE;
        for (long e = first[v]; e < first[v + 1]; e++) {
            int32_t u = neighbours[e];
            CHECK((parent[u] == NONE) == (parent[v] == NONE), "vertex %d is reached, and of %d and it only one", u, v);
            CHECK(level[u] <= level[v] + 1, "vertex %d of level %d has a neighbour %d of level %d", v, level[v], u, level[u]);
        }
        if (v == root || parent[v] == NONE)
            continue;
        CHECK(is_edge(parent[v], v), "vertex %d has the parent %d, which is no neighbour", v, parent[v]);
        CHECK(level[parent[v]] + 1 == level[v], "vertex %d of level %d has a parent of level %d", v, level[v], level[parent[v]]);
    }
    CHECK(parent[root] == root && reached > 1, "the search has reached %ld vertices", reached);
    printf("reached: %ld vertices\n", reached);
    return example_ok(NAME);
}
