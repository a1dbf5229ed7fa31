// Symbolic links: on a path's way and at its end, in every call that names a file.
// rules: F5.5
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void tell(const char *what, long result)
{
    printf("%s %ld %s\n", what, result, result < 0 ? strerror(errno) : "-");
    fflush(stdout);
}

static void opens(const char *path, int flags)
{
    char text[16] = "";
    int fd = open(path, flags, 0644);
    if (fd >= 0)
        read(fd, text, 15);
    printf("open %s %x: %s %s\n", path, flags, fd < 0 ? strerror(errno) : "ok", text);
    fflush(stdout);
    if (fd >= 0)
        close(fd);
}

static void stats(const char *path)
{
    struct stat s, l;
    int a = stat(path, &s), b = lstat(path, &l);
    printf("%s:", path);
    if (a == 0)
        printf(" stat %o", s.st_mode & S_IFMT);
    else
        printf(" stat %s", strerror(errno));
    if (b == 0)
        printf(" lstat %o %o size %ld links %ld", l.st_mode & S_IFMT, l.st_mode & 0777,
               S_ISLNK(l.st_mode) ? (long)l.st_size : 0, S_ISDIR(l.st_mode) ? 0 : (long)l.st_nlink);
    printf("\n");
    fflush(stdout);
}

static void reads(const char *path, int bytes)
{
    char to[200] = "";
    long got = readlink(path, to, bytes);
    printf("readlink %s %ld %s\n", path, got, got < 0 ? strerror(errno) : to);
    fflush(stdout);
}

static void make(const char *path, const char *text)
{
    int fd = open(path, O_CREAT | O_WRONLY | O_TRUNC, 0644);
    write(fd, text, strlen(text));
    close(fd);
}

int main(void)
{
    char name[100], target[100], large[1100];
    mkdir("links", 0755);
    chdir("links");
    mkdir("dir", 0755);
    mkdir("dir/sub", 0755);
    make("file", "first");
    make("dir/inner", "second");
    tell("symlink", symlink("file", "to-file"));
    tell("symlink", symlink("dir", "to-dir"));
    tell("symlink", symlink("../file", "dir/up"));
    tell("symlink", symlink("nowhere", "dangling"));
    tell("symlink", symlink("loop-b", "loop-a"));
    tell("symlink", symlink("loop-a", "loop-b"));
    tell("symlink", symlink("to-dir/sub/../inner", "far"));
    tell("symlink", symlink("dir/", "slash"));
    tell("symlink", symlink("file/", "file-slash"));
    tell("symlink", symlink("/", "root"));
    tell("exists", symlink("x", "to-file"));
    tell("empty", symlink("", "empty"));
    tell("no directory", symlink("x", "missing/link"));
    tell("slash", symlink("x", "new/"));
    tell("bad address", symlink((char *)8, "bad"));
    getcwd(target, sizeof target);
    strcat(target, "/dir/inner");
    tell("absolute", symlink(target, "absolute"));

    const char *paths[] = {"to-file", "to-dir", "dangling", "loop-a", "far", "to-dir/inner", "to-dir/up", "to-dir/", "to-file/",
                           "slash", "slash/", "file-slash", "root", "absolute", "dangling/", "to-dir/sub/.."};
    for (int i = 0; i < (int)(sizeof paths / sizeof paths[0]); i++)
        if (strcmp(paths[i], "absolute") != 0)
            stats(paths[i]);
    opens("to-file", O_RDONLY);
    opens("to-file", O_RDONLY | O_NOFOLLOW);
    opens("to-dir/inner", O_RDONLY | O_NOFOLLOW);
    opens("to-dir", O_RDONLY | O_NOFOLLOW);
    opens("to-dir", O_RDONLY | O_NOFOLLOW | O_DIRECTORY);
    opens("to-dir/", O_RDONLY | O_NOFOLLOW | O_DIRECTORY);
    opens("file", O_RDONLY | O_NOFOLLOW);
    opens("absolute", O_RDONLY);
    opens("far", O_RDONLY);
    opens("loop-a", O_RDONLY);
    opens("dangling", O_RDONLY);
    opens("dangling", O_RDWR | O_CREAT | O_EXCL);
    opens("dangling", O_RDWR | O_CREAT | O_NOFOLLOW);
    opens("dangling", O_RDWR | O_CREAT);
    stats("nowhere");
    reads("to-file", 100);
    reads("to-file", 2);
    reads("to-dir/up", 100);
    reads("file", 100);
    reads("to-dir/", 100);
    reads("missing", 100);
    reads("loop-a", 100);

    tell("mkdir", mkdir("to-dir", 0755));
    tell("mkdir", mkdir("to-dir/made", 0755));
    tell("rmdir", rmdir("to-dir"));
    tell("rmdir", rmdir("dir/made"));
    tell("access", access("to-file", R_OK));
    tell("access", access("loop-a", R_OK));
    tell("faccessat", faccessat(AT_FDCWD, "loop-a", F_OK, AT_SYMLINK_NOFOLLOW));
    tell("truncate", truncate("to-file", 2));
    stats("file");
    tell("chmod", chmod("to-file", 0600));
    struct stat s;
    stat("file", &s);
    printf("mode %o\n", s.st_mode & 0777);
    tell("utimensat", utimensat(AT_FDCWD, "to-file", (struct timespec[]){{5, 0}, {6, 0}}, AT_SYMLINK_NOFOLLOW));
    lstat("to-file", &s);
    printf("modified %ld\n", (long)s.st_mtim.tv_sec);
    stat("to-file", &s);
    printf("modified %d\n", s.st_mtim.tv_sec == 6);
    tell("rename", rename("to-file", "renamed"));
    reads("renamed", 100);
    tell("rename over", rename("file", "renamed"));
    stats("renamed");
    tell("unlink", unlink("to-dir"));
    stats("dir");
    tell("chdir", chdir("slash"));
    opens("up", O_RDONLY);
    chdir("..");
    tell("unlink directory", unlink("slash/"));

    // 40 links are followed, 41 are not.
    make("l0", "forty");
    for (int i = 1; i <= 41; i++) {
        sprintf(name, "l%d", i);
        sprintf(target, "l%d", i - 1);
        symlink(target, name);
    }
    opens("l40", O_RDONLY);
    opens("l41", O_RDONLY);

    DIR *directory = opendir(".");
    int kinds = 0;
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;)
        kinds += entry->d_type == DT_LNK;
    closedir(directory);
    printf("links %d\n", kinds);

    memset(large, 'a', 1000);
    for (int i = 100; i < 1000; i += 100)
        large[i] = '/';
    large[1000] = 0;
    tell("large", symlink(large, "large"));
    printf("length %ld\n", (long)readlink("large", large, sizeof large));
    chdir("..");
    return 0;
}
