// Modes, times, links and sizes, by every call that tells or changes them.
// rules: F11.1, F11.2, F11.3
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void tell(const char *what, long result)
{
    int error = errno;
    printf("%s: %ld, errno %d\n", what, result < 0 ? -1 : result, result < 0 ? error : 0);
}

static struct stat of(const char *path)
{
    struct stat st;
    memset(&st, 0, sizeof st);
    if (stat(path, &st) != 0) printf("no %s: errno %d\n", path, errno);
    return st;
}

static void mode_of(const char *path)
{
    printf("%s: mode %o, links %ld\n", path, of(path).st_mode, (long)of(path).st_nlink);
}

static int later(struct timespec a, struct timespec b)
{
    return a.tv_sec > b.tv_sec || (a.tv_sec == b.tv_sec && a.tv_nsec > b.tv_nsec);
}

static void modes(void)
{
    printf("umask %o\n", umask(027));
    printf("umask %o\n", umask(07777027));
    int fd = open("at-file", O_RDWR | O_CREAT | O_TRUNC, 0666);
    mkdir("at-directory", 07777);
    mode_of("at-file");
    mode_of("at-directory");
    tell("fchmod", fchmod(fd, 0604));
    mode_of("at-file");
    tell("chmod", chmod("at-directory", 01711));
    mode_of("at-directory");
    tell("chmod with other bits", chmod("at-file", 0100640));
    mode_of("at-file");
    tell("chmod of nothing", chmod("at-nothing", 0600));
    tell("fchmod of nothing", fchmod(77, 0600));
    tell("open again", close(open("at-file", O_RDWR | O_CREAT, 0777)));
    mode_of("at-file");
    tell("R", access("at-file", R_OK | W_OK));
    tell("X", access("at-file", X_OK));
    tell("exec", execl("at-file", "at-file", NULL));
    tell("X of a directory", access("at-directory", X_OK));
    chmod("at-file", 0700);
    tell("X", faccessat(AT_FDCWD, "at-file", X_OK, AT_EACCESS));
    tell("faccessat2", syscall(439, AT_FDCWD, "at-file", R_OK, 0));
    tell("faccessat2 of a descriptor", syscall(439, fd, "", X_OK, AT_EMPTY_PATH));
    tell("faccessat2 with bad flags", syscall(439, fd, "", R_OK, 1));
    tell("access with bad bits", access("at-file", 8));
    int status;
    if (fork() == 0) return (void)_exit(umask(0) == 027 ? 3 : 4);
    wait(&status);
    printf("a fork's umask: %d, ours %o\n", WEXITSTATUS(status), umask(022));
    close(fd);
}

static void links(void)
{
    struct stat st;
    mkdir("at-directory/a", 0755);
    mkdir("at-directory/b", 0755);
    close(open("at-directory/c", O_CREAT | O_WRONLY, 0644));
    mode_of("at-directory");
    rmdir("at-directory/a");
    rename("at-directory/b", "at-b");
    mode_of("at-directory");
    int fd = open("at-directory/c", O_RDONLY), directory = open("at-b", O_RDONLY);
    unlink("at-directory/c");
    rmdir("at-b");
    fstat(fd, &st);
    printf("without a name: links %ld\n", (long)st.st_nlink);
    fstat(directory, &st);
    printf("without a name: links %ld\n", (long)st.st_nlink);
    close(fd);
    close(directory);
    printf("numbers: %d %d %d\n", of("at-directory").st_ino != 0, of("at-directory").st_ino != of("at-file").st_ino,
           of("at-directory/..").st_ino == of(".").st_ino);
    printf("sizes: %d %ld\n", of("/").st_size > 0, (long)of("at-file").st_size);
}

