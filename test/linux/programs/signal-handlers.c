// Actions, masks and handlers of signals in one thread.
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

static volatile sig_atomic_t count;
static volatile int depth, deepest, nested;
static void plain(int s) { count += s; }
static volatile int got_code, got_signo;
static volatile pid_t got_pid;
static volatile long got_value;
static void info(int s, siginfo_t *i, void *u) {
    got_signo = i->si_signo;
    got_code = i->si_code;
    got_pid = i->si_pid;
    got_value = (long)i->si_value.sival_ptr;
    count += s;
}
static void nest(int s) {
    depth++;
    if (depth > deepest) deepest = depth;
    if (depth < 4 && nested++ < 6) raise(s);
    depth--;
}
static void set(int s, void (*h)(int), int flags, int masked) {
    struct sigaction a;
    memset(&a, 0, sizeof a);
    a.sa_handler = h;
    a.sa_flags = flags;
    sigemptyset(&a.sa_mask);
    if (masked) sigaddset(&a.sa_mask, masked);
    if (sigaction(s, &a, NULL)) perror("sigaction");
}
static volatile int order[8], orders;
static void ordered(int s) { order[orders++] = s; }
static void doubles(int s) {
    volatile double x = 1.5;
    for (int i = 0; i < 10; i++) x *= 1.1;
    got_value = (long)(x * 1000);
}
static sigjmp_buf back;
static char *bad;
static void fault(int s, siginfo_t *i, void *u) {
    int here;
    got_signo = s;
    got_code = i->si_code;
    got_value = (char *)i->si_addr - bad;
    siglongjmp(back, 1);
}
static char stack[65536] __attribute__((aligned(16)));
static volatile int on_stack;
static void on_alternate(int s) {
    char here;
    stack_t now;
    sigaltstack(NULL, &now);
    on_stack = &here >= stack && &here < stack + sizeof stack;
    got_value = now.ss_flags;
}

