// Children that end, execute, are killed, or do something with their threads, in the call right behind the one that makes these for other
// clusters. All that the calls need is touched before.
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define THREADS 3
#define ROUNDS 4
#define STACK 4096
// What pthread_create asks for, without the words for ids.
#define FLAGS (CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM)

static char stacks[THREADS + 1][STACK] __attribute__((aligned(16)));

static inline long call(long number, long a, long b, long c)
{
    register long a0 __asm__("a0") = a;
    register long a1 __asm__("a1") = b;
    register long a2 __asm__("a2") = c;
    register long a7 __asm__("a7") = number;
    __asm__ volatile("ecall" : "+r"(a0) : "r"(a1), "r"(a2), "r"(a7) : "memory");
    return a0;
}

// Makes a thread that ends at once. Returns its id.
static inline long make(int number)
{
    register long a0 __asm__("a0") = FLAGS;
    register long a1 __asm__("a1") = (long)(stacks[number] + STACK);
    register long a2 __asm__("a2") = 0;
    register long a3 __asm__("a3") = 0;
    register long a4 __asm__("a4") = 0;
    register long a7 __asm__("a7") = SYS_clone;
    __asm__ volatile("ecall\n bnez a0, 1f\n li a7, 93\n ecall\n1:"
                     : "+r"(a0), "+r"(a7)
                     : "r"(a1), "r"(a2), "r"(a3), "r"(a4)
                     : "memory");
    return a0;
}

// Without threads it only touches what it will need.
static void __attribute__((noinline)) child(const char *kind, const char *program, int round, int threads)
{
    char *const arguments[] = {(char *)program, 0}, *const environment[] = {0};
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(round, &set);
    long pid = call(SYS_getpid, 0, 0, 0), last = 0;
    for (int i = 0; i < threads; i++) last = make(i);
    if (threads == 0) return;
    switch (kind[0]) {
    case 'e':
        call(SYS_execve, (long)program, (long)arguments, (long)environment);
        break;
    case 'k':
        call(SYS_kill, pid, SIGKILL, 0);
        break;
    case 'm':
        // Its maker's turn may have ended: it has begun (EINVAL), or ended (ESRCH).
        last = call(SYS_sched_setaffinity, last, sizeof set, (long)&set);
        if (last != 0 && last != -EINVAL && last != -ESRCH) call(SYS_exit_group, 8, 0, 0);
        break;
    case 's':
        last = call(SYS_tgkill, pid, last, SIGCHLD);
        if (last != 0 && last != -ESRCH) call(SYS_exit_group, 9, 0, 0);
        break;
    case 'w':
        for (;;) call(SYS_sched_yield, 0, 0, 0);
    }
    call(SYS_exit_group, 7, 0, 0);
}

int main(int argc, char **argv)
{
    if (argc < 2) return 7;
    for (int round = 0; round < ROUNDS; round++) {
        int threads = round % THREADS + 1;
        pid_t pid = fork();
        if (pid == 0) {
            memset(stacks, 1, sizeof stacks);
            child(argv[1], argv[0], round, 0);
            child(argv[1], argv[0], round, threads);
        }
        if (argv[1][0] == 'w') kill(pid, SIGKILL);
        int status;
        waitpid(pid, &status, 0);
        if (WIFEXITED(status)) printf("exit %d\n", WEXITSTATUS(status));
        else printf("signal %d\n", WTERMSIG(status));
    }
    return 0;
}