static void descriptors(void)
{
    struct stat st, here = of(".");
    struct statx sx;
    tell("cwd", fstatat(AT_FDCWD, "", &st, AT_EMPTY_PATH));
    printf("the same: %d\n", st.st_ino == here.st_ino && S_ISDIR(st.st_mode));
    int fd = open("at-file", O_RDWR);
    write(fd, "abcdef", 6);
    tell("fd", fstatat(fd, "", &st, AT_EMPTY_PATH));
    tell("statx", statx(fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &sx));
    printf("mode %o, size %ld, links %d, mask %x, the same: %d\n", sx.stx_mode, (long)sx.stx_size, (int)sx.stx_nlink,
           sx.stx_mask & STATX_BASIC_STATS, sx.stx_ino == st.st_ino && sx.stx_mtime.tv_sec == st.st_mtim.tv_sec &&
           sx.stx_mtime.tv_nsec == st.st_mtim.tv_nsec && sx.stx_ctime.tv_nsec == st.st_ctim.tv_nsec);
    tell("statx of a path", statx(AT_FDCWD, "at-directory", AT_SYMLINK_NOFOLLOW, STATX_ALL, &sx));
    printf("mode %o\n", sx.stx_mode);
    tell("no path", fstatat(AT_FDCWD, "", &st, 0));
    tell("statx of nothing", statx(AT_FDCWD, "at-nothing", 0, STATX_ALL, &sx));
    tell("statx with a bad mask", statx(AT_FDCWD, ".", 0, 0x80000000, &sx));
    tell("statx with bad flags", statx(AT_FDCWD, ".", 0x6000, STATX_ALL, &sx));
    tell("statx to nowhere", syscall(SYS_statx, AT_FDCWD, ".", 0, STATX_ALL, (void *)8));
    tell("stat with bad flags", fstatat(AT_FDCWD, ".", &st, 1));
    int p[2];
    pipe(p);
    tell("a pipe", statx(p[0], "", AT_EMPTY_PATH, STATX_ALL, &sx));
    printf("fifo: %d\n", S_ISFIFO(sx.stx_mode));
    close(p[0]);
    close(p[1]);
    close(fd);
}

static void times(void)
{
    struct timespec set[2] = {{1000, 5}, {-3, 999999999}};
    struct timespec now;
    tell("utimensat", utimensat(AT_FDCWD, "at-file", set, 0));
    struct stat st = of("at-file");
    printf("%ld.%ld %ld.%ld\n", (long)st.st_atim.tv_sec, st.st_atim.tv_nsec, (long)st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
    set[0].tv_nsec = UTIME_OMIT;
    set[1] = (struct timespec){2000, 7};
    int fd = open("at-file", O_RDWR);
    tell("futimens", futimens(fd, set));
    st = of("at-file");
    printf("%ld.%ld %ld.%ld\n", (long)st.st_atim.tv_sec, st.st_atim.tv_nsec, (long)st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
    set[0].tv_nsec = 1000000000;
    tell("a bad time", futimens(fd, set));
    set[0].tv_nsec = set[1].tv_nsec = UTIME_OMIT;
    tell("nothing to do", utimensat(AT_FDCWD, "at-nothing", set, 0));
    tell("nothing there", utimensat(AT_FDCWD, "at-nothing", NULL, 0));
    tell("bad flags", utimensat(AT_FDCWD, "at-file", NULL, 1));
    tell("no path", syscall(SYS_utimensat, AT_FDCWD, NULL, NULL, 0));
    tell("no such descriptor", syscall(SYS_utimensat, 77, NULL, NULL, 0));
    tell("now", futimens(fd, NULL));
    st = of("at-file");
    clock_gettime(CLOCK_REALTIME, &now);
    printf("later than 2000 s: %d, in the future: %d\n", st.st_mtim.tv_sec != 2000, later(st.st_mtim, now));
    set[1] = (struct timespec){0, 0};
    futimens(fd, set);
    write(fd, "x", 1);
    printf("a write: %d\n", later(of("at-file").st_mtim, set[1]));
    futimens(fd, set);
    read(fd, &now, 1);
    printf("a read: %d\n", later(of("at-file").st_mtim, set[1]));
    ftruncate(fd, 3);
    printf("a truncation: %d\n", later(of("at-file").st_mtim, set[1]));
    futimens(fd, set);
    close(open("at-file", O_WRONLY | O_TRUNC));
    printf("another truncation: %d\n", later(of("at-file").st_mtim, set[1]));
    utimensat(AT_FDCWD, "at-directory", set, 0);
    close(open("at-directory/d", O_CREAT | O_WRONLY, 0644));
    printf("a name: %d\n", later(of("at-directory").st_mtim, set[1]));
    utimensat(AT_FDCWD, "at-directory", set, 0);
    close(open("at-directory/d", O_WRONLY));
    printf("no name: %d\n", later(of("at-directory").st_mtim, set[1]));
    unlink("at-directory/d");
    printf("no name any more: %d\n", later(of("at-directory").st_mtim, set[1]));
    close(fd);
}

int main(void)
{
    umask(022);
    modes();
    links();
    descriptors();
    times();
    unlink("at-file");
    rmdir("at-directory");
    return 0;
}
