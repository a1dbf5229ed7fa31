/** Writes cpio archives in the "newc" format (cpio(5)): the initial RAM disk that the kernel reads. */

export interface ArchiveFile {
    readonly name: string;
    readonly bytes: Uint8Array;
}

export interface Archive {
    readonly bytes: Uint8Array;
    /** Offset of each file's content, in the order of the files. */
    readonly offsets: readonly number[];
}

const HEADER_BYTES = 110;
const REGULAR_FILE = 0o100644;
const TRAILER = "TRAILER!!!";

/** An archive of the files, in order. Times are 0: the same files give the same bytes. */
export function writeCpio(files: readonly ArchiveFile[]): Archive {
    const parts: Uint8Array[] = [];
    const offsets: number[] = [];
    let length = 0;
    const add = (bytes: Uint8Array) => {
        parts.push(bytes, new Uint8Array(-bytes.length & 3));
        length += (bytes.length + 3) & ~3;
    };
    for (const [index, { name, bytes }] of files.entries()) {
        add(header(index + 1, name, bytes.length));
        offsets.push(length);
        add(bytes);
    }
    add(header(0, TRAILER, 0));
    const whole = new Uint8Array(length);
    let at = 0;
    for (const part of parts) {
        whole.set(part, at);
        at += part.length;
    }
    return { bytes: whole, offsets };
}

/** Header and name. Fields: ino, mode, uid, gid, nlink, mtime, filesize, devmajor/minor, rdevmajor/minor, namesize, check. */
function header(inode: number, name: string, size: number): Uint8Array {
    const text = new TextEncoder().encode(`${name}\0`);
    const fields = [inode, inode === 0 ? 0 : REGULAR_FILE, 0, 0, 1, 0, size, 0, 0, 0, 0, text.length, 0];
    const start = `070701${fields.map((field) => field.toString(16).padStart(8, "0")).join("")}`;
    const bytes = new Uint8Array(HEADER_BYTES + text.length);
    bytes.set(new TextEncoder().encode(start));
    bytes.set(text, HEADER_BYTES);
    return bytes;
}
