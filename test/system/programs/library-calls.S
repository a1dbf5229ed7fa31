# Calls of C libraries: each result is reported. Data: 0x400000 a buffer of 1 KiB, 0x400400 strings and vectors.
    .macro call_and_report label, number, a0=0, a1=0, a2=0, a3=0
    li a3, \a3
    li a2, \a2
    li a1, \a1
    li a0, \a0
    li a7, \number
    ecall
    mv a1, a0
    .pushsection .rodata
91:
    .asciz "\label"
    .popsection
    la a0, 91b
    call report
    .endm

    .macro report_word label, address
    li t0, \address
    lw a1, (t0)
    .pushsection .rodata
91:
    .asciz "\label"
    .popsection
    la a0, 91b
    call report
    .endm

    .equ BUFFER, 0x400000
    .equ STRINGS, 0x400400

    .text
    .globl main
main:
    call_and_report getuid, SYS_GETUID
    call_and_report geteuid, SYS_GETEUID
    call_and_report getgid, SYS_GETGID
    call_and_report getegid, SYS_GETEGID
    call_and_report ioctl_console, SYS_IOCTL, 1, 0x5413, BUFFER
    call_and_report ioctl_bad_file, SYS_IOCTL, 9, 0x5413, BUFFER
    call_and_report fcntl_getfd, SYS_FCNTL, 1, 1
    call_and_report fcntl_setfd_none, SYS_FCNTL, 1, 2, 0
    call_and_report fcntl_setfd_cloexec, SYS_FCNTL, 1, 2, 1
    call_and_report fcntl_getfl, SYS_FCNTL, 1, 3
    call_and_report fcntl_bad_file, SYS_FCNTL, 9, 1
    call_and_report fcntl_unknown, SYS_FCNTL, 1, 77
    call_and_report uname, SYS_UNAME, BUFFER
    li a0, 1
    li a1, BUFFER
    li a2, 5
    li a7, SYS_WRITE
    ecall
    li a0, 1
    li a1, STRINGS + 134
    li a2, 1
    li a7, SYS_WRITE
    ecall
    call_and_report uname_null, SYS_UNAME, 0
    call_and_report getcwd, SYS_GETCWD, BUFFER, 100
    report_word getcwd_text, BUFFER
    call_and_report getcwd_small, SYS_GETCWD, BUFFER, 1
    call_and_report readlink, SYS_READLINKAT, -100, STRINGS, BUFFER, 100
    call_and_report readlink_root, SYS_READLINKAT, -100, STRINGS + 32, BUFFER, 100
    call_and_report access, SYS_FACCESSAT, -100, STRINGS + 32, 0
    call_and_report access_none, SYS_FACCESSAT, -100, STRINGS, 0
    call_and_report stat_root, SYS_NEWFSTATAT, -100, STRINGS + 32, BUFFER, 0
    report_word stat_root_mode, BUFFER + 16
    call_and_report stat_none, SYS_NEWFSTATAT, -100, STRINGS, BUFFER, 0
    call_and_report stat_empty, SYS_NEWFSTATAT, 1, STRINGS + 40, BUFFER, 0x1000
    report_word stat_empty_mode, BUFFER + 16
    call_and_report stat_empty_path, SYS_NEWFSTATAT, 1, STRINGS + 40, BUFFER, 0
    call_and_report stat_bad_address, SYS_NEWFSTATAT, 1, 0, BUFFER, 0
    call_and_report prlimit_stack, SYS_PRLIMIT64, 0, 3, 0, BUFFER
    report_word prlimit_stack_value, BUFFER
    call_and_report prlimit_set, SYS_PRLIMIT64, 0, 3, BUFFER, 0
    call_and_report prlimit_unknown, SYS_PRLIMIT64, 0, 16, 0, BUFFER
    call_and_report prlimit_other, SYS_PRLIMIT64, 12345, 3, 0, BUFFER
    call_and_report sigaction_default, SYS_RT_SIGACTION, 2, STRINGS + 64, BUFFER, 8
    call_and_report sigaction_handler, SYS_RT_SIGACTION, 2, STRINGS, 0, 8
    call_and_report sigaction_none, SYS_RT_SIGACTION, 65, 0, 0, 8
    call_and_report sigaction_kill, SYS_RT_SIGACTION, 9, STRINGS + 64, 0, 8
    call_and_report sigprocmask_query, SYS_RT_SIGPROCMASK, 0, 0, BUFFER, 8
    call_and_report sigprocmask_nothing, SYS_RT_SIGPROCMASK, 2, STRINGS + 64, 0, 8
    call_and_report sigprocmask_block, SYS_RT_SIGPROCMASK, 0, STRINGS, 0, 8
    call_and_report sigprocmask_size, SYS_RT_SIGPROCMASK, 0, 0, 0, 4
    call_and_report getrandom, SYS_GETRANDOM, BUFFER, 1000
    call_and_report getrandom_null, SYS_GETRANDOM, 0, 8
    call_and_report clock_res, SYS_CLOCK_GETRES, 1, BUFFER
    report_word clock_res_ns, BUFFER + 8
    call_and_report clock_unknown, SYS_CLOCK_GETTIME, 99, BUFFER
    call_and_report gettimeofday_null, SYS_GETTIMEOFDAY, 0, 0
    call_and_report getrusage_children, SYS_GETRUSAGE, -1, BUFFER
    call_and_report getrusage_null, SYS_GETRUSAGE, 0, 0
    call_and_report nanosleep_null, SYS_NANOSLEEP, 0
    call_and_report nanosleep_bad, SYS_NANOSLEEP, STRINGS + 48
    call_and_report writev, SYS_WRITEV, 1, STRINGS + 80, 3
    call_and_report writev_none, SYS_WRITEV, 1, 0, 0
    call_and_report writev_null, SYS_WRITEV, 1, 0, 1
    call_and_report writev_many, SYS_WRITEV, 1, 0, 1025
    call_and_report writev_bad_file, SYS_WRITEV, 9, STRINGS + 80, 3
    call_and_report readv_bad_file, SYS_READV, 9, STRINGS + 80, 3
    call_and_report tgkill_probe, SYS_TGKILL, 99, 99, 0
    call_and_report robust_list, 99, 0, 24
    call_and_report pid, SYS_GETPID
    call_and_report tid, SYS_GETTID
    call_and_report affinity, SYS_SCHED_GETAFFINITY, 0, 8, BUFFER
    report_word affinity_mask, BUFFER
    call_and_report affinity_small, SYS_SCHED_GETAFFINITY, 0, 4, BUFFER
    call_and_report affinity_null, SYS_SCHED_GETAFFINITY, 0, 8, 0
    call_and_report affinity_other, SYS_SCHED_GETAFFINITY, 99, 8, BUFFER
    call_and_report clock_sleep_cpu, SYS_CLOCK_NANOSLEEP, 2, 0, STRINGS + 144
    call_and_report clock_sleep_flags, SYS_CLOCK_NANOSLEEP, 1, 2, STRINGS + 144
    call_and_report clock_sleep_null, SYS_CLOCK_NANOSLEEP, 1, 0, 0
    call_and_report clock_sleep_past, SYS_CLOCK_NANOSLEEP, 1, 1, STRINGS + 64

