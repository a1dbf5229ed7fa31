// abort() ends a process by SIGABRT, after the handler has run.
// signal: SIGABRT
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>
static void handler(int s) { write(1, "abort\n", 6); }
int main(void) {
    signal(SIGABRT, handler);
    abort();
}
