// Shared and private mappings of a file: stores, forks, ends of files.
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE 4096

static int fd;

static void show(const char *what)
{
    char text[8] = "";
    lseek(fd, 0, SEEK_SET);
    read(fd, text, 4);
    printf("%s: file %s\n", what, text);
    fflush(stdout);
}

int main(void)
{
    int status;
    fd = open("mapped.bin", O_RDWR | O_CREAT | O_TRUNC, 0644);
    char page[PAGE];
    memset(page, 'a', PAGE);
    write(fd, page, PAGE);
    write(fd, page, 100);
    lseek(fd, 0, SEEK_SET);
    write(fd, "orig", 4);

    char *own = mmap(0, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
    char *shared = mmap(0, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    printf("%.4s %.4s\n", own, shared);
    own[0] = 'X';
    show("a private store");
    printf("%.4s %.4s\n", own, shared);
    shared[1] = 'Y';
    show("a shared store");
    printf("behind the end %d %d\n", own[PAGE + 99], own[PAGE + 100]);

    fflush(stdout);
    if (fork() == 0) {
        own[2] = 'C';
        shared[3] = 'D';
        printf("child %.4s %.4s\n", own, shared);
        fflush(stdout);
        _exit(0);
    }
    wait(&status);
    printf("parent %.4s %.4s\n", own, shared);

    char *reading = mmap(0, PAGE, PROT_READ, MAP_PRIVATE, fd, PAGE);
    printf("second page %c, opened %d\n", reading[5], mprotect(reading, PAGE, PROT_READ | PROT_WRITE));
    reading[5] = 'Z';
    printf("second page %c, shared %c\n", reading[5], shared[PAGE + 5]);
    fflush(stdout);
    if (fork() == 0) {
        char *far = mmap(0, 4 * PAGE, PROT_READ, MAP_PRIVATE, fd, 0);
        _exit(far[3 * PAGE]);
    }
    wait(&status);
    printf("a page behind the end: signal %d\n", WTERMSIG(status));
    munmap(own, PAGE);
    munmap(shared, 2 * PAGE);
    show("unmapped");
    return 0;
}
