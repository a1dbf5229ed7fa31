// kill of -1: every process but the own gets the signal. No host is asked, for it would send it to everybody there.
// here: only
// rules: S2.4
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    errno = 0;
    printf("alone %d", kill(-1, SIGTERM));
    printf(" %s\n", strerror(errno));
    for (int i = 0; i < 6; i++) {
        if (fork() == 0) {
            if (i % 2 == 0)
                setsid();
            while (1)
                pause();
        }
    }
    printf("all %d\n", kill(-1, SIGTERM));
    int status, ended = 0;
    while (wait(&status) > 0)
        ended += WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM;
    printf("ended %d\n", ended);
    return 0;
}
