// What needs memory and no more calls: malloc of many sizes with checksums, qsort, formats of printf, buffered files.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static unsigned long seed = 12345;

static unsigned random_number(void)
{
    seed = seed * 6364136223846793005ul + 1442695040888963407ul;
    return seed >> 33;
}

static int compare(const void *a, const void *b)
{
    int x = *(const int *)a, y = *(const int *)b;
    return (x > y) - (x < y);
}

static void memory(void)
{
    enum { SLOTS = 64 };
    static unsigned char *at[SLOTS];
    static unsigned size[SLOTS];
    unsigned long wrong = 0, bytes = 0;
    for (int i = 0; i < 2000; i++) {
        int slot = random_number() % SLOTS;
        for (unsigned j = 0; j < size[slot]; j += 97)
            wrong += at[slot][j] != (unsigned char)(slot + j);
        unsigned next = random_number() % (i % 100 == 0 ? 200000 : 3000);
        if (random_number() % 3 == 0) {
            free(at[slot]);
            at[slot] = malloc(next);
        } else {
            at[slot] = realloc(at[slot], next);
        }
        size[slot] = at[slot] == NULL ? 0 : next;
        for (unsigned j = 0; j < size[slot]; j++)
            at[slot][j] = slot + j;
        bytes += size[slot];
    }
    printf("wrong %lu, bytes %lu\n", wrong, bytes);
    void *aligned = aligned_alloc(4096, 8192);
    printf("aligned %d, zero %d\n", ((unsigned long)aligned & 4095) == 0, *(char *)calloc(1, 100000));
}

static void sorting(void)
{
    enum { COUNT = 3000 };
    static int numbers[COUNT];
    int sorted = 1;
    for (int i = 0; i < COUNT; i++)
        numbers[i] = random_number() % 1000;
    qsort(numbers, COUNT, sizeof numbers[0], compare);
    for (int i = 1; i < COUNT; i++)
        sorted &= numbers[i - 1] <= numbers[i];
    int wanted = numbers[1234];
    printf("sorted %d, found %d\n", sorted, *(int *)bsearch(&wanted, numbers, COUNT, sizeof wanted, compare) == wanted);
}

static void formats(void)
{
    char text[100];
    printf("%5d|%-5d|%05d|%+d|%x|%#X|%o|%c|%10.3s|%%\n", 42, 42, 42, 42, 255, 255, 8, 'c', "string");
    printf("%.3f|%e|%g|%10.2f|%a|%lld|%zu|%hhd\n", 3.14159, 12345.678, 0.0001, -2.5, 1.0, -1ll, (size_t)7, 300);
    printf("%d\n", snprintf(text, 5, "%s", "longer than five"));
    double number = 0;
    int first = 0, read = sscanf("17 2.5 word", "%d %lf %99s", &first, &number, text);
    printf("%d %d %.1f %s\n", read, first, number, text);
    printf("%.17g %.6f\n", strtod("0.1", NULL), strtod("1e-3", NULL));
}

static void files(void)
{
    char line[100];
    long sum = 0;
    FILE *file = fopen("library.data", "w+");
    for (int i = 0; i < 500; i++)
        fprintf(file, "line %d\n", i);
    printf("position %ld\n", ftell(file));
    rewind(file);
    while (fgets(line, sizeof line, file) != NULL)
        sum += atoi(line + 5);
    printf("sum %ld, end %d\n", sum, feof(file) != 0);
    fseek(file, -8, SEEK_END);
    printf("last %s", fgets(line, sizeof line, file));
    fclose(file);
    remove("library.data");
}

int main(void)
{
    memory();
    sorting();
    formats();
    files();
    return 0;
}
