// Random system calls for files, pipes and polls (chaos.ts).
import { O_APPEND, O_CREAT, O_NONBLOCK, O_RDWR, O_TRUNC } from "../../../kernel/abi/file";
import {
    SYS_CLOSE,
    SYS_FSTAT,
    SYS_GETDENTS64,
    SYS_LINKAT,
    SYS_LSEEK,
    SYS_MMAP,
    SYS_OPENAT,
    SYS_PIPE2,
    SYS_PPOLL,
    SYS_PSELECT6,
    SYS_READ,
    SYS_SYMLINKAT,
    SYS_UNLINKAT,
    SYS_WRITE,
} from "../../../kernel/abi/syscalls";
import { ecall } from "../../../userland/lib/hal";
import { call, descriptor, kept, name, names, near, pointer, size, soon } from "./chaos-arguments";
import { random } from "./race-kit";

const AT_FDCWD: u64 = 0xffff_ffff_ffff_ff9c;

export function file_call(w: u32): void {
    switch (random(w, 13)) {
        case 0:
        case 1: {
            const flags = random(w, 4) * O_CREAT + random(w, 2) * O_TRUNC + random(w, 2) * O_APPEND;
            const at = name(w);
            // Programs are opened to be read only: who writes to them changes what others become.
            const program = at == load<u32>(names, 16);
            call(SYS_OPENAT, AT_FDCWD, at, program ? 0 : (flags & (O_CREAT | O_TRUNC | O_APPEND)) | O_RDWR, 0);
            break;
        }
        case 2:
            call(SYS_CLOSE, descriptor(w), 0, 0, 0);
            break;
        case 3:
            call(SYS_READ, descriptor(w), pointer(w), size(w), 0);
            break;
        case 4:
            call(SYS_WRITE, descriptor(w), pointer(w), near(w), 0);
            break;
        case 5:
            call(SYS_LSEEK, descriptor(w), near(w), random(w, 4), 0);
            break;
        case 6:
            call(SYS_GETDENTS64, descriptor(w), pointer(w), size(w), 0);
            break;
        case 7:
            call(SYS_FSTAT, descriptor(w), pointer(w), 0, 0);
            break;
        case 8:
            // Children may read pipes that nobody writes: they do not wait.
            call(SYS_PIPE2, pointer(w), O_NONBLOCK, 0, 0);
            break;
        case 9:
            poll_call(w);
            break;
        case 10:
            // A link to a program would let others write to that.
            call(SYS_SYMLINKAT, load<u32>(names + (random(w, 3) << 2)), AT_FDCWD, name(w), 0);
            break;
        case 11:
            link_call(w);
            break;
        default:
            ecall(SYS_MMAP, 0, near(w), random(w, 4), 1, descriptor(w), (<u64>random(w, 3)) << 12);
    }
}

/** A further name of a file or link, or a name that goes. Programs keep theirs, and get no other. */
function link_call(w: u32): void {
    const to = name(w);
    const from = load<u32>(names + (random(w, 3) << 2));
    if (random(w, 3) == 0) call(SYS_UNLINKAT, AT_FDCWD, from, 0, 0);
    else ecall(SYS_LINKAT, AT_FDCWD, from, AT_FDCWD, to, random(w, 2) << 10, 0);
}

/** A poll of some descriptors, whose array other threads write meanwhile, or a select of sets as they lie there. It does not wait long. */
function poll_call(w: u32): void {
    const at = random(w, 8) == 0 ? pointer(w) : kept(w);
    if (random(w, 2) == 0) {
        ecall(SYS_PSELECT6, random(w, 40), at, pointer(w), pointer(w), soon, 0);
        return;
    }
    for (let i: u32 = 0; i < 4 && (at & 4095) == 0; i++)
        store<u64>(<usize>at + (i << 3), random(w, 16) | ((<u64>random(w, 512)) << 32));
    ecall(SYS_PPOLL, at, random(w, 6), soon, random(w, 4) == 0 ? pointer(w) : 0, random(w, 2) << 3, 0);
}
