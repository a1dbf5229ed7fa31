// Pipes between processes and threads: bytes in order, whole writes, end of file, EPIPE, full and empty pipes.
// rules: F10.1, F10.2, F10.3
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

static void tell(const char *what, long result)
{
    printf("%s: %ld, errno %d\n", what, result < 0 ? -1 : result, result < 0 ? errno : 0);
    fflush(stdout);
}

static char data[200000];
static void *volatile bad = (void *)8;

/** A child counts what comes until the end, while the parent writes much more than fits. */
static void stream(void)
{
    int p[2], status;
    pipe(p);
    for (unsigned i = 0; i < sizeof data; i++) data[i] = (char)(i * 7 + i / 256);
    if (fork() == 0) {
        close(p[1]);
        static char b[7001];
        unsigned long total = 0, wrong = 0;
        long bytes;
        while ((bytes = read(p[0], b, sizeof b)) > 0) {
            for (long i = 0; i < bytes; i++) wrong += b[i] != data[(total + i) % sizeof data];
            total += bytes;
        }
        printf("child: %lu bytes, %lu wrong, end %ld\n", total, wrong, bytes);
        fflush(stdout);
        _exit(3);
    }
    close(p[0]);
    tell("write of much", write(p[1], data, sizeof data));
    struct iovec parts[3] = {{data, 100}, {data + 100, 0}, {data + 100, 9900}};
    tell("writev", writev(p[1], parts, 3));
    close(p[1]);
    wait(&status);
    tell("exit", WEXITSTATUS(status));
}

#define WRITERS 4
#define RECORD 3000
static int shared[2];

static void *writer(void *argument)
{
    char record[RECORD];
    memset(record, 'a' + (int)(long)argument, sizeof record);
    for (int i = 0; i < 20; i++) write(shared[1], record, sizeof record);
    return 0;
}

/** Records of up to PIPE_BUF bytes are never mixed, whoever writes and reads. */
static void whole(void)
{
    pthread_t t[WRITERS];
    pipe(shared);
    for (long i = 0; i < WRITERS; i++) pthread_create(&t[i], 0, writer, (void *)i);
    int counts[WRITERS] = {0}, mixed = 0;
    for (int i = 0; i < 20 * WRITERS; i++) {
        char b[RECORD];
        int have = 0;
        while (have < RECORD) have += read(shared[0], b + have, RECORD - have);
        for (int k = 1; k < RECORD; k++) mixed += b[k] != b[0];
        counts[b[0] - 'a']++;
    }
    for (int i = 0; i < WRITERS; i++) pthread_join(t[i], 0);
    printf("records %d %d %d %d, mixed %d\n", counts[0], counts[1], counts[2], counts[3], mixed);
    close(shared[0]);
    close(shared[1]);
}

static void edges(void)
{
    int p[2];
    char b[16];
    tell("a wrong flag", pipe2(p, O_APPEND));
    tell("a bad address", pipe2(bad, 0));
    tell("pipe2", pipe2(p, O_NONBLOCK | O_CLOEXEC));
    tell("marks", fcntl(p[0], F_GETFD) + 10 * fcntl(p[1], F_GETFD));
    tell("modes", (fcntl(p[0], F_GETFL) & (O_ACCMODE | O_NONBLOCK)) + ((fcntl(p[1], F_GETFL) & (O_ACCMODE | O_NONBLOCK)) << 16));
    tell("empty", read(p[0], b, 4));
    tell("nothing", read(p[0], b, 0));
    tell("write to the read end", write(p[0], b, 4));
    tell("read from the write end", read(p[1], b, 4));
    tell("seek", lseek(p[0], 0, SEEK_SET));
    long filled = 0, bytes;
    while ((bytes = write(p[1], data, 4096)) > 0) filled += bytes;
    tell("full", bytes);
    tell("holds", filled);
    tell("one more byte", write(p[1], data, 1));
    read(p[0], data, 4096);
    tell("more than there is room for", write(p[1], data, 8192));
    struct stat s;
    fstat(p[0], &s);
    printf("a pipe: %d\n", S_ISFIFO(s.st_mode));
    tell("read to a bad address", read(p[0], bad, 4));
    read(p[0], data, 4096);
    filled -= 4096;
    tell("write from a bad address", write(p[1], bad, 4));
    close(p[1]);
    while ((bytes = read(p[0], data, sizeof data)) > 0) filled -= bytes;
    tell("left", filled);
    tell("end", bytes);
    close(p[0]);
}

static void broken(void)
{
    int p[2], closed[2], status;
    char b;
    pipe(p);
    pipe(closed);
    signal(SIGPIPE, SIG_DFL);
    if (fork() == 0) {
        close(p[0]);
        read(closed[0], &b, 1);
        write(p[1], "x", 1);
        printf("not reached\n");
        _exit(0);
    }
    close(p[0]);
    write(closed[1], "c", 1);
    wait(&status);
    tell("the writer's signal", WIFSIGNALED(status) ? WTERMSIG(status) : -1);
    close(p[1]);
    // Threads that wait for a pipe are ended.
    pipe(p);
    pid_t reader = fork();
    if (reader == 0) {
        read(p[0], &b, 1);
        _exit(0);
    }
    pid_t full = fork();
    if (full == 0) {
        int q[2];
        pipe(q);
        write(q[1], data, sizeof data);
        _exit(0);
    }
    for (int i = 0; i < 20; i++) usleep(1000);
    kill(reader, SIGKILL);
    kill(full, SIGKILL);
    waitpid(reader, &status, 0);
    tell("the waiting reader's signal", WTERMSIG(status));
    waitpid(full, &status, 0);
    tell("the waiting writer's signal", WTERMSIG(status));
}

int main(void)
{
    stream();
    whole();
    edges();
    broken();
    return 0;
}