int main(void) {
    set(SIGUSR1, plain, 0, 0);
    printf("raise %d", raise(SIGUSR1));
    printf(" count %d\n", count);
    struct sigaction a, old;
    sigaction(SIGUSR1, NULL, &old);
    printf("old %d flags %x\n", old.sa_handler == plain, old.sa_flags & ~0x04000000);
    printf("kill self %d", kill(getpid(), SIGUSR1));
    printf(" count %d\n", count);
    memset(&a, 0, sizeof a);
    a.sa_sigaction = info;
    a.sa_flags = SA_SIGINFO;
    sigaction(SIGUSR2, &a, NULL);
    kill(getpid(), SIGUSR2);
    printf("info %d code %d pid %d\n", got_signo, got_code, got_pid == getpid());
    raise(SIGUSR2);
    printf("info %d code %d pid %d\n", got_signo, got_code, got_pid == getpid());
    union sigval v = {.sival_int = 4711};
    printf("queue %d\n", sigqueue(getpid(), SIGUSR2, v));
    printf("info %d code %d pid %d value %ld\n", got_signo, got_code, got_pid == getpid(), got_value & 0xffffffff);
    set(SIGUSR1, nest, 0, 0);
    raise(SIGUSR1);
    printf("deepest %d\n", deepest);
    deepest = nested = 0;
    set(SIGUSR1, nest, SA_NODEFER, 0);
    raise(SIGUSR1);
    printf("nodefer deepest %d\n", deepest);
    set(SIGUSR1, plain, SA_RESETHAND, 0);
    raise(SIGUSR1);
    sigaction(SIGUSR1, NULL, &old);
    printf("reset %d\n", old.sa_handler == SIG_DFL);

    // Masks and pending signals.
    sigset_t block, pending;
    sigemptyset(&block);
    sigaddset(&block, SIGUSR1);
    sigaddset(&block, SIGUSR2);
    sigaddset(&block, SIGKILL);
    set(SIGUSR1, ordered, 0, 0);
    set(SIGUSR2, ordered, 0, 0);
    sigprocmask(SIG_BLOCK, &block, NULL);
    for (int i = 0; i < 3; i++) raise(SIGUSR2), kill(getpid(), SIGUSR1);
    sigpending(&pending);
    printf("pending %d %d %d\n", sigismember(&pending, SIGUSR1), sigismember(&pending, SIGUSR2), sigismember(&pending, SIGHUP));
    sigset_t now;
    sigprocmask(SIG_SETMASK, NULL, &now);
    printf("blocked %d %d %d\n", sigismember(&now, SIGUSR1), sigismember(&now, SIGUSR2), sigismember(&now, SIGKILL));
    sigprocmask(SIG_UNBLOCK, &block, NULL);
    printf("delivered %d\n", orders);
    // Real-time signals are queued, in order of number and of sending.
    orders = 0;
    sigemptyset(&block);
    sigaddset(&block, SIGRTMIN);
    sigaddset(&block, SIGRTMIN + 1);
    set(SIGRTMIN, ordered, 0, SIGRTMIN + 1);
    set(SIGRTMIN + 1, ordered, 0, SIGRTMIN);
    sigprocmask(SIG_BLOCK, &block, NULL);
    for (int i = 0; i < 3; i++) sigqueue(getpid(), SIGRTMIN + (i & 1), v);
    sigprocmask(SIG_UNBLOCK, &block, NULL);
    for (int i = 0; i < orders; i++) printf("%s%d", i ? " " : "rt ", order[i] - SIGRTMIN);
    printf("\n");

    // Ignored signals.
    signal(SIGUSR1, SIG_IGN);
    raise(SIGUSR1);
    raise(SIGCHLD);
    raise(SIGURG);
    raise(SIGWINCH);
    raise(SIGCONT);
    printf("ignored\n");

    // Floats survive a handler that uses them.
    set(SIGUSR1, doubles, 0, 0);
    double sum = 0;
    for (int i = 1; i < 20; i++) {
        sum += 1.0 / i;
        raise(SIGUSR1);
    }
    printf("sum %.12f value %ld\n", sum, got_value);

    // Faults.
    bad = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memset(&a, 0, sizeof a);
    a.sa_sigaction = fault;
    a.sa_flags = SA_SIGINFO;
    sigaction(SIGSEGV, &a, NULL);
    sigaction(SIGTRAP, &a, NULL);
    if (sigsetjmp(back, 1) == 0) bad[16] = 1;
    printf("fault %d code %d at %ld\n", got_signo, got_code, got_value);
    munmap(bad, 4096);
    if (sigsetjmp(back, 1) == 0) got_value = bad[20];
    printf("fault %d code %d at %ld\n", got_signo, got_code, got_value);

    // The alternate stack.
    stack_t alt = {.ss_sp = stack, .ss_size = sizeof stack}, was;
    sigaltstack(&alt, &was);
    printf("was %d\n", was.ss_flags);
    set(SIGUSR1, on_alternate, SA_ONSTACK, 0);
    raise(SIGUSR1);
    printf("on stack %d flags %ld\n", on_stack, got_value);
    set(SIGUSR1, on_alternate, 0, 0);
    raise(SIGUSR1);
    printf("on stack %d flags %ld\n", on_stack, got_value);
    alt.ss_size = 100;
    printf("small %d", sigaltstack(&alt, NULL));
    printf(" %s\n", strerror(errno));
    alt.ss_flags = 77;
    printf("flags %d", sigaltstack(&alt, NULL));
    printf(" %s\n", strerror(errno));

    // What is refused.
    printf("kill -> %d", sigaction(SIGKILL, &a, NULL));
    printf(" %s\n", strerror(errno));
    printf("signal 0 %d", kill(getpid(), 0));
    printf(", 65 %d", kill(getpid(), 65));
    printf(" %s", strerror(errno));
    printf(", nobody %d", kill(0x7fffffff, 0));
    printf(" %s\n", strerror(errno));
    printf("size %ld", syscall(SYS_rt_sigprocmask, SIG_BLOCK, &now, NULL, 4));
    printf(" %s\n", strerror(errno));
    printf("address %ld", syscall(SYS_rt_sigaction, SIGUSR1, (void *)8, NULL, 8));
    printf(" %s\n", strerror(errno));
    return 0;
}
