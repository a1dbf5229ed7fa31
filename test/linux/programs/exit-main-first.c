// The main thread calls exit (93) while another runs. The process goes on until the other has ended, with that thread's status.
// exit: 9
#include <pthread.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static void *other(void *unused)
{
    struct timespec time = {0, 2000000};
    nanosleep(&time, NULL);
    puts("the other thread goes on");
    fflush(stdout);
    syscall(SYS_exit, 9);
    return unused;
}

int main(void)
{
    pthread_t thread;
    pthread_create(&thread, NULL, other, NULL);
    syscall(SYS_exit, 4);
}
