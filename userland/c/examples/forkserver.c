/*
 * NAME
 *     forkserver - a server that forks a child for each request
 *
 * SYNOPSIS
 *     forkserver [REQUESTS [CHILDREN [SIZE]]]
 *
 * DESCRIPTION
 *     A client sends REQUESTS numbers, below SIZE, to a server through a pipe. The server forks a child for each, at most CHILDREN at a time; the
 *     child counts the primes up to the number and writes the answer into the client's pipe. Defaults: 8, one child a cluster, 200.
 *
 * CHECK
 *     Each request is answered once, and rightly; the server and all children end with 0.
 */
#include <sys/wait.h>
#include <unistd.h>

#include "example.h"

#define NAME "forkserver"

/* Pipes pass it whole: it is shorter than PIPE_BUF. */
struct message {
    int32_t request;
    int32_t number;
};

static int32_t primes_up_to(int32_t number)
{
    int32_t primes = 0;
    for (int32_t n = 2; n <= number; n++) {
        int32_t divisor = 2;
        while (divisor * divisor <= n && n % divisor != 0)
            divisor++;
        primes += divisor * divisor > n;
    }
    return primes;
}

static void wait_for_one(void)
{
    int status;
    CHECK(wait(&status) > 0 && status == 0, "a child ended with status %x", status);
}

static void serve(int from, int to, int most)
{
    struct message message;
    int running = 0;
    while (read(from, &message, sizeof message) == sizeof message) {
        if (running == most) {
            wait_for_one();
            running--;
        }
        pid_t child = fork();
        CHECK(child >= 0, "no child (errno %d)", errno);
        if (child == 0) {
            message.number = primes_up_to(message.number);
            _exit(write(to, &message, sizeof message) == sizeof message ? 0 : 1);
        }
        running++;
    }
    while (running-- > 0)
        wait_for_one();
}

int main(int argc, char **argv)
{
    int requests = (int)example_argument(argc, argv, 1, 8, 1, 1000000), children = example_threads(argc, argv, 2);
    int size = (int)example_argument(argc, argv, 3, 200, 1, 1000000), status;
    int32_t *numbers = example_memory(requests * sizeof(int32_t));
    char *answered = calloc(requests, 1);
    int ask[2], answer[2];
    uint64_t state = example_stream(0);
    CHECK(answered != NULL, "no memory");
    for (int i = 0; i < requests; i++)
        numbers[i] = (int32_t)((example_random(&state) >> 33) % size);
    CHECK(pipe(ask) == 0 && pipe(answer) == 0, "no pipe (errno %d)", errno);
    int64_t begin = example_now();
    pid_t server = fork();
    CHECK(server >= 0, "no server (errno %d)", errno);
    if (server == 0) {
        close(ask[1]);
        close(answer[0]);
        serve(ask[0], answer[1], children);
        _exit(0);
    }
    close(ask[0]);
    close(answer[1]);
    /* A request goes out when there is room for its answer, so that neither pipe fills. */
    for (int sent = 0, received = 0; received < requests;) {
        struct message message = { sent, sent < requests ? numbers[sent] : 0 };
        if (sent < requests && sent - received < 2 * children) {
            CHECK(write(ask[1], &message, sizeof message) == sizeof message, "request %d is not sent (errno %d)", sent, errno);
            if (++sent == requests)
                close(ask[1]);
            continue;
        }
        CHECK(read(answer[0], &message, sizeof message) == sizeof message, "answer %d does not come", received);
        CHECK(message.request >= 0 && message.request < requests, "an answer to request %d", message.request);
        CHECK(!answered[message.request]++, "request %d is answered twice", message.request);
        int32_t must = primes_up_to(numbers[message.request]);
        CHECK(message.number == must, "%d primes up to %d; must be %d", message.number, numbers[message.request], must);
        received++;
    }
    example_steps(begin);
    CHECK(waitpid(server, &status, 0) == server && status == 0, "the server ended with status %x", status);
    return example_ok(NAME);
}
