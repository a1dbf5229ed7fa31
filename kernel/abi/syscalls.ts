// Generated from boot/abi/system-calls.ts by `npm run generate`: the numbers of the system calls. Numbers below 1024 are Linux's (riscv64).
/** getcwd(path, size): The path of the working directory. */
export const SYS_GETCWD = 17;
/** dup(fd): The lowest free descriptor names the same open file. */
export const SYS_DUP = 23;
/** dup3(fd, other, flags): The other descriptor names the same open file. */
export const SYS_DUP3 = 24;
/** fcntl(fd, command, argument): F_DUPFD, F_DUPFD_CLOEXEC, F_GETFD, F_SETFD, F_GETFL, and F_SETFL of O_APPEND and O_NONBLOCK. */
export const SYS_FCNTL = 25;
/** ioctl(fd, request, argument): No descriptor is a terminal: ENOTTY. */
export const SYS_IOCTL = 29;
/** mkdirat(directory, path, mode): A directory with that mode, without the bits of the umask. */
export const SYS_MKDIRAT = 34;
/** unlinkat(directory, path, flags): A file loses that name; with AT_REMOVEDIR an empty directory. */
export const SYS_UNLINKAT = 35;
/** symlinkat(target, directory, path): A symbolic link. What the kernel tells below /proc and /sys is not found by one. */
export const SYS_SYMLINKAT = 36;
/** linkat(directory, path, other directory, other path, flags): A further name of a file or a symbolic link; AT_SYMLINK_FOLLOW and AT_EMPTY_PATH. */
export const SYS_LINKAT = 37;
/** truncate(path, bytes): The file gets that size: its end is cut off, or zeroes are added. */
export const SYS_TRUNCATE = 45;
/** ftruncate(fd, bytes): As truncate, of an open file. */
export const SYS_FTRUNCATE = 46;
/** fallocate(fd, mode, offset, bytes): Memory for the range of the file, which grows to its end; mode 0. */
export const SYS_FALLOCATE = 47;
/** faccessat(directory, path, mode): Root has every right, but to execute a file that nobody may execute. */
export const SYS_FACCESSAT = 48;
/** chdir(path): The working directory. */
export const SYS_CHDIR = 49;
/** fchdir(fd): As chdir, to an open directory. */
export const SYS_FCHDIR = 50;
/** fchmod(fd, mode): The mode bits of an open file or directory. */
export const SYS_FCHMOD = 52;
/** fchmodat(directory, path, mode): As fchmod, by a path. */
export const SYS_FCHMODAT = 53;
/** openat(directory, path, flags, mode): The file of that name. O_CREAT makes it, O_TRUNC empties it, O_APPEND writes at its end, O_NOFOLLOW follows no link at the end of the path. */
export const SYS_OPENAT = 56;
/** close(fd): The descriptor is free again. */
export const SYS_CLOSE = 57;
/** pipe2(fds, flags): A pipe of 64 KiB; O_NONBLOCK and O_CLOEXEC. */
export const SYS_PIPE2 = 59;
/** getdents64(fd, records, bytes): Entries of the open directory from its position on. */
export const SYS_GETDENTS64 = 61;
/** lseek(fd, offset, whence): SEEK_SET, SEEK_CUR and SEEK_END. */
export const SYS_LSEEK = 62;
/** read(fd, buffer, bytes): Bytes from the position on. */
export const SYS_READ = 63;
/** write(fd, buffer, bytes): Bytes to the position, or to the console. */
export const SYS_WRITE = 64;
/** readv(fd, parts, count): As read, into up to 1,024 parts. */
export const SYS_READV = 65;
/** writev(fd, parts, count): As write, from up to 1,024 parts. */
export const SYS_WRITEV = 66;
/** pread64(fd, buffer, bytes, position): As read, from a position of the caller's. */
export const SYS_PREAD64 = 67;
/** pwrite64(fd, buffer, bytes, position): As write, to a position of the caller's. */
export const SYS_PWRITE64 = 68;
/** preadv(fd, parts, count, position): As readv, from a position of the caller's. */
export const SYS_PREADV = 69;
/** pwritev(fd, parts, count, position): As writev, to a position of the caller's. */
export const SYS_PWRITEV = 70;
/** sendfile(out, in, position, bytes): Bytes of a file to a file, a pipe or the console. */
export const SYS_SENDFILE = 71;
/** pselect6(count, read, write, except, timeout, mask and bytes): As ppoll, with sets of descriptors. */
export const SYS_PSELECT6 = 72;
/** ppoll(descriptors, count, timeout, mask, bytes): Waits until a descriptor can be read or written, for a signal or for the timeout, whose rest it tells. */
export const SYS_PPOLL = 73;
/** readlinkat(directory, path, buffer, bytes): What a symbolic link names, and the path of /proc/self/exe. */
export const SYS_READLINKAT = 78;
/** newfstatat(directory, path, stat, flags): The stat of a name, or with AT_EMPTY_PATH of a descriptor. */
export const SYS_NEWFSTATAT = 79;
/** fstat(fd, stat): The stat of an open file. */
export const SYS_FSTAT = 80;
/** sync(): There is no disk: 0. */
export const SYS_SYNC = 81;
/** fsync(fd): There is no disk: 0. */
export const SYS_FSYNC = 82;
/** fdatasync(fd): As fsync. */
export const SYS_FDATASYNC = 83;
/** utimensat(directory, path, times, flags): When a file or directory was accessed and modified; UTIME_NOW and UTIME_OMIT. */
export const SYS_UTIMENSAT = 88;
/** personality(which): That of Linux, 0. */
export const SYS_PERSONALITY = 92;
/** exit(status): Ends the thread. The last thread's status is that of the process. */
export const SYS_EXIT = 93;
/** exit_group(status): Ends the process. */
export const SYS_EXIT_GROUP = 94;
/** waitid(kind, number, siginfo, options, usage): As wait4, for the kinds of change that are asked for; WNOWAIT. */
export const SYS_WAITID = 95;
/** set_tid_address(word): The word becomes 0, with a futex wake, at the thread's end. */
export const SYS_SET_TID_ADDRESS = 96;
/** futex(word, operation, value, timeout, word2, value3): WAIT, WAKE, REQUEUE, CMP_REQUEUE, WAKE_OP, WAIT_BITSET and WAKE_BITSET; a word in a shared mapping is one for all processes. */
export const SYS_FUTEX = 98;
/** set_robust_list(head, bytes): At the thread's end, however it ends, each lock of the list that it still has gets FUTEX_OWNER_DIED, and a waiter is woken. */
export const SYS_SET_ROBUST_LIST = 99;
/** get_robust_list(thread, head, bytes): The list of the caller. */
export const SYS_GET_ROBUST_LIST = 100;
/** nanosleep(request, rest): Sleeps by the hart's timer. */
export const SYS_NANOSLEEP = 101;
/** getitimer(timer, value): ITIMER_REAL. */
export const SYS_GETITIMER = 102;
/** setitimer(timer, new, old): ITIMER_REAL. */
export const SYS_SETITIMER = 103;
/** timer_create(clock, event, timer): CLOCK_REALTIME, CLOCK_MONOTONIC and CLOCK_BOOTTIME; at most 31 timers a process. */
export const SYS_TIMER_CREATE = 107;
/** timer_gettime(timer, value): The time until a timer expires, and its interval. */
export const SYS_TIMER_GETTIME = 108;
/** timer_getoverrun(timer): The overruns of the signal that was delivered last. */
export const SYS_TIMER_GETOVERRUN = 109;
/** timer_settime(timer, flags, new, old): Sets or stops a timer. */
export const SYS_TIMER_SETTIME = 110;
/** timer_delete(timer): Deletes a timer. */
export const SYS_TIMER_DELETE = 111;
/** clock_settime(clock, time): Nothing. */
export const SYS_CLOCK_SETTIME = 112;
/** clock_gettime(clock, time): The clocks of the machine, all from its start: CLOCK_REALTIME to CLOCK_BOOTTIME, and CLOCK_TAI. */
export const SYS_CLOCK_GETTIME = 113;
/** clock_getres(clock, resolution): The resolution of a clock. */
export const SYS_CLOCK_GETRES = 114;
/** clock_nanosleep(clock, flags, request, rest): As nanosleep, until a time with TIMER_ABSTIME. The raw and the coarse clocks are EOPNOTSUPP. */
export const SYS_CLOCK_NANOSLEEP = 115;
/** sched_setparam(thread, parameters): Priority 0. */
export const SYS_SCHED_SETPARAM = 118;
/** sched_setscheduler(thread, policy, parameters): SCHED_OTHER with priority 0. */
export const SYS_SCHED_SETSCHEDULER = 119;
/** sched_getscheduler(thread): SCHED_OTHER. */
export const SYS_SCHED_GETSCHEDULER = 120;
/** sched_getparam(thread, parameters): Priority 0. */
export const SYS_SCHED_GETPARAM = 121;
/** sched_setaffinity(thread, bytes, set): Binds a thread to a set with the hart where it is; its clones inherit the set. A clone that has not begun goes to a hart of the set. */
export const SYS_SCHED_SETAFFINITY = 122;
/** sched_getaffinity(thread, bytes, set): The harts where a thread of the process and the threads that it makes may run: its set; without one all, or those of its cluster. */
export const SYS_SCHED_GETAFFINITY = 123;
/** sched_yield(): Another thread of the hart runs. */
export const SYS_SCHED_YIELD = 124;
/** sched_get_priority_max(policy): 99 for SCHED_FIFO and SCHED_RR, 0 for the others. */
export const SYS_SCHED_GET_PRIORITY_MAX = 125;
/** sched_get_priority_min(policy): 1 for SCHED_FIFO and SCHED_RR, 0 for the others. */
export const SYS_SCHED_GET_PRIORITY_MIN = 126;
/** sched_rr_get_interval(thread, time): The time slice of a hart. */
export const SYS_SCHED_RR_GET_INTERVAL = 127;
/** kill(pid, signal): A signal to a process, to a process group (0: the own one), or with -1 to every process but the own (docs/spec/signals.md). */
export const SYS_KILL = 129;
/** tkill(thread, signal): A signal to a thread of the own process, or to the first one of another. */
export const SYS_TKILL = 130;
/** tgkill(pid, thread, signal): A signal to a thread. */
export const SYS_TGKILL = 131;
/** sigaltstack(new, old): The stack for handlers with SA_ONSTACK. */
export const SYS_SIGALTSTACK = 132;
/** rt_sigsuspend(mask, bytes): Waits for a signal with another mask. */
export const SYS_RT_SIGSUSPEND = 133;
/** rt_sigaction(signal, new, old, bytes): The action of a signal. */
export const SYS_RT_SIGACTION = 134;
/** rt_sigprocmask(how, new, old, bytes): The signals that the thread blocks. */
export const SYS_RT_SIGPROCMASK = 135;
/** rt_sigpending(set, bytes): The blocked signals that are pending. */
export const SYS_RT_SIGPENDING = 136;
/** rt_sigtimedwait(set, siginfo, timeout, bytes): Takes a pending signal, or waits for one. */
export const SYS_RT_SIGTIMEDWAIT = 137;
/** rt_sigqueueinfo(pid, signal, siginfo): As kill, with the given siginfo. */
export const SYS_RT_SIGQUEUEINFO = 138;
/** rt_sigreturn(): The end of a handler. */
export const SYS_RT_SIGRETURN = 139;
/** setpriority(kind, who, priority): Priority 0. */
export const SYS_SETPRIORITY = 140;
/** getpriority(kind, who): Priority 0, as 20. */
export const SYS_GETPRIORITY = 141;
/** setregid(real, effective): Root stays root. */
export const SYS_SETREGID = 143;
/** setgid(group): Root stays root. */
export const SYS_SETGID = 144;
/** setreuid(real, effective): Root stays root. */
export const SYS_SETREUID = 145;
/** setuid(user): Root stays root. */
export const SYS_SETUID = 146;
/** setresuid(real, effective, saved): Root stays root. */
export const SYS_SETRESUID = 147;
/** getresuid(real, effective, saved): The one user is root. */
export const SYS_GETRESUID = 148;
/** setresgid(real, effective, saved): Root stays root. */
export const SYS_SETRESGID = 149;
/** getresgid(real, effective, saved): The one user is root. */
export const SYS_GETRESGID = 150;
/** setfsuid(user): Returns root, who stays. */
export const SYS_SETFSUID = 151;
/** setfsgid(group): Returns the group of root, which stays. */
export const SYS_SETFSGID = 152;
/** times(times): User and system time in ticks, and that of the children waited for. */
export const SYS_TIMES = 153;
/** setpgid(pid, group): The caller or a child of it joins a group of the caller or of its children, or begins one. */
export const SYS_SETPGID = 154;
/** getpgid(pid): The process group. The caller's child has it until it is waited for. */
export const SYS_GETPGID = 155;
/** getsid(pid): The session. A program that init starts has one of its own. */
export const SYS_GETSID = 156;
/** setsid(): A session and a group of its own. */
export const SYS_SETSID = 157;
/** getgroups(count, groups): No further groups. */
export const SYS_GETGROUPS = 158;
/** setgroups(count, groups): No further groups. */
export const SYS_SETGROUPS = 159;
/** uname(names): The names of the system. */
export const SYS_UNAME = 160;
/** getrlimit(resource, limit): As prlimit64. */
export const SYS_GETRLIMIT = 163;
/** setrlimit(resource, limit): The limit that holds already. */
export const SYS_SETRLIMIT = 164;
/** getrusage(whose, usage): User and system time of the process, the thread or the children waited for; the other fields are 0, ru_maxrss among them. */
export const SYS_GETRUSAGE = 165;
/** umask(mask): The mode bits that files and directories are made without. */
export const SYS_UMASK = 166;
/** prctl(option, argument): PR_SET_NAME and PR_GET_NAME: the name of the thread, which is empty at first. */
export const SYS_PRCTL = 167;
/** getcpu(hart, cluster): Where the thread runs: the number of the hart in the machine, and its cluster as the NUMA node. */
export const SYS_GETCPU = 168;
/** gettimeofday(time, zone): As clock_gettime. */
export const SYS_GETTIMEOFDAY = 169;
/** settimeofday(time, zone): Nothing. */
export const SYS_SETTIMEOFDAY = 170;
/** getpid(): The PID. */
export const SYS_GETPID = 172;
/** getppid(): The PID of the parent, 0 when it has ended. */
export const SYS_GETPPID = 173;
/** getuid(): The one user is root. */
export const SYS_GETUID = 174;
/** geteuid(): The one user is root. */
export const SYS_GETEUID = 175;
/** getgid(): The one user is root. */
export const SYS_GETGID = 176;
/** getegid(): The one user is root. */
export const SYS_GETEGID = 177;
/** gettid(): The thread's id. */
export const SYS_GETTID = 178;
/** sysinfo(info): Seconds since the machine began and the bytes of all banks. The other fields are 0, free memory among them. */
export const SYS_SYSINFO = 179;
/** brk(address): Moves the break in the 64 MiB that are kept for it. */
export const SYS_BRK = 214;
/** munmap(address, bytes): Whole vsegs or parts (vmm-policy 7.1). */
export const SYS_MUNMAP = 215;
/** mremap(address, bytes, new bytes, flags, new address): Another length, in place or with MREMAP_MAYMOVE elsewhere, or at a place with MREMAP_FIXED. */
export const SYS_MREMAP = 216;
/** clone(flags, stack, parent word, tls, child word): A thread with CLONE_THREAD, else a fork. With CLONE_VFORK the parent waits until the child execs or ends. The child has a copy of the memory, also with CLONE_VM: of what it writes before, the parent gets the 4,096 bytes from its stack pointer on, when the child ends without an exec. */
export const SYS_CLONE = 220;
/** execve(path, arguments, environment): A new image; the PID stays. */
export const SYS_EXECVE = 221;
/** mmap(address, bytes, prot, flags, fd, offset): Private memory, or pages of a file, shared or private; at a place with MAP_FIXED and MAP_FIXED_NOREPLACE, in the heap zone. */
export const SYS_MMAP = 222;
/** mprotect(address, bytes, prot): Rights of a range (vmm-policy 7.1). */
export const SYS_MPROTECT = 226;
/** msync(address, bytes, flags): Nothing: mappings and files are one. */
export const SYS_MSYNC = 227;
/** mincore(address, bytes, vector): Tells which pages have a frame. */
export const SYS_MINCORE = 232;
/** madvise(address, bytes, advice): MADV_DONTNEED and MADV_FREE take pages away; advice on reading, large pages and dumps asks for nothing. */
export const SYS_MADVISE = 233;
/** rt_tgsigqueueinfo(pid, thread, signal, siginfo): As tgkill, with the given siginfo. */
export const SYS_RT_TGSIGQUEUEINFO = 240;
/** riscv_hwprobe(pairs, count, bytes, harts, flags): What all harts can do: the extensions that the hardware has (emu/isa/extensions.ts), and that misaligned accesses are fast. */
export const SYS_RISCV_HWPROBE = 258;
/** riscv_flush_icache(first, end, flags): All harts of the process, or this one, fetch what is written now. */
export const SYS_RISCV_FLUSH_ICACHE = 259;
/** wait4(pid, status, options, usage): A child that has ended, or with WUNTRACED stopped, or with WCONTINUED gone on: any, by PID or by group, with its user time. WNOHANG. */
export const SYS_WAIT4 = 260;
/** prlimit64(pid, resource, new, old): The limits of stack, descriptors and address space. A call can set what holds already. */
export const SYS_PRLIMIT64 = 261;
/** renameat2(directory, path, other directory, other path, flags): Another name, in place of what has it; RENAME_NOREPLACE. */
export const SYS_RENAMEAT2 = 276;
/** getrandom(buffer, bytes, flags): A function of the seed. */
export const SYS_GETRANDOM = 278;
/** membarrier(command, flags): Memory is sequentially consistent: nothing is to be done, registered or not. */
export const SYS_MEMBARRIER = 283;
/** copy_file_range(in, position, out, position, bytes, flags): Bytes of a file to a file. */
export const SYS_COPY_FILE_RANGE = 285;
/** preadv2(fd, parts, count, position, 0, flags): As preadv, or with position -1 as readv; RWF_HIPRI, RWF_DSYNC and RWF_SYNC, which change nothing. */
export const SYS_PREADV2 = 286;
/** pwritev2(fd, parts, count, position, 0, flags): As pwritev, or with position -1 as writev; the flags of preadv2. */
export const SYS_PWRITEV2 = 287;
/** statx(directory, path, flags, mask, statx): As newfstatat, as a struct statx with the basic facts. */
export const SYS_STATX = 291;
/** clone3(arguments, bytes): As clone, with a stack's address and size. */
export const SYS_CLONE3 = 435;
/** faccessat2(directory, path, mode, flags): As faccessat; AT_EMPTY_PATH. */
export const SYS_FACCESSAT2 = 439;
/** fchmodat2(directory, path, mode, flags): As fchmodat; AT_EMPTY_PATH. */
export const SYS_FCHMODAT2 = 452;
/** thread_create(entry, argument, cxy): A thread in a cluster; -1: the least loaded one. */
export const SYS_THREAD_CREATE = 1024;
/** thread_join(thread, value): Waits for a thread. */
export const SYS_THREAD_JOIN = 1025;
/** cluster_count(): The number of clusters. */
export const SYS_CLUSTER_COUNT = 1026;
/** cluster_self(): The caller's cluster. */
export const SYS_CLUSTER_SELF = 1027;
/** program_threads(): The number of threads that the config wants. */
export const SYS_PROGRAM_THREADS = 1028;
/** remote_malloc(bytes, cxy): REMOTE memory in a cluster. */
export const SYS_REMOTE_MALLOC = 1029;
/** place_fork(cxy): The cluster of the thread's next fork or clone. */
export const SYS_PLACE_FORK = 1030;
/** cluster_info(cxy): The number of harts, with CLUSTER_MEMORY when it has a bank. */
export const SYS_CLUSTER_INFO = 1031;
/** get_home(address): The cluster of the page's frame; EFAULT where nothing is mapped, EAGAIN for a page that nobody has touched. */
export const SYS_GET_HOME = 1032;
/** sm_init(): sm_node_init (sm-dsm 2). */
export const SYS_SM_INIT = 1040;
/** sm_exit(): sm_node_exit. */
export const SYS_SM_EXIT = 1041;
/** sm_malloc(bytes): sm_malloc. */
export const SYS_SM_MALLOC = 1042;
/** sm_barrier(): sm_barrier. */
export const SYS_SM_BARRIER = 1043;
/** sm_bcast(value, root): sm_bcast. */
export const SYS_SM_BCAST = 1044;
/** sm_free(address): sm_free. */
export const SYS_SM_FREE = 1045;
/** sm_lock(lock): sm_lock. */
export const SYS_SM_LOCK = 1046;
/** sm_unlock(lock): sm_unlock. */
export const SYS_SM_UNLOCK = 1047;
/** sm_cond_wait(condition, lock): sm_cond_wait. */
export const SYS_SM_COND_WAIT = 1048;
/** sm_cond_wake(condition, all): 0 wakes one thread that waits for the condition, 1 wakes all. */
export const SYS_SM_COND_WAKE = 1049;
/** sm_stats(counts): The DSM counts of the node. */
export const SYS_SM_STATS = 1050;
/** sm_malloc_as(bytes, consistency): sm_malloc with a consistency, DSM_* of abi/policy.ts. */
export const SYS_SM_MALLOC_AS = 1051;