times:                          # user time and sleep
    call_and_report getrusage, SYS_GETRUSAGE, 0, BUFFER
    li t0, BUFFER
    ld s2, 8(t0)                # microseconds
    li t1, 200000
1:  addi t1, t1, -1
    bnez t1, 1b
    call_and_report spun, SYS_GETRUSAGE, 1, BUFFER
    li t0, BUFFER
    ld a1, 8(t0)
    sub a1, a1, s2
    la a0, used
    call report
    call_and_report before, SYS_GETTIMEOFDAY, BUFFER, 0
    li t0, BUFFER
    ld s2, 8(t0)
    call_and_report sleep, SYS_NANOSLEEP, STRINGS + 144
    call_and_report after, SYS_GETTIMEOFDAY, BUFFER, 0
    li t0, BUFFER
    ld a1, 8(t0)
    sub a1, a1, s2
    la a0, slept
    call report
    call_and_report clock_sleep, SYS_CLOCK_NANOSLEEP, 1, 1, STRINGS + 160
    call_and_report late, SYS_GETTIMEOFDAY, BUFFER, 0
    li t0, BUFFER
    ld a1, 8(t0)
    la a0, woken
    call report
    li a0, BUFFER               # the end of a thread clears its word
    li t0, 7
    sw t0, (a0)
    la a0, short_lived
    li a1, 0
    li a2, 1
    call spawn
    li a1, 0
    call join
    report_word cleared, BUFFER
    li a0, 0
    j exit_group

short_lived:
    li a0, BUFFER
    li a7, SYS_SET_TID_ADDRESS
    ecall
    li a0, 0
    j thread_exit

    .section .rodata
used:
    .asciz "used"
slept:
    .asciz "slept"
woken:
    .asciz "woken"

    .data
    .fill 1024, 1, 0
    .asciz "/proc/self/non"     # + 0
    .fill 17, 1, 0
    .asciz "/"                  # + 32
    .fill 6, 1, 0
    .dword 0                    # + 40: the empty path
    .dword 0, 1000000000        # + 48: no time
    .fill 16, 1, 0              # + 64: nothing
    .dword STRINGS + 128, 3     # + 80: three parts of a line
    .dword 0, 0
    .dword STRINGS + 131, 4
    .ascii "gather\n"           # + 128
    .fill 9, 1, 0
    .dword 0, 500000            # + 144: half a millisecond
    .dword 0, 50000000          # + 160: 50 ms
