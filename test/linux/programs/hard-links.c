// Hard links: several names of a file, in every call that tells of a file or takes a name away.
// rules: F5.6, F11.3
#define _GNU_SOURCE
#include <dirent.h>
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
    printf("%s %ld %s\n", what, result, result < 0 ? strerror(errno) : "-");
    fflush(stdout);
}

static void make(const char *path, const char *text)
{
    int fd = open(path, O_CREAT | O_WRONLY | O_TRUNC, 0644);
    write(fd, text, strlen(text));
    close(fd);
}

/** Links, size and content of a name. */
static void shows(const char *path)
{
    struct stat s;
    char text[32] = "";
    if (lstat(path, &s) != 0) {
        printf("%s: %s\n", path, strerror(errno));
    } else if (S_ISLNK(s.st_mode)) {
        readlink(path, text, 31);
        printf("%s: link, %ld names, to %s\n", path, (long)s.st_nlink, text);
    } else {
        int fd = open(path, O_RDONLY);
        read(fd, text, 31);
        close(fd);
        printf("%s: %ld names, %ld bytes, %s\n", path, (long)s.st_nlink, (long)s.st_size, text);
    }
    fflush(stdout);
}

static int same(const char *a, const char *b)
{
    struct stat s, t;
    return lstat(a, &s) == 0 && lstat(b, &t) == 0 && s.st_ino == t.st_ino;
}

static void lists(const char *path)
{
    DIR *directory = opendir(path);
    struct stat s;
    char names[40][20];
    int count = 0;
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        if (entry->d_name[0] == '.')
            continue;
        if (fstatat(dirfd(directory), entry->d_name, &s, AT_SYMLINK_NOFOLLOW) != 0 || s.st_ino != entry->d_ino)
            printf("%s: another inode\n", entry->d_name);
        strcpy(names[count++], entry->d_name);
    }
    closedir(directory);
    qsort(names, count, sizeof names[0], (int (*)(const void *, const void *))strcmp);
    printf("%s:", path);
    for (int i = 0; i < count; i++)
        printf(" %s", names[i]);
    printf("\n");
}

static void refusals(void)
{
    int ends[2];
    tell("to a name", link("a", "b"));
    tell("to itself", link("a", "a"));
    tell("of nothing", link("missing", "x"));
    tell("into nothing", link("a", "missing/x"));
    tell("of a directory", link("dir", "x"));
    tell("of a directory to a name", link("dir", "b"));
    tell("of a file as a directory", link("a/", "x"));
    tell("below a file", link("a", "b/x"));
    tell("to a directory's name", link("a", "dir"));
    tell("slash", link("a", "x/"));
    tell("to .", link("a", "."));
    tell("to ..", link("a", "dir/.."));
    tell("empty", link("", "x"));
    tell("to empty", link("a", ""));
    tell("bad address", link((char *)8, "x"));
    tell("to a bad address", link("a", (char *)8));
    tell("flags", linkat(AT_FDCWD, "a", AT_FDCWD, "x", AT_SYMLINK_NOFOLLOW));
    tell("descriptor", linkat(99, "a", AT_FDCWD, "x", 0));
    tell("other descriptor", linkat(AT_FDCWD, "a", 99, "x", 0));
    tell("of what the kernel tells", link("/proc/self/maps", "x"));
    tell("to what the kernel tells", link("a", "/proc/self/maps"));
    pipe(ends);
    tell("of a pipe", linkat(ends[0], "", AT_FDCWD, "x", AT_EMPTY_PATH));
    tell("of no descriptor", linkat(99, "", AT_FDCWD, "x", AT_EMPTY_PATH));
    tell("of the working directory", linkat(AT_FDCWD, "", AT_FDCWD, "x", AT_EMPTY_PATH));
    close(ends[0]);
    close(ends[1]);
}

static void renames(void)
{
    make("one", "one");
    link("one", "two");
    tell("rename over the same", rename("one", "two"));
    shows("one");
    tell("no replace", renameat2(AT_FDCWD, "one", AT_FDCWD, "two", RENAME_NOREPLACE));
    tell("rename", rename("one", "dir/three"));
    printf("same %d\n", same("two", "dir/three"));
    make("other", "another");
    link("other", "more");
    tell("rename over a link", rename("other", "two"));
    shows("two");
    shows("more");
    shows("dir/three");
    tell("rename a further name", rename("more", "renamed"));
    shows("renamed");
    lists("dir");
}

