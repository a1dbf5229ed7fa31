/* A list that is searched and sorted, a matrix of small integers, a state machine over text, and a CRC of all of it: CoreMark's kinds of work. */
#include "guest.h"
typedef struct node {
    struct node *next;
    short *data;
} Node;
#define NODES 160
static Node nodes[NODES];
static short values[NODES][2];
#define N 24
static short left[N][N], right[N][N];
static int product[N][N];
static const char *const inputs[] = {"5012", "1234", "-874", "+122", "35.54400", ".1234500", "-110.700", "+0.64400", "5.500e+3", "-.123e-2", "-87e+832", "+0.6e-12", "T0.3e-1F", "-T.T++Tq", "1T3.4e4z", "34.0e-T^"};
static __attribute__((noinline)) u32 crc8(u8 data, u32 crc) {
    for (int i = 0; i < 8; i++) {
        u32 bit = (data ^ crc) & 1;
        data >>= 1;
        crc = bit ? (crc ^ 0x4002) >> 1 | 0x8000 : crc >> 1;
    }
    return crc & 0xffff;
}
static u32 crc16(u32 value, u32 crc) { return crc8(value >> 8 & 255, crc8(value & 255, crc)); }
static Node *reverse(Node *list) {
    Node *done = 0;
    while (list) {
        Node *next = list->next;
        list->next = done;
        done = list;
        list = next;
    }
    return done;
}
static Node *find(Node *list, short value) {
    while (list && list->data[0] != value) list = list->next;
    return list;
}
static int by_value(Node *a, Node *b) { return a->data[0] - b->data[0]; }
static int by_index(Node *a, Node *b) { return a->data[1] - b->data[1]; }
static Node *merge_sort(Node *list, int (*order)(Node *, Node *)) {
    for (int size = 1;; size *= 2) {
        Node *p = list, *tail = 0;
        int merges = 0;
        list = 0;
        while (p) {
            Node *q = p;
            int ps = 0, qs = size;
            merges++;
            for (int i = 0; i < size && q; i++) ps++, q = q->next;
            while (ps > 0 || (qs > 0 && q)) {
                Node *e;
                if (ps == 0) e = q, q = q->next, qs--;
                else if (qs == 0 || !q || order(p, q) <= 0) e = p, p = p->next, ps--;
                else e = q, q = q->next, qs--;
                if (tail) tail->next = e;
                else list = e;
                tail = e;
            }
            p = q;
        }
        tail->next = 0;
        if (merges <= 1) return list;
    }
}
static u32 lists(u32 seed, u32 crc) {
    Node *list = 0;
    for (int i = 0; i < NODES; i++) {
        values[i][0] = (short)((seed * 31 + i * 7) & 0x7f);
        values[i][1] = (short)i;
        nodes[i].data = values[i];
        nodes[i].next = list;
        list = &nodes[i];
    }
    int found = 0;
    for (int i = 0; i < 40; i++) {
        Node *at = find(list, (short)((seed + i * 3) & 0x7f));
        list = reverse(list);
        if (at) found += at->data[1];
    }
    list = merge_sort(list, by_value);
    for (Node *at = list; at; at = at->next) crc = crc16((u32)at->data[0], crc);
    list = merge_sort(list, by_index);
    return crc16((u32)(found + list->data[0]), crc);
}
static u32 matrix(int seed, u32 crc) {
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) left[i][j] = (short)(seed + i * j), right[i][j] = (short)((seed ^ i) + j);
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) {
            int sum = 0;
            for (int k = 0; k < N; k++) {
                int t = left[i][k] * right[k][j];
                sum += (t >> 2 & 15) * (t >> 5 & 127);
            }
            product[i][j] = sum;
        }
    int total = 0, last = 0;
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) {
            int v = product[i][j];
            total += v > last ? 10 : v;
            last = v;
        }
    return crc16((u32)total, crc);
}
static u32 states(u32 seed, u32 crc) {
    u32 counts[8] = {0};
    for (int i = 0; i < 64; i++) {
        const char *p = inputs[(i * 5 + seed) & 15];
        int state = 0;
        for (; *p; p++) {
            char c = *p;
            int digit = c >= '0' && c <= '9';
            switch (state) {
            case 0: state = digit ? 2 : c == '+' || c == '-' ? 1 : c == '.' ? 3 : 7; break;
            case 1: state = digit ? 2 : c == '.' ? 3 : 7; break;
            case 2: state = digit ? 2 : c == '.' ? 3 : c == 'e' ? 4 : 7; break;
            case 3: state = digit ? 3 : c == 'e' ? 4 : 7; break;
            case 4: state = c == '+' || c == '-' ? 5 : 7; break;
            case 5: state = digit ? 6 : 7; break;
            case 6: state = digit ? 6 : 7; break;
            }
            if (state == 7) break;
        }
        counts[state]++;
    }
    for (int i = 0; i < 8; i++) crc = crc16(counts[i], crc);
    return crc;
}
u64 main(void) {
    u32 crc = 0;
    for (int trip = 0; trip < TRIPS; trip++) {
        crc = lists(crc + (u32)trip, crc);
        crc = matrix((int)(crc & 7) + trip, crc);
        crc = states(crc, crc);
    }
    return crc;
}
