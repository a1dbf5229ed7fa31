// What the machine has, as /proc and /sys tell it: three of four clusters have harts, and the fourth is a bank.
// here: only
// config: {"machine": {"mesh": [2, 2], "hartsPerCluster": 2, "bankSize": "16MiB", "clustersWithoutHarts": [2]}}
// rules: F12.1, F12.3, F12.4
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

static void show(const char *path)
{
    char text[4096];
    int fd = open(path, O_RDONLY), error = errno;
    long bytes = read(fd, text, sizeof text - 1);
    printf("%s: %.*s", path, (int)(bytes < 0 ? 0 : bytes), text);
    if (fd < 0) printf("errno %d\n", error);
    close(fd);
}

/** The number behind a name in a file. */
static long number(const char *path, const char *name)
{
    char line[256];
    long value = -1;
    FILE *file = fopen(path, "r");
    while (file && fgets(line, sizeof line, file))
        if (strstr(line, name)) value = atol(strchr(line, ':') + 1);
    if (file) fclose(file);
    return value;
}

int main(void)
{
    char path[64], line[512];
    show("/proc/cpuinfo");
    show("/sys/devices/system/cpu/possible");
    show("/sys/devices/system/cpu/present");
    show("/sys/devices/system/cpu/online");
    show("/sys/devices/system/node/possible");
    show("/sys/devices/system/node/online");
    long total = 0, free = 0;
    for (int node = 0; node < 5; node++) {
        snprintf(path, sizeof path, "/sys/devices/system/node/node%d", node);
        printf("%s: %d\n", path, access(path, R_OK));
        snprintf(path, sizeof path, "/sys/devices/system/node/node%d/cpulist", node);
        show(path);
        snprintf(path, sizeof path, "/sys/devices/system/node/node%d/distance", node);
        show(path);
        snprintf(path, sizeof path, "/sys/devices/system/node/node%d/meminfo", node);
        if (node == 4) break;
        total += number(path, "MemTotal");
        free += number(path, "MemFree");
        printf("used: %d\n", number(path, "MemUsed") == number(path, "MemTotal") - number(path, "MemFree"));
    }
    printf("total %ld %ld, free %d\n", total, number("/proc/meminfo", "MemTotal"), number("/proc/meminfo", "MemFree") > 0 && free > 0);
    show("/sys/devices/system/node/node00/cpulist");
    show("/sys/devices/system/node/node/cpulist");
    show("/sys/devices/system/node/node4294967296/cpulist");

    for (int cpu = 1; cpu < 9; cpu += 3) {
        static const char *const names[] = { "core_id", "physical_package_id", "thread_siblings_list", "core_cpus_list",
                                             "core_siblings_list", "package_cpus_list", "nothing" };
        snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu%d/topology", cpu);
        printf("%s: %d\n", path, access(path, R_OK));
        for (int i = 0; i < 7; i++) {
            snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu%d/topology/%s", cpu, names[i]);
            show(path);
        }
    }

    long *memory = mmap(NULL, 5 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    for (int page = 0; page < 4; page++) memory[page * 512] = 1;
    snprintf(path, sizeof path, "%08lx ", (unsigned long)memory);
    FILE *maps = fopen("/proc/self/numa_maps", "r");
    while (fgets(line, sizeof line, maps)) {
        int sum = 0;
        if (strncmp(line, path, strlen(path)) != 0) continue;
        for (char *at = line; (at = strstr(at, " N")) != NULL; at++) sum += atoi(strchr(at, '=') + 1);
        printf("%d pages, %s%s", sum, strstr(line, "anon=4") ? "anon=4" : line, strstr(line, " kernelpagesize_kB=4"));
    }
    fclose(maps);
    return 0;
}
