// fork and clone write the child's id where they are asked to, and clear it at the child's end. glibc's fork asks for the owner of mutexes.
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile int parent_word, child_word;


int main(void)
{
    int status;
    pthread_mutex_t mutex;
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_ERRORCHECK);
    pthread_mutex_init(&mutex, &attributes);
    if (fork() == 0) {
        pthread_mutex_lock(&mutex);
        printf("deadlock %d\n", pthread_mutex_lock(&mutex) == EDEADLK);
        printf("owner %d\n", mutex.__data.__owner == (int)syscall(SYS_gettid));
        fflush(stdout);
        _exit(0);
    }
    wait(&status);
    printf("status %x\n", status);

    // The last two arguments are in another order on x86-64.
    unsigned long flags = CLONE_PARENT_SETTID | CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID | SIGCHLD;
#ifdef __x86_64__
    long child = syscall(SYS_clone, flags, 0, &parent_word, &child_word, 0);
#else
    long child = syscall(SYS_clone, flags, 0, &parent_word, 0, &child_word);
#endif
    if (child == 0)
        _exit(child_word == getpid() && child_word == (int)syscall(SYS_gettid) ? 4 : 5);
    printf("parent's word %d, child's word here %d\n", parent_word == child, child_word);
    wait(&status);
    printf("status %x\n", status);

    // A stack for the child, and no signal at its end.
    static char stack[65536];
    child = clone((int (*)(void *))(void *)getpid, stack + sizeof stack, SIGCHLD, NULL);
    printf("waited %d\n", waitpid(child, &status, 0) == child && WEXITSTATUS(status) == (child & 255));
    errno = 0;
    printf("%ld", syscall(SYS_clone, CLONE_SIGHAND | SIGCHLD, 0, 0, 0, 0));
    printf(" %d\n", errno == EINVAL);
    errno = 0;
    printf("%ld", syscall(SYS_clone, CLONE_THREAD | SIGCHLD, 0, 0, 0, 0));
    printf(" %d\n", errno == EINVAL);
    return 0;
}
