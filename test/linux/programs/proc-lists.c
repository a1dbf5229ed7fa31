// The directories of /proc and /sys are listed, /proc/PID is the own process, and numa_maps tells policies.
// here: only
// rules: F12.1, F12.2
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static void list(const char *path)
{
    struct stat s;
    DIR *directory = opendir(path);
    printf("%s:", path);
    if (directory == NULL) {
        printf(" %s\n", strerror(errno));
        return;
    }
    fstat(dirfd(directory), &s);
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;)
        printf(" %s/%d", entry->d_name, entry->d_type);
    rewinddir(directory);
    printf(" first %s %o\n", readdir(directory)->d_name, s.st_mode);
    closedir(directory);
}

static void show(const char *path)
{
    char text[512];
    int fd = open(path, O_RDONLY);
    long bytes = read(fd, text, sizeof text - 1);
    printf("%s: %.*s", path, (int)(bytes < 0 ? 0 : bytes), text);
    close(fd);
}

/** The policy of the mapping that begins at an address. */
static void policy(const char *what, void *at)
{
    char line[512], start[32];
    FILE *file = fopen("/proc/self/numa_maps", "r");
    sprintf(start, "%08lx ", (unsigned long)at);
    while (fgets(line, sizeof line, file))
        if (strncmp(line, start, strlen(start)) == 0)
            printf("%s %s\n", what, strtok(line + strlen(start), " \n"));
    fclose(file);
}

int main(void)
{
    char path[64], bytes[256];
    const char *paths[] = {"/proc", "/proc/", "/proc/self", "/sys", "/sys/devices/", "/sys/devices/system", "/sys/devices/system/node",
                           "/sys/devices/system/cpu", "/sys/devices/system/cpu/cpu5", "/sys/devices/system/cpu/cpu5/topology/", "/sys/devices/system/node/node3", "/sys/devices/system/node/node4",
                           "/proc/self/maps", "/proc/12"};
    for (int i = 0; i < (int)(sizeof paths / sizeof paths[0]); i++)
        list(paths[i]);
    show("/sys/devices/system/node/node0/cpumap");
    show("/sys/devices/system/node/node3/cpumap");

    int fd = open("/sys/devices/system/node", O_RDONLY | O_DIRECTORY);
    printf("read %zd %d\n", read(fd, bytes, 10), errno == EISDIR);
    printf("small %zd %d\n", getdents64(fd, bytes, 10), errno == EINVAL);
    for (long n; (n = getdents64(fd, bytes, 64)) > 0;)
        printf("got %ld\n", n);
    close(fd);
    errno = 0;
    printf("write %d %d\n", open("/proc", O_RDWR), errno == EISDIR);
    printf("chdir %d %d\n", chdir("/proc"), errno == ENOENT);

    sprintf(path, "/proc/%d/exe", getpid());
    long length = readlink(path, bytes, 255);
    bytes[length < 0 ? 0 : length] = 0;
    printf("exe %s\n", strrchr(bytes, '/'));
    sprintf(path, "/proc/%d/maps", getpid());
    printf("maps %d\n", access(path, R_OK));
    sprintf(path, "/proc/0%d/maps", getpid());
    printf("zero %d\n", access(path, R_OK));
    sprintf(path, "/proc/%d", getpid());
    list(path);

    policy("heap", mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    policy("stack", mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0));
    policy("shared", mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
    return 0;
}
