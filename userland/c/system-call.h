/* The ecall instruction with Linux's registers; the result, or -errno. */
#ifndef ARCHIPEL_SYSTEM_CALL_H
#define ARCHIPEL_SYSTEM_CALL_H

/* SYS_*: written by `npm run cc` from kernel/abi/syscalls.ts. */
#include <system-calls.h>

static inline long system_call(long number, long a, long b, long c, long d)
{
    register long a7 __asm__("a7") = number;
    register long a0 __asm__("a0") = a;
    register long a1 __asm__("a1") = b;
    register long a2 __asm__("a2") = c;
    register long a3 __asm__("a3") = d;
    __asm__ volatile("ecall" : "+r"(a0) : "r"(a7), "r"(a1), "r"(a2), "r"(a3) : "memory");
    return a0;
}

#endif
