// What Linux does with signals and this kernel refuses.
// here: only
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
static void handler(int s) { printf("handled %d\n", s); }
int main(void) {
    printf("stop %d", raise(SIGSTOP));
    printf(" %s\n", strerror(errno));
    printf("tstp %d", kill(getpid(), SIGTSTP));
    printf(" %s\n", strerror(errno));
    signal(SIGTSTP, handler);
    printf("tstp %d\n", kill(getpid(), SIGTSTP));
    printf("group %d", kill(0, SIGTERM));
    printf(" %s\n", strerror(errno));
    printf("all %d", kill(-1, 0));
    printf(" %s\n", strerror(errno));
    return 0;
}
