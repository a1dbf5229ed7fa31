// Limits of files, and flags with the values of Linux.
export const DIRENT_NAME_SIZE = 64;
export const O_ACCMODE = 3;
export const O_RDONLY = 0;
export const O_WRONLY = 1;
export const O_RDWR = 2;
export const O_CREAT = 64;
export const O_TRUNC = 512;
export const O_APPEND = 1024;
export const O_DIRECTORY = 65536;
export const SEEK_SET = 0;
export const SEEK_CUR = 1;
export const SEEK_END = 2;