/** An open and mapped file loses its names one by one. */
static void open_files(void)
{
    struct stat s;
    make("kept", "content");
    link("kept", "kept-2");
    link("kept-2", "kept-3");
    int fd = open("kept-2", O_RDWR);
    char *mapped = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    unlink("kept");
    memcpy(mapped, "CON", 3);
    shows("kept-3");
    unlink("kept-2");
    fstat(fd, &s);
    printf("open: %ld names\n", (long)s.st_nlink);
    tell("of an open file", linkat(fd, "", AT_FDCWD, "kept-4", AT_EMPTY_PATH));
    unlink("kept-3");
    pwrite(fd, "tent and more", 13, 3);
    shows("kept-4");
    truncate("kept-4", 5);
    fstat(fd, &s);
    printf("open: %ld names, %ld bytes, %.5s\n", (long)s.st_nlink, (long)s.st_size, mapped);
    unlink("kept-4");
    fstat(fd, &s);
    printf("open: %ld names\n", (long)s.st_nlink);
    tell("without a name", linkat(fd, "", AT_FDCWD, "kept-5", AT_EMPTY_PATH));
    printf("mapped %.5s\n", mapped);
    close(fd);
    munmap(mapped, 4096);
}

static void times(void)
{
    struct stat before, after;
    make("timed", "x");
    utimensat(AT_FDCWD, "timed", (struct timespec[]){{5, 0}, {6, 0}}, 0);
    stat("timed", &before);
    usleep(20000);
    link("timed", "timed-2");
    stat("timed", &after);
    printf("linked: changed %d, modified %ld\n", after.st_ctim.tv_nsec != before.st_ctim.tv_nsec, (long)after.st_mtime);
    usleep(20000);
    chmod("timed-2", 0600);
    unlink("timed");
    stat("timed-2", &before);
    printf("unlinked: changed %d, mode %o\n", after.st_ctim.tv_nsec != before.st_ctim.tv_nsec, before.st_mode & 0777);
}

enum { THREADS = 4, ROUNDS = 12 };

/** Each thread gives the file names of its own, and takes most away again; the first name goes, too. */
static void *linker(void *argument)
{
    char name[20], first[20];
    long id = (long)argument;
    sprintf(first, "t%ld", id);
    for (int i = 0; i < ROUNDS; i++) {
        sprintf(name, "t%ld-%d", id, i);
        if (link("shared", name) != 0 || (i == 0 ? link(name, first) : rename(name, first)) != 0)
            printf("thread %ld: %s\n", id, strerror(errno));
        // The two are one file, so a rename changes nothing.
        if (unlink(name) != 0)
            printf("thread %ld: %s\n", id, strerror(errno));
    }
    return NULL;
}

static void race(void)
{
    pthread_t threads[THREADS];
    make("shared", "shared");
    for (long i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, linker, (void *)i);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    unlink("shared");
    shows("t2");
    for (int i = 0; i < THREADS; i++) {
        char name[20];
        sprintf(name, "t%d", i);
        unlink(name);
    }
    shows("t2");
}

int main(void)
{
    mkdir("hard", 0755);
    chdir("hard");
    mkdir("dir", 0755);
    make("a", "first");
    shows("a");
    tell("link", link("a", "b"));
    tell("link of a link", linkat(AT_FDCWD, "b", AT_FDCWD, "dir/c", 0));
    printf("same %d %d\n", same("a", "b"), same("a", "dir/c"));
    make("b", "written by b");
    shows("a");
    shows("dir/c");
    tell("unlink", unlink("a"));
    shows("a");
    shows("b");
    tell("again", link("dir/c", "a"));
    tell("unlink", unlink("b"));
    shows("a");
    link("a", "b");
    lists(".");
    refusals();

    tell("symlink", symlink("a", "to-a"));
    tell("of the link itself", link("to-a", "to-a-2"));
    shows("to-a-2");
    tell("follow", linkat(AT_FDCWD, "to-a", AT_FDCWD, "followed", AT_SYMLINK_FOLLOW));
    shows("followed");
    tell("unlink", unlink("to-a"));
    shows("to-a-2");
    int fd = open("to-a-2", O_RDONLY);
    tell("by its descriptor", linkat(fd, "", AT_FDCWD, "by-descriptor", AT_EMPTY_PATH));
    close(fd);
    shows("by-descriptor");
    symlink("missing", "dangling");
    tell("follow nothing", linkat(AT_FDCWD, "dangling", AT_FDCWD, "x", AT_SYMLINK_FOLLOW));
    tell("link of a dangling link", link("dangling", "dangling-2"));
    tell("to a dangling link", link("a", "dangling"));
    unlink("dangling");
    unlink("dangling-2");
    int directory = open("dir", O_RDONLY | O_DIRECTORY);
    tell("from a directory", linkat(directory, "c", directory, "d", 0));
    close(directory);
    tell("rmdir", rmdir("dir"));
    renames();
    open_files();
    times();
    race();
    lists(".");
    return 0;
}
