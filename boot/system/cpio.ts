/**
 * Writes cpio archives in the "newc" format (cpio(5)), the initial RAM disk that the kernel reads. All names of up to 63 bytes take the same room, and every
 * content is aligned. So the name of a file moves nothing and changes no guest's cycles.
 */

export interface ArchiveFile {
    readonly name: string;
    readonly bytes: Uint8Array;
}

export interface Archive {
    readonly bytes: Uint8Array;
    /** The offset of each file's content, in the order of the files. */
    readonly offsets: readonly number[];
}

const HEADER_BYTES = 110;
/** The alignment of content in bytes, more than any copy loop of the kernel asks for. */
const CONTENT_ALIGNMENT = 16;
/** The room of every name, but of a longer one. */
export const NAME_ROOM = 64;
const REGULAR_FILE = 0o100644;
const TRAILER = "TRAILER!!!";

/** An archive of the files, in order. Times are 0, so the same files give the same bytes. */
export function writeCpio(files: readonly ArchiveFile[]): Archive {
    const parts: Uint8Array[] = [];
    const offsets: number[] = [];
    let length = 0;
    const add = (bytes: Uint8Array) => {
        parts.push(bytes, new Uint8Array(-bytes.length & 3));
        length += (bytes.length + 3) & ~3;
    };
    for (const [index, { name, bytes }] of files.entries()) {
        add(header(index + 1, name, bytes.length, length));
        offsets.push(length);
        add(bytes);
    }
    add(header(0, TRAILER, 0, length));
    const whole = new Uint8Array(length);
    let at = 0;
    for (const part of parts) {
        whole.set(part, at);
        at += part.length;
    }
    return { bytes: whole, offsets };
}

/**
 * Header and name, at offset `at`. The fields are ino, mode, uid, gid, nlink, mtime, filesize, devmajor/minor, rdevmajor/minor, namesize,
 * check. The name is filled up with NULs, which namesize counts, to the place where the content begins.
 */
function header(inode: number, name: string, size: number, at: number): Uint8Array {
    const content = alignUp(
        at + HEADER_BYTES + Math.max(NAME_ROOM, new TextEncoder().encode(name).length + 1),
        CONTENT_ALIGNMENT,
    );
    const room = content - at - HEADER_BYTES;
    const fields = [inode, inode === 0 ? 0 : REGULAR_FILE, 0, 0, 1, 0, size, 0, 0, 0, 0, room, 0];
    const start = `070701${fields.map((field) => field.toString(16).padStart(8, "0")).join("")}`;
    const bytes = new Uint8Array(HEADER_BYTES + room);
    bytes.set(new TextEncoder().encode(start));
    bytes.set(new TextEncoder().encode(name), HEADER_BYTES);
    return bytes;
}

function alignUp(offset: number, alignment: number): number {
    return Math.ceil(offset / alignment) * alignment;
}
