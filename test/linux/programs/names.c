// Directories and names: paths, what is refused, renames, files without a name, the working directory, listings.
// rules: F5.1, F5.2, F5.3, F5.4
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void tell(const char *what, long result)
{
    printf("%s: %ld, errno %d\n", what, result < 0 ? -1 : result, result < 0 ? errno : 0);
    fflush(stdout);
}

static int make(const char *path)
{
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL, 0644);
    if (fd >= 0) close(fd);
    return fd < 0 ? -1 : 0;
}

static int compare(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

static void list(const char *path)
{
    char *names[64];
    int count = 0;
    DIR *d = opendir(path);
    for (struct dirent *e; d && (e = readdir(d)) && count < 64;) {
        asprintf(&names[count++], "%s%s", e->d_name, e->d_type == DT_DIR ? "/" : e->d_type == DT_REG ? "" : "?");
    }
    closedir(d);
    qsort(names, count, sizeof *names, compare);
    printf("%s:", path);
    for (int i = 0; i < count; i++) printf(" %s", names[i]);
    printf("\n");
}

static void paths(void)
{
    char name[300], longest[5000];
    tell("mkdir", mkdir("d", 0755));
    tell("mkdir again", mkdir("d", 0755));
    tell("mkdir below", mkdir("d/e/", 0755));
    tell("mkdir without a parent", mkdir("x/y", 0755));
    tell("make", make("d/e/f"));
    tell("below a file", make("d/e/f/g"));
    tell("a file with a slash", open("d/e/f/", O_RDONLY));
    tell("dots", access("./d/.././d//e/../e/f", F_OK));
    tell("above the root", access("/../../..", F_OK));
    tell("the empty path", open("", O_RDONLY));
    tell("making a directory", open("d/new/", O_RDWR | O_CREAT, 0644));
    tell("a directory to write", open("d", O_WRONLY));
    memset(name, 'n', sizeof name);
    name[255] = 0;
    tell("255 bytes", make(name));
    tell("unlink of 255 bytes", unlink(name));
    name[255] = 'n';
    name[256] = 0;
    tell("256 bytes", make(name));
    for (int i = 0; i < 4999; i++) longest[i] = "./"[i % 2];
    longest[4096] = 0;
    tell("4096 bytes", access(longest, F_OK));
    longest[4095] = 0;
    tell("4095 bytes", access(longest, F_OK));
    int fd = open("d", O_RDONLY | O_DIRECTORY);
    tell("relative", faccessat(fd, "e/f", F_OK, 0));
    tell("relative, not there", openat(fd, "f", O_RDONLY));
    int file = open("d/e/f", O_RDONLY);
    tell("relative to a file", openat(file, "f", O_RDONLY));
    tell("relative to nothing", openat(77, "f", O_RDONLY));
    tell("read of a directory", read(fd, name, 10));
    tell("mkdirat", mkdirat(fd, "g", 0755));
    list("d");
    list("d/e");
    close(fd);
    close(file);
}

static void removals(void)
{
    tell("rmdir of a full one", rmdir("d"));
    tell("rmdir of a file", rmdir("d/e/f"));
    tell("unlink of nothing", unlink("d/e/none"));
    tell("rmdir of the root", rmdir("/"));
    tell("rmdir of .", rmdir("d/g/."));
    tell("rmdir", rmdir("d/g"));
    tell("rmdir again", rmdir("d/g"));
    // A file lives on without its name.
    int fd = open("gone", O_RDWR | O_CREAT | O_TRUNC, 0644);
    write(fd, "still here", 10);
    char *p = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    tell("unlink", unlink("gone"));
    tell("by its name", open("gone", O_RDONLY));
    tell("another of that name", make("gone"));
    char b[16] = {0};
    lseek(fd, 0, SEEK_SET);
    printf("%ld %s, %.5s\n", (long)read(fd, b, 10), b, p);
    close(fd);
    p[0] = 'S';
    printf("%.5s\n", p);
    munmap(p, 4096);
    unlink("gone");
}

static void renames(void)
{
    int fd = open("one", O_RDWR | O_CREAT | O_TRUNC, 0644);
    write(fd, "1", 1);
    close(fd);
    tell("rename", rename("one", "two"));
    tell("the old name", access("one", F_OK));
    tell("the new name", access("two", F_OK));
    make("three");
    tell("NOREPLACE", renameat2(AT_FDCWD, "two", AT_FDCWD, "three", RENAME_NOREPLACE));
    tell("over another", rename("two", "three"));
    struct stat s;
    stat("three", &s);
    tell("its size", s.st_size);
    tell("into a directory", rename("three", "d/e/three"));
    tell("file over directory", rename("d/e/three", "d"));
    tell("directory over file", rename("d/e", "d/e/three"));
    mkdir("m", 0755);
    tell("directory over file", rename("m", "d/e/three"));
    tell("into itself", rename("d", "d/e/d"));
    tell("over a full one", rename("m", "d"));
    tell("a directory", rename("d/e", "m/e2"));
    tell("to itself", rename("m/e2/f", "m/e2/f"));
    tell("nothing", rename("none", "m/none"));
    list("m");
    list("m/e2");
    tell("its parent", access("m/e2/../../m", F_OK));
    tell("rmdir", rmdir("d"));
    unlink("m/e2/three");
}

static void working_directory(void)
{
    char b[4096], start[4096];
    getcwd(start, sizeof start);
    tell("chdir", chdir("m/e2"));
    getcwd(b, sizeof b);
    printf("%s\n", b + strlen(start) - (strlen(start) == 1));
    tell("relative", access("f", F_OK));
    tell("up", access("../e2", F_OK));
    tell("chdir to a file", chdir("f"));
    tell("chdir to nothing", chdir("none"));
    errno = 0;
    tell("small", syscall(SYS_getcwd, b, 2));
    if (fork() == 0) {
        tell("the child's", access("f", F_OK));
        chdir("..");
        _exit(0);
    }
    wait(0);
    tell("not the parent's", access("f", F_OK));
    int up = open("..", O_RDONLY | O_DIRECTORY);
    tell("fchdir", fchdir(up));
    tell("fchdir to nothing", fchdir(77));
    tell("now", access("e2/f", F_OK));
    unlink("e2/f");
    chdir("e2");
    tell("rmdir of the working directory", rmdir("../e2"));
    tell("make in it", make("x"));
    tell("getcwd", syscall(SYS_getcwd, b, sizeof b));
    fchdir(up);
    close(up);
    chdir("..");
    tell("rmdir", rmdir("m"));
}

/** Many names, listed while they are removed. */
static void many(void)
{
    char name[32];
    mkdir("many", 0755);
    for (int i = 0; i < 1500; i++) {
        sprintf(name, "many/file-%d", i);
        make(name);
    }
    DIR *d = opendir("many");
    long count = 0, sum = 0, dots = 0;
    for (struct dirent *e; (e = readdir(d));) {
        if (e->d_name[0] == '.') dots++;
        else count++, sum += atoi(e->d_name + 5);
    }
    printf("%ld names, sum %ld, %ld dots\n", count, sum, dots);
    rewinddir(d);
    for (struct dirent *e; (e = readdir(d));) {
        sprintf(name, "many/%.20s", e->d_name);
        if (e->d_name[0] != '.' && unlink(name) == 0) count--;
    }
    closedir(d);
    tell("left", count);
    list("many");
    tell("rmdir", rmdir("many"));
}

int main(void)
{
    paths();
    removals();
    renames();
    working_directory();
    many();
    return 0;
}
