// mmap at named places, over others, beside others; protections that change there; a large reservation.
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#define GIB (1ul << 30)
#define PRIVATE (MAP_PRIVATE | MAP_ANONYMOUS)

static void *map(void *at, unsigned long bytes, int prot, int flags)
{
    return mmap(at, bytes, prot, flags, -1, 0);
}

int main(void)
{
    char *fixed = map((void *)0x20000000, 4096, PROT_READ | PROT_WRITE, PRIVATE | MAP_FIXED);
    printf("fixed %d\n", fixed == (char *)0x20000000);
    strcpy(fixed, "first");
    printf("again %d\n", map(fixed, 4096, PROT_READ | PROT_WRITE, PRIVATE | MAP_FIXED) == fixed);
    printf("is zero %d\n", fixed[0] == 0);
    errno = 0;
    printf("no replace %d\n", map(fixed, 8192, PROT_READ, PRIVATE | MAP_FIXED_NOREPLACE) == MAP_FAILED && errno == EEXIST);
    printf("beside %d\n", map(fixed + 4096, 4096, PROT_READ, PRIVATE | MAP_FIXED_NOREPLACE) == fixed + 4096);
    errno = 0;
    printf("unaligned %d\n", map(fixed + 1, 4096, PROT_READ, PRIVATE | MAP_FIXED) == MAP_FAILED && errno == EINVAL);
    char *hint = map((void *)0x21000000, 4096, PROT_READ, PRIVATE);
    printf("hint %d\n", hint == (char *)0x21000000);
    printf("hint taken %d\n", map(hint, 4096, PROT_READ, PRIVATE) != hint);
    errno = 0;
    printf("no kind %d\n", mmap(0, 4096, PROT_READ, MAP_ANONYMOUS, -1, 0) == MAP_FAILED && errno == EINVAL);
    errno = 0;
    printf("nothing %d\n", map(0, 0, PROT_READ, PRIVATE) == MAP_FAILED && errno == EINVAL);

    char *reserved = map(0, 64 * GIB, PROT_NONE, PRIVATE | MAP_NORESERVE);
    printf("reserved %d\n", reserved != MAP_FAILED);
    char *middle = reserved + 33 * GIB;
    printf("opened %d\n", mprotect(middle, 8192, PROT_READ | PROT_WRITE) == 0);
    middle[0] = 1;
    middle[4096] = 2;
    printf("committed %d\n", map(middle + GIB, 4096, PROT_READ | PROT_WRITE, PRIVATE | MAP_FIXED) == middle + GIB);
    middle[GIB] = 3;
    printf("sum %d\n", middle[0] + middle[4096] + middle[GIB]);
    printf("given back %d\n", munmap(reserved, 64 * GIB) == 0);
    char *large = map(0, GIB / 2, PROT_READ | PROT_WRITE, PRIVATE);
    printf("large %d\n", large != MAP_FAILED);
    for (unsigned long at = 0; at < GIB / 2; at += GIB / 16)
        large[at] = at >> 26;
    int sum = 0;
    for (unsigned long at = 0; at < GIB / 2; at += GIB / 16)
        sum += large[at];
    printf("sum %d\n", sum);
    return 0;
}
