// exit (93) of a process's only thread ends the process with its status. exit_group gives the low byte of its status.
// exit: 3
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
    int status;
    if (fork() == 0)
        syscall(SYS_exit, 0x107);
    wait(&status);
    printf("%x\n", status);
    if (fork() == 0)
        syscall(SYS_exit_group, 0x1234);
    wait(&status);
    printf("%x\n", status);
    fflush(stdout);
    syscall(SYS_exit, 3);
}
