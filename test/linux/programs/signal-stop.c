// Signals that stop and SIGCONT, and what the parent hears of it.
// config: {"kernel": {"rpcJitter": 6}, "seed": 2}
// rules: S3.4, S4.1, S4.3
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile int *shared;
static int status;
static volatile int children, stopped, continued;

static void on_child(int s, siginfo_t *info, void *context)
{
    children++;
    if (info->si_code == CLD_STOPPED)
        stopped = info->si_status;
    if (info->si_code == CLD_CONTINUED)
        continued = info->si_status;
}

static void on_cont(int s) { shared[1]++; }

static void listen_to_children(int flags)
{
    struct sigaction action = {.sa_sigaction = on_child, .sa_flags = SA_SIGINFO | SA_RESTART | flags};
    sigaction(SIGCHLD, &action, NULL);
}

static void tell(const char *what, pid_t found, pid_t expected)
{
    printf("%s: %d %x stopped %d %d continued %d exited %d signaled %d\n", what, found == expected, status,
           WIFSTOPPED(status), WIFSTOPPED(status) ? WSTOPSIG(status) : 0, WIFCONTINUED(status), WIFEXITED(status),
           WIFSIGNALED(status));
}

static void *counter(void *unused)
{
    while (1)
        __atomic_fetch_add(&shared[0], 1, __ATOMIC_SEQ_CST);
    return NULL;
}

// A child in a group of its own counts with several threads.
static pid_t counting(int threads)
{
    shared[0] = 0;
    pid_t child = fork();
    if (child == 0) {
        setpgid(0, 0);
        signal(SIGCONT, on_cont);
        for (int i = 1; i < threads; i++) {
            pthread_t thread;
            pthread_create(&thread, NULL, counter, NULL);
        }
        counter(NULL);
    }
    setpgid(child, child);
    while (shared[0] < 1000)
        usleep(100);
    return child;
}

static int stands(void)
{
    usleep(2000);
    int before = __atomic_load_n(&shared[0], __ATOMIC_SEQ_CST);
    usleep(2000);
    return before == __atomic_load_n(&shared[0], __ATOMIC_SEQ_CST);
}

int main(void)
{
    siginfo_t info;
    shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    listen_to_children(0);

    pid_t child = counting(4);
    printf("stop %d\n", kill(child, SIGSTOP));
    tell("stopped", waitpid(child, &status, WUNTRACED), child);
    printf("stands %d heard %d\n", stands(), stopped == SIGSTOP);
    printf("told once %d\n", waitpid(child, &status, WUNTRACED | WNOHANG));
    printf("not stopped again %d\n", kill(child, SIGTSTP));
    printf("still %d\n", waitpid(child, &status, WUNTRACED | WNOHANG));
    printf("cont %d\n", kill(child, SIGCONT));
    tell("continued", waitpid(child, &status, WCONTINUED), child);
    while (shared[1] == 0)
        usleep(100);
    while (stands())
        ;
    printf("runs 1 heard %d handled %d\n", continued == SIGCONT, shared[1]);
    printf("nothing %d\n", waitpid(child, &status, WUNTRACED | WCONTINUED | WNOHANG));

    // SIGTERM waits until a stopped process goes on, SIGKILL does not.
    kill(child, SIGSTOP);
    waitid(P_PID, child, &info, WSTOPPED | WNOWAIT);
    printf("waitid %d %d %d\n", info.si_code == CLD_STOPPED, info.si_status == SIGSTOP, info.si_pid == child);
    waitid(P_PID, child, &info, WSTOPPED);
    printf("term %d\n", kill(child, SIGTERM));
    printf("lives %d %d\n", waitpid(child, &status, WNOHANG), stands());
    kill(child, SIGCONT);
    tell("term", waitpid(child, &status, 0), child);

    child = counting(2);
    kill(child, SIGSTOP);
    waitpid(child, &status, WUNTRACED);
    kill(child, SIGKILL);
    tell("kill", waitpid(child, &status, 0), child);

    // SIGTSTP by a child itself; its group has a parent outside.
    child = fork();
    if (child == 0) {
        setpgid(0, 0);
        raise(SIGTSTP);
        _exit(3);
    }
    setpgid(child, child);
    tell("tstp", waitpid(child, &status, WUNTRACED), child);
    kill(-child, SIGCONT);
    memset(&info, 0, sizeof info);
    printf("waitid %d", waitid(P_PID, child, &info, WCONTINUED | WEXITED));
    printf(" %d\n", info.si_code == CLD_CONTINUED || info.si_code == CLD_EXITED);
    if (info.si_code == CLD_CONTINUED)
        waitpid(child, &status, 0);

    // A handler for SIGTTIN, an ignored SIGTTOU, and a blocked SIGTSTP that SIGCONT takes away.
    child = fork();
    if (child == 0) {
        sigset_t set, pending;
        setpgid(0, 0);
        signal(SIGTTIN, on_cont);
        signal(SIGTTOU, SIG_IGN);
        shared[1] = 0;
        raise(SIGTTIN);
        raise(SIGTTOU);
        sigemptyset(&set);
        sigaddset(&set, SIGTSTP);
        sigprocmask(SIG_BLOCK, &set, NULL);
        kill(getpid(), SIGTSTP);
        sigpending(&pending);
        int before = sigismember(&pending, SIGTSTP);
        kill(getpid(), SIGCONT);
        sigpending(&pending);
        int after = sigismember(&pending, SIGTSTP);
        sigprocmask(SIG_UNBLOCK, &set, NULL);
        _exit(shared[1] == 1 && before == 1 && after == 0 ? 4 : 5);
    }
    tell("handled", waitpid(child, &status, WUNTRACED), child);

    // A sleep goes on, and so does a read of a pipe, whose bytes stay while the reader is stopped.
    int ends[2];
    char byte = 0;
    pipe(ends);
    child = fork();
    if (child == 0) {
        shared[2] = 1;
        struct timespec rest = {0, 20000000};
        int slept = nanosleep(&rest, NULL);
        shared[2] = 2;
        _exit(read(ends[0], &byte, 1) == 1 && byte == 'b' && slept == 0 ? 6 : 7);
    }
    while (shared[2] != 1)
        usleep(100);
    kill(child, SIGSTOP);
    tell("asleep", waitpid(child, &status, WUNTRACED), child);
    kill(child, SIGCONT);
    while (shared[2] != 2)
        usleep(100);
    usleep(2000);
    kill(child, SIGSTOP);
    tell("reads", waitpid(child, &status, WUNTRACED), child);
    write(ends[1], "ab", 2);
    usleep(2000);
    printf("read %zd", read(ends[0], &byte, 1));
    printf(" %c\n", byte);
    kill(child, SIGCONT);
    tell("read", waitpid(child, &status, 0), child);

    // With SA_NOCLDSTOP a parent hears of ends alone; wait4 tells all the same.
    listen_to_children(SA_NOCLDSTOP);
    children = 0;
    child = counting(1);
    kill(child, SIGSTOP);
    tell("quiet", waitpid(child, &status, WUNTRACED), child);
    kill(child, SIGCONT);
    tell("quiet", waitpid(child, &status, WCONTINUED), child);
    printf("heard %d\n", children);
    kill(child, SIGKILL);
    tell("quiet", waitpid(child, &status, 0), child);
    printf("heard %d\n", children);
    return 0;
}
