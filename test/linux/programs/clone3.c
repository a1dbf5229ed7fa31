// clone3 as a fork and as a thread; what is not sound.
#define _GNU_SOURCE
#include <errno.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void tell(const char *what, long result) { printf("%s %ld %s\n", what, result, result < 0 ? strerror(errno) : "-"); }

static long call(struct clone_args *args, size_t bytes) { return syscall(SYS_clone3, args, bytes); }

int main(void)
{
    int status, child_tid = 0, parent_tid = 0;
    struct clone_args args = {.flags = CLONE_CHILD_SETTID | CLONE_PARENT_SETTID, .exit_signal = SIGCHLD};
    args.child_tid = (uintptr_t)&child_tid;
    args.parent_tid = (uintptr_t)&parent_tid;
    setvbuf(stdout, NULL, _IOLBF, 0);
    long child = call(&args, sizeof args);
    if (child == 0)
        _exit(child_tid == getpid() ? 5 : 6);
    printf("told %d\n", parent_tid == child);
    printf("waited %d", waitpid(child, &status, 0) == child);
    printf(" %x\n", status);

    // Without a signal at its end it is a child that __WALL waits for.
    args = (struct clone_args){.flags = 0};
    child = call(&args, CLONE_ARGS_SIZE_VER0);
    if (child == 0)
        _exit(7);
    printf("waited %d", waitpid(child, &status, __WALL) == child);
    printf(" %x\n", status);

    char *stack = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    struct {
        struct clone_args args;
        char more[64];
    } large = {.args = {.exit_signal = SIGCHLD}};
    child = call(&large.args, sizeof large);
    if (child == 0)
        _exit(8);
    printf("waited %d", waitpid(child, &status, 0) == child);
    printf(" %x\n", status);
    large.more[3] = 1;
    tell("unknown fields", call(&large.args, sizeof large));
    tell("too small", call(&args, 56));
    tell("too large", call(&args, 5000));
    tell("bad address", call((struct clone_args *)8, sizeof args));
    args = (struct clone_args){.flags = SIGCHLD};
    tell("signal in the flags", call(&args, sizeof args));
    args = (struct clone_args){.exit_signal = 65};
    tell("bad signal", call(&args, sizeof args));
    args = (struct clone_args){.exit_signal = SIGCHLD, .stack = (uintptr_t)stack};
    tell("no size", call(&args, sizeof args));
    args = (struct clone_args){.exit_signal = SIGCHLD, .stack_size = 65536};
    tell("no stack", call(&args, sizeof args));
    args = (struct clone_args){.flags = CLONE_THREAD | CLONE_SIGHAND | CLONE_VM, .exit_signal = SIGCHLD};
    tell("a thread's signal", call(&args, sizeof args));
    args = (struct clone_args){.flags = CLONE_THREAD};
    tell("thread alone", call(&args, sizeof args));
    args = (struct clone_args){.flags = 1ULL << 40};
    tell("unknown flag", call(&args, sizeof args));
    return 0;
}
