/** Calls for files. */

import type { CallRow } from "./row.ts";

export const FILES_CALLS = {
    getcwd: {
        number: 17,
        args: "path, size",
        does: "The path of the working directory.",
        tests: ["linux/linux", "system/library-calls"],
    },
    dup: {
        number: 23,
        args: "fd",
        does: "The lowest free descriptor names the same open file.",
        tests: ["linux/linux"],
    },
    dup3: {
        number: 24,
        args: "fd, other, flags",
        does: "The other descriptor names the same open file.",
        tests: ["linux/linux"],
    },
    fcntl: {
        number: 25,
        args: "fd, command, argument",
        does: "F_DUPFD, F_DUPFD_CLOEXEC, F_GETFD, F_SETFD, F_GETFL, and F_SETFL of O_APPEND and O_NONBLOCK.",
        refuses: { F_SETLK: "EINVAL", F_SETFL_O_ASYNC: "EINVAL", F_SETFL_O_DIRECT: "EINVAL" },
        tests: ["system/library-calls"],
    },
    ioctl: {
        number: 29,
        args: "fd, request, argument",
        does: "No descriptor is a terminal: ENOTTY.",
        tests: ["system/library-calls"],
    },
    mkdirat: {
        number: 34,
        args: "directory, path, mode",
        does: "A directory. Its mode is taken: the one user is root.",
        tests: ["linux/linux"],
    },
    unlinkat: {
        number: 35,
        args: "directory, path, flags",
        does: "A file loses its name; with AT_REMOVEDIR an empty directory.",
        tests: ["linux/linux"],
    },
    chdir: {
        number: 49,
        args: "path",
        does: "The working directory.",
        tests: ["linux/linux"],
    },
    fchdir: {
        number: 50,
        args: "fd",
        does: "As chdir, to an open directory.",
        tests: ["linux/linux"],
    },
    renameat2: {
        number: 276,
        args: "directory, path, other directory, other path, flags",
        does: "Another name, in place of what has it; RENAME_NOREPLACE.",
        refuses: { RENAME_EXCHANGE: "EINVAL", RENAME_WHITEOUT: "EINVAL" },
        tests: ["linux/linux"],
    },
    faccessat: {
        number: 48,
        args: "directory, path, mode",
        does: "A file that is there has every right.",
        tests: ["system/file-names"],
    },
    openat: {
        number: 56,
        args: "directory, path, flags, mode",
        does: "The file of that name. O_CREAT makes it, O_TRUNC empties it, O_APPEND writes at its end.",
        refuses: { O_TMPFILE: "EOPNOTSUPP", O_PATH: "EINVAL", O_ASYNC: "EINVAL", O_DIRECT: "EINVAL" },
        tests: ["system/file-calls", "system/files"],
    },
    close: {
        number: 57,
        args: "fd",
        does: "The descriptor is free again.",
        tests: ["system/file-calls"],
    },
    pipe2: {
        number: 59,
        args: "fds, flags",
        does: "A pipe of 64 KiB; O_NONBLOCK and O_CLOEXEC.",
        refuses: { O_DIRECT: "EINVAL" },
        tests: ["linux/linux"],
    },
    getdents64: {
        number: 61,
        args: "fd, records, bytes",
        does: "Entries of the open directory from its position on.",
        tests: ["system/file-calls"],
    },
    lseek: {
        number: 62,
        args: "fd, offset, whence",
        does: "SEEK_SET, SEEK_CUR and SEEK_END.",
        tests: ["system/file-calls"],
    },
    read: {
        number: 63,
        args: "fd, buffer, bytes",
        does: "Bytes from the position on.",
        tests: ["system/file-calls"],
    },
    write: {
        number: 64,
        args: "fd, buffer, bytes",
        does: "Bytes to the position, or to the console.",
        tests: ["system/file-calls"],
    },
    readv: {
        number: 65,
        args: "fd, parts, count",
        does: "As read, into up to 1,024 parts.",
        tests: ["system/library-calls"],
    },
    writev: {
        number: 66,
        args: "fd, parts, count",
        does: "As write, from up to 1,024 parts.",
        tests: ["system/library-calls"],
    },
    readlinkat: {
        number: 78,
        args: "directory, path, buffer, bytes",
        does: "No file is a link: EINVAL.",
        tests: ["system/file-names"],
    },
    newfstatat: {
        number: 79,
        args: "directory, path, stat, flags",
        does: "The stat of a name, or with AT_EMPTY_PATH of a descriptor.",
        tests: ["system/file-names"],
    },
    fstat: {
        number: 80,
        args: "fd, stat",
        does: "The stat of an open file.",
        tests: ["system/file-calls"],
    },
} as const satisfies Readonly<Record<string, CallRow>>;
