// ppoll and pselect6: pipes, files, what is closed, time-outs and masks.
// rules: F13.1, F13.2, S5.3
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int first[2], second[2];
static volatile int alarms;

static void on_alarm(int s) { alarms++; }

static void tell(const char *what, int result, struct pollfd *fds, int count)
{
    printf("%s %d %s", what, result, result < 0 ? strerror(errno) : "-");
    for (int i = 0; i < count; i++)
        printf(" %x", fds[i].revents);
    printf("\n");
}

static void drain(int fd)
{
    char bytes[4096];
    fcntl(fd, F_SETFL, O_NONBLOCK);
    while (read(fd, bytes, sizeof bytes) > 0)
        ;
    fcntl(fd, F_SETFL, 0);
}

static void *later(void *fd)
{
    usleep(3000);
    write((int)(long)fd, "x", 1);
    return NULL;
}

static void write_later(int fd)
{
    pthread_t thread;
    pthread_create(&thread, NULL, later, (void *)(long)fd);
    pthread_detach(thread);
}

static volatile int total;

static void *poller(void *unused)
{
    struct pollfd fds[2] = {{first[0], POLLIN}, {second[0], POLLIN}};
    char byte;
    while (total < 400) {
        if (poll(fds, 2, 2) < 0)
            return (void *)1;
        for (int i = 0; i < 2; i++)
            if ((fds[i].revents & POLLIN) && read(fds[i].fd, &byte, 1) == 1)
                __atomic_fetch_add(&total, 1, __ATOMIC_SEQ_CST);
    }
    return NULL;
}

static int msleft(struct timespec *left) { return left->tv_sec * 1000 + left->tv_nsec / 1000000; }

