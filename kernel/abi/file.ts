// Limits of files, and flags with the values of Linux.
/** Bytes of a name and of a path, each with its NUL. */
export const NAME_BYTES = 256;
export const PATH_BYTES = 4096;
export const O_ACCMODE = 3;
export const O_RDONLY = 0;
export const O_WRONLY = 1;
export const O_RDWR = 2;
export const O_CREAT = 64;
export const O_EXCL = 128;
export const O_NOCTTY = 256;
export const O_TRUNC = 512;
export const O_APPEND = 1024;
export const O_NONBLOCK = 2048;
export const O_ASYNC = 8192;
export const O_DIRECT = 16384;
export const O_LARGEFILE = 32768;
export const O_DIRECTORY = 65536;
export const O_NOFOLLOW = 0x20000;
export const O_CLOEXEC = 0x80000;
export const O_PATH = 0x200000;
export const O_TMPFILE = 0x400000;
export const SEEK_SET = 0;
export const SEEK_CUR = 1;
export const SEEK_END = 2;
