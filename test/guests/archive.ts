/** An initial RAM disk for Linux: a cpio archive in the "newc" format (Documentation/driver-api/early-userspace/buffer-format.rst). */

export interface ArchiveEntry {
    /** Without a leading slash. */
    readonly name: string;
    readonly content?: Uint8Array | string;
    /** A symbolic link's target. */
    readonly target?: string;
    /** A character device's numbers. */
    readonly device?: readonly [major: number, minor: number];
}

const DIRECTORY = 0o040755;
const EXECUTABLE = 0o100755;
const LINK = 0o120777;
const CHARACTER_DEVICE = 0o020600;

/** The archive's bytes. Folders of entries are made by themselves. */
export function archive(entries: readonly ArchiveEntry[]): Uint8Array {
    const parts: Uint8Array[] = [];
    const folders = new Set<string>();
    let inode = 1;
    const add = (name: string, mode: number, content: Uint8Array, device: readonly number[] = [0, 0]) => {
        const named = new TextEncoder().encode(`${name}\0`);
        const [major = 0, minor = 0] = device;
        const fields = [inode++, mode, 0, 0, 1, 0, content.length, 0, 0, major, minor, named.length, 0];
        const header = `070701${fields.map((field) => field.toString(16).padStart(8, "0")).join("")}`;
        const head = padded(Uint8Array.from([...new TextEncoder().encode(header), ...named]));
        parts.push(head, padded(content));
    };
    const addFolders = (name: string) => {
        const steps = name.split("/").slice(0, -1);
        for (let i = 1; i <= steps.length; i++) {
            const folder = steps.slice(0, i).join("/");
            if (folders.has(folder)) continue;
            folders.add(folder);
            add(folder, DIRECTORY, new Uint8Array(0));
        }
    };
    for (const { name, content, target, device } of entries) {
        addFolders(name);
        if (target !== undefined) add(name, LINK, new TextEncoder().encode(target));
        else if (device !== undefined) add(name, CHARACTER_DEVICE, new Uint8Array(0), device);
        else
            add(
                name,
                EXECUTABLE,
                typeof content === "string" ? new TextEncoder().encode(content) : (content ?? new Uint8Array(0)),
            );
    }
    add("TRAILER!!!", 0, new Uint8Array(0));
    return joined(parts);
}

function padded(bytes: Uint8Array): Uint8Array {
    const whole = new Uint8Array(Math.ceil(bytes.length / 4) * 4);
    whole.set(bytes);
    return whole;
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
    const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const part of parts) {
        whole.set(part, at);
        at += part.length;
    }
    return whole;
}
