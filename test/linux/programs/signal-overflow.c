// A stack that overflows, a handler on the alternate stack, and a jump out of it.
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
static sigjmp_buf back;
static volatile int depth;
static void handler(int s) { siglongjmp(back, s); }
__attribute__((noinline)) static int recurse(int n) {
    volatile char room[4096];
    room[0] = n;
    depth = n;
    return recurse(n + 1) + room[0];
}
int main(void) {
    stack_t alt = {.ss_sp = malloc(65536), .ss_size = 65536};
    sigaltstack(&alt, NULL);
    struct sigaction a = {.sa_handler = handler, .sa_flags = SA_ONSTACK};
    sigaction(SIGSEGV, &a, NULL);
    for (int i = 0; i < 3; i++) {
        int s = sigsetjmp(back, 1);
        if (s == 0) recurse(0);
        printf("signal %d deep %d\n", s, depth > 2);
    }
    return 0;
}
