/*
 * The dot product of two vectors in shared memory: node 0 fills them, every node adds up its share, node 0 adds the shares.
 * Usage: dot-product [LENGTH]
 */
#include "sm.h"

int main(int argc, char **argv)
{
    int nodes, nid;
    if (sm_node_init(&argc, &argv, &nodes, &nid) != 0) {
        printf("dot-product: cannot join its group\n");
        return 1;
    }
    int length = argc > 1 ? atoi(argv[1]) : 1000;
    double *vectors = NULL, *shares = NULL;
    if (nid == 0) {
        vectors = sm_malloc(2 * length * sizeof(double));
        /* The nodes write their shares side by side: let them do it at once. */
        shares = sm_malloc_as(nodes * sizeof(double), SM_RELEASE);
        if (vectors == NULL || shares == NULL) {
            printf("dot-product: no shared memory\n");
            return 1;
        }
        for (int i = 0; i < length; i++) {
            vectors[i] = i * 0.5;
            vectors[length + i] = 2.0;
        }
    }
    sm_bcast((void **)&vectors, 0);
    sm_bcast((void **)&shares, 0);

    double sum = 0;
    for (int i = nid; i < length; i += nodes)
        sum += vectors[i] * vectors[length + i];
    shares[nid] = sum;
    sm_barrier();

    int result = 0;
    if (nid == 0) {
        struct rusage usage;
        double total = 0;
        for (int i = 0; i < nodes; i++)
            total += shares[i];
        result = fabs(total - 0.5 * length * (length - 1.0)) > 1e-9;
        getrusage(RUSAGE_SELF, &usage);
        printf("dot-product: %d numbers, %d nodes: %.1f\n", length, nodes, total);
        printf("user time: %ld us\n", (long)(usage.ru_utime.tv_sec * 1000000 + usage.ru_utime.tv_usec));
        printf(result == 0 ? "dot-product: ok\n" : "dot-product: wrong\n");
    }
    sm_node_exit();
    return result;
}
