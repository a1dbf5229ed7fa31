/* Calls, records, strings and branches in the proportions of Dhrystone's loop, 20,000 rounds a trip. */
#include "guest.h"
int strcmp(const char *, const char *);
void *memcpy(void *, const void *, u64);
typedef struct record {
    struct record *next;
    int kind, choice, number;
    char text[32];
} Record;
static Record first, second;
static int global_number, numbers[64], table[64][64];
static char global_letter;
static __attribute__((noinline)) int letters(char a, char b) {
    char c = a;
    if (c != b) return 0;
    global_letter = c;
    return 1;
}
static __attribute__((noinline)) int texts(const char *a, const char *b) {
    int i = 2;
    char letter = 'A';
    while (i <= 2)
        if (letters(a[i], b[i + 1]) == 0) {
            letter = 'A';
            i++;
        } else
            i += 3;
    if (letter >= 'W' && letter < 'Z') i = 7;
    if (letter == 'R') return 1;
    if (strcmp(a, b) > 0) {
        global_number = i + 7;
        return 1;
    }
    return 0;
}
static __attribute__((noinline)) void sum(int a, int b, int *out) { *out = a + 2 + b; }
static __attribute__((noinline)) void choose(int value, int *out) {
    *out = value == 2 ? value : 3;
    switch (value) {
    case 0: *out = 0; break;
    case 1: *out = global_number > 100 ? 0 : 3; break;
    case 2: *out = 1; break;
    case 4: *out = 2; break;
    }
}
static __attribute__((noinline)) void tables(int *row, int (*matrix)[64], int a, int b) {
    int at = a + 5;
    row[at] = b;
    row[at + 1] = row[at];
    row[at + 30] = at;
    for (int i = at; i <= at + 1; i++) matrix[at][i] = at;
    matrix[at][at - 1] += 1;
    matrix[at + 20][at] = row[at];
    global_number = 5;
}
static __attribute__((noinline)) void follow(Record *p) {
    Record *next = p->next;
    *next = first;
    p->number = 5;
    next->number = p->number;
    next->next = p->next;
    if (next->kind == 0) {
        next->number = 6;
        choose(p->choice, &next->choice);
        next->next = first.next;
        sum(next->number, 10, &next->number);
    } else
        *p = *p->next;
}
u64 main(void) {
    static char one[32] = "DHRYSTONE PROGRAM, 1'ST STRING", two[32];
    first.next = &second;
    first.kind = 0;
    first.choice = 2;
    first.number = 40;
    memcpy(first.text, "DHRYSTONE PROGRAM, SOME STRING", 31);
    u64 total = 0;
    for (int trip = 0; trip < TRIPS; trip++)
        for (int run = 0; run < 20000; run++) {
            int a = 2, b = 3, c = 0;
            memcpy(two, run & 1 ? "DHRYSTONE PROGRAM, 2'ND STRING" : "DHRYSTONE PROGRAM, 3'RD STRING", 31);
            int kind = !texts(one, two);
            while (a < b) {
                c = 5 * a - b;
                sum(a, b, &c);
                a++;
            }
            tables(numbers, table, a, c);
            follow(&first);
            for (char letter = 'A'; letter <= global_letter; letter++)
                if (kind == letters(letter, 'C')) choose(0, &kind);
            b = b * a;
            a = b / c;
            b = 7 * (b - c) - a;
            total = total * 31 + (u64)(a + b + kind + global_number + table[8][7]);
        }
    return total;
}
