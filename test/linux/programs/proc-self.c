// A process asks for its file and its memory.
// rules: F12.1, F12.2
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void tell(const char *what, long result)
{
    int error = errno;
    printf("%s: %ld, errno %d\n", what, result < 0 ? -1 : result, result < 0 ? error : 0);
}

/** Prints the rights of the line of the maps that holds the address, and "exe" or its name. */
static void mapped(const char *what, const void *address, const char *exe)
{
    char line[5000], name[5000], rights[8];
    unsigned long from, to, offset, inode, last = 0;
    FILE *maps = fopen("/proc/self/maps", "r");
    while (fgets(line, sizeof line, maps)) {
        name[0] = 0;
        if (sscanf(line, "%lx-%lx %7s %lx %*x:%*x %lu %4999s", &from, &to, rights, &offset, &inode, name) < 5) printf("bad: %s", line);
        if (from < last || to <= from) printf("out of order: %s", line);
        last = to;
        if ((unsigned long)address < from || (unsigned long)address >= to) continue;
        printf("%s: %s %s %s\n", what, rights, strcmp(name, exe) == 0 ? "exe" : name, inode != 0 ? "a file" : "no file");
    }
    fclose(maps);
}

static int constant = 7;

int main(int argc, char **argv)
{
    char path[5000] = "", magic[4] = "";
    struct stat by_link, by_path;
    if (argc > 1) return 5;
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    printf("absolute: %d, ends with proc-self: %d\n", path[0] == '/', strstr(path, "proc-self") != NULL);
    printf("whole: %d\n", length == (ssize_t)strlen(path));
    memset(path + 1, 0, 20);
    tell("part", readlink("/proc/self/exe", path, 1));
    printf("%s\n", path);
    tell("no bytes", readlink("/proc/self/exe", path, 0));
    length = readlink("/proc/self/exe", path, sizeof path - 1);
    path[length] = 0;
    stat("/proc/self/exe", &by_link);
    stat(path, &by_path);
    printf("the same: %d\n", by_link.st_ino == by_path.st_ino && by_link.st_size == by_path.st_size && S_ISREG(by_link.st_mode));
    int fd = open("/proc/self/exe", O_RDONLY);
    read(fd, magic, 4);
    printf("%.3s\n", magic + 1);
    tell("write", open("/proc/self/exe", O_WRONLY));
    tell("access", access("/proc/self/exe", X_OK));
    if (fork() == 0) execl("/proc/self/exe", "proc-self", "again", NULL);
    int status;
    wait(&status);
    printf("executed: %d\n", WEXITSTATUS(status));

    char *map = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0), *anonymous = mmap(NULL, 8192, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    mapped("code", (void *)main, path);
    mapped("data", &constant, path);
    mapped("stack", &status, path);
    mapped("brk", (char *)sbrk(8192), path);
    mapped("file", map, path);
    mapped("anonymous", anonymous, path);
    pthread_attr_t attributes;
    void *stack;
    size_t size;
    tell("attributes", pthread_getattr_np(pthread_self(), &attributes));
    pthread_attr_getstack(&attributes, &stack, &size);
    printf("in it: %d\n", (char *)&size >= (char *)stack && (char *)&size < (char *)stack + size);

    tell("a directory", access("/proc/self", R_OK | X_OK));
    tell("nothing", access("/proc/self/nothing", F_OK));
    tell("nothing", open("/proc/nothing", O_RDONLY));
    tell("no link", readlink("/proc/meminfo", path, 10));
    tell("a directory", open("/proc/meminfo", O_RDONLY | O_DIRECTORY));
    tell("a new one", open("/proc/meminfo", O_RDWR | O_CREAT | O_EXCL, 0600));
    stat("/proc/self/maps", &by_path);
    printf("mode %o, size %ld, links %ld\n", by_path.st_mode, (long)by_path.st_size, (long)by_path.st_nlink);
    fd = open("/proc/self/maps", O_RDONLY);
    fstat(fd, &by_path);
    printf("mode %o, size %ld\n", by_path.st_mode, (long)by_path.st_size);
    tell("write", write(fd, "x", 1));
    tell("map", mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0) == MAP_FAILED ? -1 : 0);
    char first[16], again[16];
    read(fd, first, 16);
    lseek(fd, 0, SEEK_SET);
    read(fd, again, 16);
    printf("again: %d\n", memcmp(first, again, 16) == 0);
    return 0;
}
