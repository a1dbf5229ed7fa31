// Signals over fork and exec, refused requests, and a frame that is nowhere.
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
static volatile int count;
static void handler(int s) { count++; }
static int status_of(pid_t child) {
    int status;
    while (waitpid(child, &status, 0) != child);
    return WIFSIGNALED(status) ? WTERMSIG(status) : -WEXITSTATUS(status);
}
int main(int argc, char **argv) {
    setvbuf(stdout, NULL, _IONBF, 0);
    sigset_t set, now;
    struct sigaction a;
    if (argc > 1) {
        sigprocmask(SIG_SETMASK, NULL, &now);
        sigpending(&set);
        printf("exec: blocked %d pending %d", sigismember(&now, SIGUSR1), sigismember(&set, SIGUSR1));
        printf(" of the process %d", sigismember(&set, SIGHUP));
        sigaction(SIGUSR2, NULL, &a);
        printf(" handler %d", a.sa_handler == SIG_DFL);
        sigaction(SIGTERM, NULL, &a);
        printf(" ignored %d\n", a.sa_handler == SIG_IGN);
        return 0;
    }
    signal(SIGUSR1, handler);
    signal(SIGUSR2, handler);
    signal(SIGTERM, SIG_IGN);
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigaddset(&set, SIGHUP);
    sigprocmask(SIG_BLOCK, &set, NULL);
    raise(SIGUSR1);
    kill(getpid(), SIGHUP);
    pid_t child = fork();
    if (child == 0) {
        sigpending(&now);
        sigprocmask(SIG_SETMASK, NULL, &set);
        printf("child: pending %d blocked %d", sigismember(&now, SIGUSR1), sigismember(&set, SIGUSR1));
        raise(SIGUSR2);
        printf(" handled %d\n", count);
        _exit(0);
    }
    printf("child %d\n", status_of(child));
    child = fork();
    if (child == 0) {
        raise(SIGUSR1);
        kill(getpid(), SIGHUP);
        execl(argv[0], argv[0], "again", NULL);
        perror("execl");
        _exit(9);
    }
    printf("exec %d\n", status_of(child));
    // Handlers without a stack to run on, and a blocked trap.
    child = fork();
    if (child == 0) {
        register long sp __asm__("sp");
        raise(SIGUSR2);
#ifdef __riscv
        __asm__ volatile("li sp, 64\n ld t0, 0(zero)" ::: "memory");
#else
        __asm__ volatile("mov $64, %%rsp\n mov 0, %%rax" ::: "memory");
#endif
        _exit(sp != 0);
    }
    printf("no stack %d\n", status_of(child));
    child = fork();
    if (child == 0) {
        signal(SIGSEGV, handler);
        sigfillset(&set);
        sigprocmask(SIG_BLOCK, &set, NULL);
        *(volatile int *)8 = 1;
    }
    printf("blocked trap %d\n", status_of(child));
    // A frame that rt_sigreturn cannot read.
    child = fork();
    if (child == 0) {
#ifdef __riscv
        __asm__ volatile("li sp, 64\n li a7, 139\n ecall" ::: "memory");
#else
        __asm__ volatile("mov $64, %%rsp\n mov $15, %%eax\n syscall" ::: "memory");
#endif
        _exit(0);
    }
    printf("no frame %d\n", status_of(child));
    sigaddset(&set, SIGKILL);
    child = fork();
    if (child == 0) {
        sigfillset(&set);
        sigprocmask(SIG_BLOCK, &set, NULL);
        for (;;) pause();
    }
    kill(child, SIGTERM);
    kill(child, SIGKILL);
    printf("killed %d\n", status_of(child));
    sigprocmask(SIG_SETMASK, NULL, &now);
    printf("mine %d\n", sigismember(&now, SIGUSR1));
    return 0;
}