int main(void)
{
    char bytes[4096];
    pthread_t threads[2];
    signal(SIGALRM, on_alarm);
    pipe(first);
    pipe(second);
    int file = open("poll-file", O_CREAT | O_RDWR | O_TRUNC, 0600);
    int directory = open(".", O_RDONLY);

    struct pollfd fds[6] = {{first[0], POLLIN | POLLOUT}, {first[1], POLLIN | POLLOUT}, {file, POLLIN | POLLOUT | POLLPRI},
                            {directory, POLLIN}, {-5, POLLIN}, {29, POLLIN}};
    tell("all", poll(fds, 6, -1), fds, 6);
    write(first[1], "ab", 2);
    tell("bytes", poll(fds, 2, -1), fds, 2);
    fds[0].events = POLLRDNORM;
    fds[1].events = POLLWRNORM;
    tell("normal", poll(fds, 2, -1), fds, 2);
    fds[0].events = fds[1].events = 0;
    tell("nothing", poll(fds, 2, 0), fds, 2);
    drain(first[0]);
    fds[0].events = POLLIN;
    tell("empty", poll(fds, 1, 0), fds, 1);
    tell("time out", poll(fds, 1, 5), fds, 1);

    // A full pipe can be written when there is room for a page.
    fcntl(first[1], F_SETFL, O_NONBLOCK);
    memset(bytes, 'y', sizeof bytes);
    while (write(first[1], bytes, sizeof bytes) > 0)
        ;
    fds[1].events = POLLOUT;
    tell("full", poll(fds, 2, 0), fds, 2);
    read(first[0], bytes, 4096);
    tell("room", poll(fds, 2, 0), fds, 2);
    drain(first[0]);

    // A thread writes while another one waits.
    fds[1] = (struct pollfd){second[0], POLLIN};
    write_later(second[1]);
    tell("second", poll(fds, 2, -1), fds, 2);
    drain(second[0]);
    write_later(first[1]);
    tell("first", poll(fds, 2, 10000), fds, 2);
    drain(first[0]);

    // Two pollers of the same pipes: each byte goes to one of them, and none is lost.
    fcntl(first[0], F_SETFL, O_NONBLOCK);
    fcntl(second[0], F_SETFL, O_NONBLOCK);
    for (int i = 0; i < 2; i++)
        pthread_create(&threads[i], NULL, poller, NULL);
    fcntl(first[1], F_SETFL, 0);
    for (int i = 0; i < 400; i++) {
        write(i % 3 == 0 ? first[1] : second[1], "z", 1);
        if (i % 50 == 0)
            usleep(500);
    }
    for (int i = 0; i < 2; i++) {
        void *result;
        pthread_join(threads[i], &result);
        printf("poller %ld\n", (long)result);
    }
    printf("total %d\n", total);
    fcntl(first[0], F_SETFL, 0);
    fcntl(second[0], F_SETFL, 0);

    // Signals and masks.
    sigset_t none, blocked;
    sigemptyset(&none);
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGALRM);
    sigprocmask(SIG_BLOCK, &blocked, NULL);
    raise(SIGALRM);
    struct timespec rest = {5, 0};
    printf("handled %d\n", alarms);
    tell("signal", ppoll(fds, 2, &rest, &none), fds, 2);
    printf("handled %d\n", alarms);
    raise(SIGALRM);
    tell("blocked", ppoll(fds, 2, &(struct timespec){0, 2000000}, NULL), fds, 2);
    printf("handled %d\n", alarms);
    write(first[1], "a", 1);
    tell("ready first", ppoll(fds, 2, &rest, &none), fds, 2);
    printf("handled %d\n", alarms);
    sigset_t now;
    sigprocmask(SIG_SETMASK, NULL, &now);
    printf("blocks %d\n", sigismember(&now, SIGALRM));
    sigprocmask(SIG_UNBLOCK, &blocked, NULL);
    printf("handled %d\n", alarms);
    rest = (struct timespec){5, 0};
    printf("raw %ld", syscall(SYS_ppoll, fds, 1, &rest, NULL, 8));
    printf(" %d\n", rest.tv_sec == 4 && msleft(&rest) > 4000);
    printf("raw %ld", syscall(SYS_ppoll, fds, 1, &(struct timespec){0, 1000000000}, NULL, 8));
    printf(" %s\n", strerror(errno));
    printf("raw %ld", syscall(SYS_ppoll, (void *)8, 1, NULL, NULL, 8));
    printf(" %s\n", strerror(errno));
    printf("raw %ld", syscall(SYS_ppoll, fds, 1, NULL, &none, 4));
    printf(" %s\n", strerror(errno));
    drain(first[0]);

    // The other side is closed, by another thread's process, too.
    int last[2];
    pipe(last);
    pid_t child = fork();
    if (child == 0) {
        close(last[0]);
        usleep(3000);
        _exit(0);
    }
    close(last[1]);
    fds[0] = (struct pollfd){last[0], POLLIN};
    tell("hangs up", poll(fds, 1, -1), fds, 1);
    printf("read %zd\n", read(last[0], bytes, 1));
    waitpid(child, NULL, 0);
    close(last[0]);
    pipe(last);
    close(last[0]);
    fds[0] = (struct pollfd){last[1], POLLOUT};
    tell("broken", poll(fds, 1, -1), fds, 1);
    close(last[1]);

    // select
    fd_set in, out, except;
    FD_ZERO(&in);
    FD_ZERO(&out);
    FD_ZERO(&except);
    FD_SET(first[0], &in);
    FD_SET(second[0], &in);
    FD_SET(first[1], &out);
    FD_SET(file, &in);
    FD_SET(file, &out);
    FD_SET(file, &except);
    printf("select %d", select(12, &in, &out, &except, NULL));
    printf(" %d %d %d %d %d %d\n", FD_ISSET(first[0], &in) != 0, FD_ISSET(second[0], &in) != 0,
           FD_ISSET(first[1], &out) != 0, FD_ISSET(file, &in) != 0, FD_ISSET(file, &out) != 0,
           FD_ISSET(file, &except) != 0);
    FD_ZERO(&in);
    FD_SET(first[0], &in);
    FD_SET(second[0], &in);
    struct timeval left = {5, 0};
    write_later(second[1]);
    printf("select %d", select(12, &in, NULL, NULL, &left));
    printf(" %d %d rest %d\n", FD_ISSET(first[0], &in) != 0, FD_ISSET(second[0], &in) != 0, left.tv_sec < 5);
    drain(second[0]);
    left = (struct timeval){0, 2000};
    printf("select %d", select(12, &in, NULL, NULL, &left));
    printf(" %d %d rest %d %d\n", FD_ISSET(first[0], &in) != 0, FD_ISSET(second[0], &in) != 0, (int)left.tv_sec,
           (int)left.tv_usec);
    FD_SET(28, &in);
    printf("select %d", select(29, &in, NULL, NULL, NULL));
    printf(" %s\n", strerror(errno));
    printf("select %d", select(-1, &in, NULL, NULL, NULL));
    printf(" %s\n", strerror(errno));
    printf("select %d\n", select(0, NULL, NULL, NULL, &(struct timeval){0, 1000}));
    raise(SIGALRM);
    sigprocmask(SIG_BLOCK, &blocked, NULL);
    raise(SIGALRM);
    FD_ZERO(&in);
    FD_SET(first[0], &in);
    printf("pselect %d", pselect(12, &in, NULL, NULL, NULL, &none));
    printf(" %s handled %d\n", strerror(errno), alarms);
    close(file);
    unlink("poll-file");
    return 0;
}
