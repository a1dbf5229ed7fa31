/*
 * What picolibc leaves to the system: standard streams, the calls under stdio and malloc, time, and the way from _start to main
 * and out again. Numbers and results of the kernel's calls are Linux's.
 */
#include "sm.h"
#include <fcntl.h>
#include <signal.h>
#include <stdio-bufio.h>
#include <sys/stat.h>
#include <sys/times.h>
#include "system-call.h"

#define AT_FDCWD_LINUX (-100)
#define CLOCK_REALTIME_LINUX 0
#define CLOCK_PROCESS_CPUTIME_LINUX 2

static long checked(long result)
{
    if (result >= 0)
        return result;
    errno = (int)-result;
    return -1;
}

/* Files. */

ssize_t read(int fd, void *buffer, size_t bytes)
{
    return checked(system_call(SYS_READ, fd, (long)buffer, (long)bytes, 0));
}

ssize_t write(int fd, const void *buffer, size_t bytes)
{
    return checked(system_call(SYS_WRITE, fd, (long)buffer, (long)bytes, 0));
}

int open(const char *path, int flags, ...)
{
    return (int)checked(system_call(SYS_OPENAT, AT_FDCWD_LINUX, (long)path, flags, 0));
}

int close(int fd)
{
    return (int)checked(system_call(SYS_CLOSE, fd, 0, 0, 0));
}

off_t lseek(int fd, off_t offset, int whence)
{
    return checked(system_call(SYS_LSEEK, fd, offset, whence, 0));
}

/* The kernel's struct stat, as Linux has it for riscv64. */
struct kernel_stat {
    uint64_t device, inode;
    uint32_t mode, links, user, group;
    uint64_t special, padding;
    int64_t size;
    int32_t block_size, padding2;
    int64_t blocks;
    int64_t times[6];
    int32_t unused[2];
};

int fstat(int fd, struct stat *to)
{
    struct kernel_stat from;
    if (checked(system_call(SYS_FSTAT, fd, (long)&from, 0, 0)) < 0)
        return -1;
    memset(to, 0, sizeof *to);
    to->st_dev = (dev_t)from.device;
    to->st_ino = (ino_t)from.inode;
    to->st_mode = from.mode;
    to->st_nlink = (nlink_t)from.links;
    to->st_size = from.size;
    to->st_blksize = from.block_size;
    to->st_blocks = from.blocks;
    return 0;
}

int stat(const char *path, struct stat *to)
{
    int fd = open(path, O_RDONLY);
    if (fd < 0)
        return -1;
    int result = fstat(fd, to);
    close(fd);
    return result;
}

int isatty(int fd)
{
    struct stat status;
    return fstat(fd, &status) == 0 && S_ISCHR(status.st_mode);
}

/* Files cannot be removed. */
int unlink(const char *path)
{
    (void)path;
    errno = EROFS;
    return -1;
}

/* Standard streams: output of a terminal, so by lines; what is left is written at the end. */

#define STREAM(name, fd, direction, flags)                                                                             \
    static char name##_buffer[BUFSIZ];                                                                                 \
    static struct __file_bufio name##_file =                                                                           \
        FDEV_SETUP_BUFIO(fd, name##_buffer, BUFSIZ, read, write, lseek, close, direction, flags);                      \
    FILE *const name = &name##_file.xfile.cfile.file

STREAM(stdin, 0, __SRD, 0);
STREAM(stdout, 1, __SWR, __BLBF);
STREAM(stderr, 2, __SWR, __BLBF);

static void __attribute__((destructor(101))) flush_streams(void)
{
    fflush(stdout);
    fflush(stderr);
}

/* Memory. */

void *sbrk(ptrdiff_t increment)
{
    static long top;
    if (top == 0)
        top = system_call(SYS_BRK, 0, 0, 0, 0);
    long before = top;
    if (system_call(SYS_BRK, before + increment, 0, 0, 0) != before + increment) {
        errno = ENOMEM;
        return (void *)-1;
    }
    top = before + increment;
    return (void *)before;
}

/* Processes and time. */

void _exit(int code)
{
    for (;;)
        system_call(SYS_EXIT_GROUP, code, 0, 0, 0);
}

pid_t getpid(void)
{
    return (pid_t)system_call(SYS_GETPID, 0, 0, 0, 0);
}

int kill(pid_t pid, int signal)
{
    return (int)checked(system_call(SYS_KILL, pid, signal, 0, 0));
}

int sched_yield(void)
{
    return (int)checked(system_call(SYS_SCHED_YIELD, 0, 0, 0, 0));
}

int clock_gettime(clockid_t clock_id, struct timespec *to)
{
    return (int)checked(system_call(SYS_CLOCK_GETTIME, (long)clock_id, (long)to, 0, 0));
}

int gettimeofday(struct timeval *restrict to, void *restrict zone)
{
    struct timespec now;
    (void)zone;
    if (checked(system_call(SYS_CLOCK_GETTIME, CLOCK_REALTIME_LINUX, (long)&now, 0, 0)) < 0)
        return -1;
    to->tv_sec = now.tv_sec;
    to->tv_usec = now.tv_nsec / 1000;
    return 0;
}

/* The kernel writes Linux's struct rusage, of which picolibc has the first two fields. */
int getrusage(int who, struct rusage *to)
{
    long usage[18];
    if (checked(system_call(SYS_GETRUSAGE, who, (long)usage, 0, 0)) < 0)
        return -1;
    memcpy(to, usage, sizeof *to);
    return 0;
}

clock_t clock(void)
{
    struct timespec used;
    if (checked(system_call(SYS_CLOCK_GETTIME, CLOCK_PROCESS_CPUTIME_LINUX, (long)&used, 0, 0)) < 0)
        return (clock_t)-1;
    return (clock_t)(used.tv_sec * CLOCKS_PER_SEC + used.tv_nsec / (1000000000 / CLOCKS_PER_SEC));
}

/* In CLOCKS_PER_SEC, as picolibc's own clock() wants them. */
clock_t times(struct tms *to)
{
    struct timespec now;
    memset(to, 0, sizeof *to);
    to->tms_utime = clock();
    if (checked(system_call(SYS_CLOCK_GETTIME, CLOCK_REALTIME_LINUX, (long)&now, 0, 0)) < 0)
        return (clock_t)-1;
    return (clock_t)(now.tv_sec * CLOCKS_PER_SEC + now.tv_nsec / (1000000000 / CLOCKS_PER_SEC));
}

/* From crt0.S. */

extern char **environ;
extern void __libc_init_array(void);
int main(int argc, char **argv, char **envp);

void _init(void)
{
}

void _fini(void)
{
}

_Noreturn void start_main(int argc, char **argv, char **envp)
{
    environ = envp;
    __libc_init_array();
    exit(main(argc, argv, envp));
}
