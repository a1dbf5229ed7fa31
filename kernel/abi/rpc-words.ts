// Generated from boot/abi/operations.ts by `npm run generate`: the positions of arguments and results in the words of a request.
// RPC_FRAME_ALLOC (cxy, kind, pid, zeroed): ppn
export const FRAME_ALLOC_CXY = 0;
export const FRAME_ALLOC_KIND = 1;
export const FRAME_ALLOC_PID = 2;
export const FRAME_ALLOC_ZEROED = 3;
export const FRAME_ALLOC_PPN = 0;
// RPC_BANK_FREE (cxy): frames
export const BANK_FREE_CXY = 0;
export const BANK_FREE_FRAMES = 0;
// RPC_VSEG_NEXT (pid, vpn): as RPC_GET_VSEG
export const VSEG_NEXT_PID = 0;
export const VSEG_NEXT_VPN = 1;
// RPC_FRAME_FREE (ppn)
export const FRAME_FREE_PPN = 0;
// RPC_GET_VSEG (pid, vpn, sharer): found, attributes, pages, content, contentBytes, file, filePage
export const GET_VSEG_PID = 0;
export const GET_VSEG_VPN = 1;
export const GET_VSEG_SHARER = 2;
export const GET_VSEG_FOUND = 0;
export const GET_VSEG_ATTRIBUTES = 1;
export const GET_VSEG_PAGES = 2;
export const GET_VSEG_CONTENT = 3;
export const GET_VSEG_CONTENT_BYTES = 4;
export const GET_VSEG_FILE = 5;
export const GET_VSEG_FILE_PAGE = 6;
// RPC_TAKE_PAGE (pid, vpn, access, sharer): outcome
export const TAKE_PAGE_PID = 0;
export const TAKE_PAGE_VPN = 1;
export const TAKE_PAGE_ACCESS = 2;
export const TAKE_PAGE_SHARER = 3;
export const TAKE_PAGE_OUTCOME = 0;
// RPC_GET_PAGE (pid, vpn, access, sharer): outcome, table
export const GET_PAGE_PID = 0;
export const GET_PAGE_VPN = 1;
export const GET_PAGE_ACCESS = 2;
export const GET_PAGE_SHARER = 3;
export const GET_PAGE_OUTCOME = 0;
export const GET_PAGE_TABLE = 1;
// RPC_INVALIDATE (pid, vpn, pte)
export const INVALIDATE_PID = 0;
export const INVALIDATE_VPN = 1;
export const INVALIDATE_PTE = 2;
// RPC_MMAP (pid, place, pages, attributes, cxy, file, filePage): address
export const MMAP_PID = 0;
export const MMAP_PLACE = 1;
export const MMAP_PAGES = 2;
export const MMAP_ATTRIBUTES = 3;
export const MMAP_CXY = 4;
export const MMAP_FILE = 5;
export const MMAP_FILE_PAGE = 6;
export const MMAP_ADDRESS = 0;
// RPC_MREMAP (pid, first, pages, newPages, place, how): answer
export const MREMAP_PID = 0;
export const MREMAP_FIRST = 1;
export const MREMAP_PAGES = 2;
export const MREMAP_NEW_PAGES = 3;
export const MREMAP_PLACE = 4;
export const MREMAP_HOW = 5;
export const MREMAP_ANSWER = 0;
// RPC_DROP_PAGES (pid, first, end): answer
export const DROP_PAGES_PID = 0;
export const DROP_PAGES_FIRST = 1;
export const DROP_PAGES_END = 2;
export const DROP_PAGES_ANSWER = 0;
// RPC_RESIDENCE (pid, first, count): mapped, resident, ppn
export const RESIDENCE_PID = 0;
export const RESIDENCE_FIRST = 1;
export const RESIDENCE_COUNT = 2;
export const RESIDENCE_MAPPED = 0;
export const RESIDENCE_RESIDENT = 1;
export const RESIDENCE_PPN = 2;
// RPC_MMAP_FIXED (pid, place, pages, attributes, cxy, file, filePage): answer
export const MMAP_FIXED_PID = 0;
export const MMAP_FIXED_PLACE = 1;
export const MMAP_FIXED_PAGES = 2;
export const MMAP_FIXED_ATTRIBUTES = 3;
export const MMAP_FIXED_CXY = 4;
export const MMAP_FIXED_FILE = 5;
export const MMAP_FIXED_FILE_PAGE = 6;
export const MMAP_FIXED_ANSWER = 0;
// RPC_FRAME_SHARE (ppn)
export const FRAME_SHARE_PPN = 0;
// RPC_FRAME_OWNERS (ppn): owners
export const FRAME_OWNERS_PPN = 0;
export const FRAME_OWNERS_OWNERS = 0;
// RPC_MUNMAP (pid, first, end): answer
export const MUNMAP_PID = 0;
export const MUNMAP_FIRST = 1;
export const MUNMAP_END = 2;
export const MUNMAP_ANSWER = 0;
// RPC_INVALIDATE_RANGE (pid, first, end, rights)
export const INVALIDATE_RANGE_PID = 0;
export const INVALIDATE_RANGE_FIRST = 1;
export const INVALIDATE_RANGE_END = 2;
export const INVALIDATE_RANGE_RIGHTS = 3;
// RPC_MPROTECT (pid, first, end, rights): answer
export const MPROTECT_PID = 0;
export const MPROTECT_FIRST = 1;
export const MPROTECT_END = 2;
export const MPROTECT_RIGHTS = 3;
export const MPROTECT_ANSWER = 0;
// RPC_BRK (pid, address): answer
export const BRK_PID = 0;
export const BRK_ADDRESS = 1;
export const BRK_ANSWER = 0;
// RPC_HOLD_END (pid, vpn)
export const HOLD_END_PID = 0;
export const HOLD_END_VPN = 1;
// RPC_SET_ENTRY (pid, vpn, pte)
export const SET_ENTRY_PID = 0;
export const SET_ENTRY_VPN = 1;
export const SET_ENTRY_PTE = 2;
// RPC_STACK_OWNER (pid, slot): id
export const STACK_OWNER_PID = 0;
export const STACK_OWNER_SLOT = 1;
export const STACK_OWNER_ID = 0;
// RPC_AWAIT_CHANGE (pid, vpn)
export const AWAIT_CHANGE_PID = 0;
export const AWAIT_CHANGE_VPN = 1;
// RPC_ICACHE (pid)
export const ICACHE_PID = 0;
// RPC_ICACHE_HERE (pid)
export const ICACHE_HERE_PID = 0;
// RPC_PROCESS_CREATE (program): pid
export const PROCESS_CREATE_PROGRAM = 0;
export const PROCESS_CREATE_PID = 0;
// RPC_PROCESS_ATTACH (pid, cxy, counted): alive, program, programThreads, group, node, parent, descriptor, inheritedSlot
export const PROCESS_ATTACH_PID = 0;
export const PROCESS_ATTACH_CXY = 1;
export const PROCESS_ATTACH_COUNTED = 2;
export const PROCESS_ATTACH_ALIVE = 0;
export const PROCESS_ATTACH_PROGRAM = 1;
export const PROCESS_ATTACH_PROGRAM_THREADS = 2;
export const PROCESS_ATTACH_GROUP = 3;
export const PROCESS_ATTACH_NODE = 4;
export const PROCESS_ATTACH_PARENT = 5;
export const PROCESS_ATTACH_DESCRIPTOR = 6;
export const PROCESS_ATTACH_INHERITED_SLOT = 7;
// RPC_ATTACH_VSEGS (pid, vpn, buffer): count, next
export const ATTACH_VSEGS_PID = 0;
export const ATTACH_VSEGS_VPN = 1;
export const ATTACH_VSEGS_BUFFER = 2;
export const ATTACH_VSEGS_COUNT = 0;
export const ATTACH_VSEGS_NEXT = 1;
// RPC_ATTACH_LATER (process)
export const ATTACH_LATER_PROCESS = 0;
// RPC_PROCESS_KILL (pid, code, signal)
export const PROCESS_KILL_PID = 0;
export const PROCESS_KILL_CODE = 1;
export const PROCESS_KILL_SIGNAL = 2;
// RPC_KILL_LOCAL (pid)
export const KILL_LOCAL_PID = 0;
// RPC_FREE_LOCAL (pid): user, system
export const FREE_LOCAL_PID = 0;
export const FREE_LOCAL_USER = 0;
export const FREE_LOCAL_SYSTEM = 1;
// RPC_FREE_BEGIN (pid): begun
export const FREE_BEGIN_PID = 0;
export const FREE_BEGIN_BEGUN = 0;
// RPC_FREE_LATER (pid)
export const FREE_LATER_PID = 0;
// RPC_LOCAL_FREED (pid, user, system)
export const LOCAL_FREED_PID = 0;
export const LOCAL_FREED_USER = 1;
export const LOCAL_FREED_SYSTEM = 2;
// RPC_THREAD_CREATE (pid, reference, entry, a0, a1, mask): id
export const THREAD_CREATE_PID = 0;
export const THREAD_CREATE_REFERENCE = 1;
export const THREAD_CREATE_ENTRY = 2;
export const THREAD_CREATE_A0 = 3;
export const THREAD_CREATE_A1 = 4;
export const THREAD_CREATE_MASK = 5;
export const THREAD_CREATE_ID = 0;
// RPC_THREAD_REGISTER (pid): alive
export const THREAD_REGISTER_PID = 0;
export const THREAD_REGISTER_ALIVE = 0;
// RPC_THREAD_GONE (pid, status)
export const THREAD_GONE_PID = 0;
export const THREAD_GONE_STATUS = 1;
// RPC_THREAD_JOIN (pid, id, joiner): error
export const THREAD_JOIN_PID = 0;
export const THREAD_JOIN_ID = 1;
export const THREAD_JOIN_JOINER = 2;
export const THREAD_JOIN_ERROR = 0;
// RPC_THREAD_CLONE (pid, reference, from, wish, set, id): made
export const THREAD_CLONE_PID = 0;
export const THREAD_CLONE_REFERENCE = 1;
export const THREAD_CLONE_FROM = 2;
export const THREAD_CLONE_WISH = 3;
export const THREAD_CLONE_SET = 4;
export const THREAD_CLONE_ID = 5;
export const THREAD_CLONE_MADE = 0;
// RPC_THREAD_RESERVE (pid, reference, from, wish, vsegs): made
export const THREAD_RESERVE_PID = 0;
export const THREAD_RESERVE_REFERENCE = 1;
export const THREAD_RESERVE_FROM = 2;
export const THREAD_RESERVE_WISH = 3;
export const THREAD_RESERVE_VSEGS = 4;
export const THREAD_RESERVE_MADE = 0;
// RPC_THREAD_LAUNCH (thread)
export const THREAD_LAUNCH_THREAD = 0;
// RPC_THREAD_CANCEL (thread, moved): error
export const THREAD_CANCEL_THREAD = 0;
export const THREAD_CANCEL_MOVED = 1;
export const THREAD_CANCEL_ERROR = 0;
// RPC_THREAD_ASK (pid, id, what, set): error, moved
export const THREAD_ASK_PID = 0;
export const THREAD_ASK_ID = 1;
export const THREAD_ASK_WHAT = 2;
export const THREAD_ASK_SET = 3;
export const THREAD_ASK_ERROR = 0;
export const THREAD_ASK_MOVED = 1;
// RPC_THREAD_FORGET (pid, id)
export const THREAD_FORGET_PID = 0;
export const THREAD_FORGET_ID = 1;
// RPC_USAGE (pid): user, system, childrenUser, childrenSystem
export const USAGE_PID = 0;
export const USAGE_USER = 0;
export const USAGE_SYSTEM = 1;
export const USAGE_CHILDREN_USER = 2;
export const USAGE_CHILDREN_SYSTEM = 3;
// RPC_USAGE_HERE (pid): user, system
export const USAGE_HERE_PID = 0;
export const USAGE_HERE_USER = 0;
export const USAGE_HERE_SYSTEM = 1;
// RPC_FUTEX_WAIT (owner, address, expected, thread, mask): error
export const FUTEX_WAIT_OWNER = 0;
export const FUTEX_WAIT_ADDRESS = 1;
export const FUTEX_WAIT_EXPECTED = 2;
export const FUTEX_WAIT_THREAD = 3;
export const FUTEX_WAIT_MASK = 4;
export const FUTEX_WAIT_ERROR = 0;
// RPC_FUTEX_WAKE (owner, from, count, toOwner, to, moved, expected, mask): woken
export const FUTEX_WAKE_OWNER = 0;
export const FUTEX_WAKE_FROM = 1;
export const FUTEX_WAKE_COUNT = 2;
export const FUTEX_WAKE_TO_OWNER = 3;
export const FUTEX_WAKE_TO = 4;
export const FUTEX_WAKE_MOVED = 5;
export const FUTEX_WAKE_EXPECTED = 6;
export const FUTEX_WAKE_MASK = 7;
export const FUTEX_WAKE_WOKEN = 0;
// RPC_FUTEX_CANCEL (thread, owner, address): found
export const FUTEX_CANCEL_THREAD = 0;
export const FUTEX_CANCEL_OWNER = 1;
export const FUTEX_CANCEL_ADDRESS = 2;
export const FUTEX_CANCEL_FOUND = 0;
// RPC_FORK_BEGIN (pid): descriptor
export const FORK_BEGIN_PID = 0;
export const FORK_BEGIN_DESCRIPTOR = 0;
// RPC_FORK_END (pid)
export const FORK_END_PID = 0;
// RPC_FORK (parent, reference, thread, root, wish): pid
export const FORK_PARENT = 0;
export const FORK_REFERENCE = 1;
export const FORK_THREAD = 2;
export const FORK_ROOT = 3;
export const FORK_WISH = 4;
export const FORK_PID = 0;
// RPC_WAIT (pid, kind, number, blocks, options, thread): status, pending, user, system
export const WAIT_PID = 0;
export const WAIT_KIND = 1;
export const WAIT_NUMBER = 2;
export const WAIT_BLOCKS = 3;
export const WAIT_OPTIONS = 4;
export const WAIT_THREAD = 5;
export const WAIT_STATUS = 0;
export const WAIT_PENDING = 1;
export const WAIT_USER = 2;
export const WAIT_SYSTEM = 3;
// RPC_CHILD_CHANGED (parent, pid, status, birth, user, system): as RPC_SIGNAL_POST
export const CHILD_CHANGED_PARENT = 0;
export const CHILD_CHANGED_PID = 1;
export const CHILD_CHANGED_STATUS = 2;
export const CHILD_CHANGED_BIRTH = 3;
export const CHILD_CHANGED_USER = 4;
export const CHILD_CHANGED_SYSTEM = 5;
// RPC_EXEC (pid, inode, strings, mask): error
export const EXEC_PID = 0;
export const EXEC_INODE = 1;
export const EXEC_STRINGS = 2;
export const EXEC_MASK = 3;
export const EXEC_ERROR = 0;
// RPC_FORK_VSEG (parent, vpn): as RPC_GET_VSEG
export const FORK_VSEG_PARENT = 0;
export const FORK_VSEG_VPN = 1;
// RPC_FORK_CHILD (parent, pid): birth
export const FORK_CHILD_PARENT = 0;
export const FORK_CHILD_PID = 1;
export const FORK_CHILD_BIRTH = 0;
// RPC_THREAD_JOIN_CANCEL (pid, id, joiner)
export const THREAD_JOIN_CANCEL_PID = 0;
export const THREAD_JOIN_CANCEL_ID = 1;
export const THREAD_JOIN_CANCEL_JOINER = 2;
// RPC_WAIT_CANCEL (pid, thread)
export const WAIT_CANCEL_PID = 0;
export const WAIT_CANCEL_THREAD = 1;
// RPC_GROUP_OF (pid): group, session
export const GROUP_OF_PID = 0;
export const GROUP_OF_GROUP = 0;
export const GROUP_OF_SESSION = 1;
// RPC_GROUP_SET (pid, group, session): parent, birth
export const GROUP_SET_PID = 0;
export const GROUP_SET_GROUP = 1;
export const GROUP_SET_SESSION = 2;
export const GROUP_SET_PARENT = 0;
export const GROUP_SET_BIRTH = 1;
// RPC_CHILD_GROUP (parent, birth, child, group): has
export const CHILD_GROUP_PARENT = 0;
export const CHILD_GROUP_BIRTH = 1;
export const CHILD_GROUP_CHILD = 2;
export const CHILD_GROUP_GROUP = 3;
export const CHILD_GROUP_HAS = 0;
// RPC_FAMILY_HAS (pid, group): known
export const FAMILY_HAS_PID = 0;
export const FAMILY_HAS_GROUP = 1;
export const FAMILY_HAS_KNOWN = 0;
// RPC_GROUP_NEXT (group, from): pid, slot, parent, state
export const GROUP_NEXT_GROUP = 0;
export const GROUP_NEXT_FROM = 1;
export const GROUP_NEXT_PID = 0;
export const GROUP_NEXT_SLOT = 1;
export const GROUP_NEXT_PARENT = 2;
export const GROUP_NEXT_STATE = 3;
// RPC_VFORK_DONE (parent, token, page, bytes): taken
export const VFORK_DONE_PARENT = 0;
export const VFORK_DONE_TOKEN = 1;
export const VFORK_DONE_PAGE = 2;
export const VFORK_DONE_BYTES = 3;
export const VFORK_DONE_TAKEN = 0;
// RPC_PROCESS_IS_ALIVE (pid, birth): answer
export const PROCESS_IS_ALIVE_PID = 0;
export const PROCESS_IS_ALIVE_BIRTH = 1;
export const PROCESS_IS_ALIVE_ANSWER = 0;
// RPC_SIGNAL_POST (pid, signal, code, sender, value, thread): offer, outcome, active0, active1, active2, active3, parent, round
export const SIGNAL_POST_PID = 0;
export const SIGNAL_POST_SIGNAL = 1;
export const SIGNAL_POST_CODE = 2;
export const SIGNAL_POST_SENDER = 3;
export const SIGNAL_POST_VALUE = 4;
export const SIGNAL_POST_THREAD = 5;
export const SIGNAL_POST_OFFER = 0;
export const SIGNAL_POST_OUTCOME = 1;
export const SIGNAL_POST_ACTIVE0 = 2;
export const SIGNAL_POST_ACTIVE1 = 3;
export const SIGNAL_POST_ACTIVE2 = 4;
export const SIGNAL_POST_ACTIVE3 = 5;
export const SIGNAL_POST_PARENT = 6;
export const SIGNAL_POST_ROUND = 7;
// RPC_SIGNAL_OFFER (pid, set): left
export const SIGNAL_OFFER_PID = 0;
export const SIGNAL_OFFER_SET = 1;
export const SIGNAL_OFFER_LEFT = 0;
// RPC_SIGNAL_THREAD (pid, id, signal, code, sender, value, round): error, moved
export const SIGNAL_THREAD_PID = 0;
export const SIGNAL_THREAD_ID = 1;
export const SIGNAL_THREAD_SIGNAL = 2;
export const SIGNAL_THREAD_CODE = 3;
export const SIGNAL_THREAD_SENDER = 4;
export const SIGNAL_THREAD_VALUE = 5;
export const SIGNAL_THREAD_ROUND = 6;
export const SIGNAL_THREAD_ERROR = 0;
export const SIGNAL_THREAD_MOVED = 1;
// RPC_SIGNAL_TAKE (pid, blocked, own, only): signal, code, sender, value, handler, flags, mask, left
export const SIGNAL_TAKE_PID = 0;
export const SIGNAL_TAKE_BLOCKED = 1;
export const SIGNAL_TAKE_OWN = 2;
export const SIGNAL_TAKE_ONLY = 3;
export const SIGNAL_TAKE_SIGNAL = 0;
export const SIGNAL_TAKE_CODE = 1;
export const SIGNAL_TAKE_SENDER = 2;
export const SIGNAL_TAKE_VALUE = 3;
export const SIGNAL_TAKE_HANDLER = 4;
export const SIGNAL_TAKE_FLAGS = 5;
export const SIGNAL_TAKE_MASK = 6;
export const SIGNAL_TAKE_LEFT = 7;
// RPC_SIGNAL_ACTION (pid, signal, handler, flags, mask, set): error, oldHandler, oldFlags, oldMask
export const SIGNAL_ACTION_PID = 0;
export const SIGNAL_ACTION_SIGNAL = 1;
export const SIGNAL_ACTION_HANDLER = 2;
export const SIGNAL_ACTION_FLAGS = 3;
export const SIGNAL_ACTION_MASK = 4;
export const SIGNAL_ACTION_SET = 5;
export const SIGNAL_ACTION_ERROR = 0;
export const SIGNAL_ACTION_OLD_HANDLER = 1;
export const SIGNAL_ACTION_OLD_FLAGS = 2;
export const SIGNAL_ACTION_OLD_MASK = 3;
// RPC_PROCESS_STOP (pid, signal, round): as RPC_SIGNAL_POST
export const PROCESS_STOP_PID = 0;
export const PROCESS_STOP_SIGNAL = 1;
export const PROCESS_STOP_ROUND = 2;
// RPC_STOP_TELL (pid)
export const STOP_TELL_PID = 0;
// RPC_SIGNAL_STATE (pid): as RPC_SIGNAL_POST
export const SIGNAL_STATE_PID = 0;
// RPC_SIGNAL_MASKS (pid): error
export const SIGNAL_MASKS_PID = 0;
export const SIGNAL_MASKS_ERROR = 0;
// RPC_SIGNALS_COPY (pid, to): copied
export const SIGNALS_COPY_PID = 0;
export const SIGNALS_COPY_TO = 1;
export const SIGNALS_COPY_COPIED = 0;
// RPC_TIMER_CALL (pid, what, id, first, second, third): error, left, interval, overrun
export const TIMER_CALL_PID = 0;
export const TIMER_CALL_WHAT = 1;
export const TIMER_CALL_ID = 2;
export const TIMER_CALL_FIRST = 3;
export const TIMER_CALL_SECOND = 4;
export const TIMER_CALL_THIRD = 5;
export const TIMER_CALL_ERROR = 0;
export const TIMER_CALL_LEFT = 1;
export const TIMER_CALL_INTERVAL = 2;
export const TIMER_CALL_OVERRUN = 3;
// RPC_FILE_CREATE (data, bytes, node, number, mode): inode
export const FILE_CREATE_DATA = 0;
export const FILE_CREATE_BYTES = 1;
export const FILE_CREATE_NODE = 2;
export const FILE_CREATE_NUMBER = 3;
export const FILE_CREATE_MODE = 4;
export const FILE_CREATE_INODE = 0;
// RPC_FILE_PAGE (inode, index, purpose, last): ppn, next
export const FILE_PAGE_INODE = 0;
export const FILE_PAGE_INDEX = 1;
export const FILE_PAGE_PURPOSE = 2;
export const FILE_PAGE_LAST = 3;
export const FILE_PAGE_PPN = 0;
export const FILE_PAGE_NEXT = 1;
// RPC_FILE_TRUNCATE (inode, size, index): next
export const FILE_TRUNCATE_INODE = 0;
export const FILE_TRUNCATE_SIZE = 1;
export const FILE_TRUNCATE_INDEX = 2;
export const FILE_TRUNCATE_NEXT = 0;
// RPC_NAME (task, base, path, otherBase, other, mode): answer
export const NAME_TASK = 0;
export const NAME_BASE = 1;
export const NAME_PATH = 2;
export const NAME_OTHER_BASE = 3;
export const NAME_OTHER = 4;
export const NAME_MODE = 5;
export const NAME_ANSWER = 0;
// RPC_LIST (directory, position, to, room): bytes
export const LIST_DIRECTORY = 0;
export const LIST_POSITION = 1;
export const LIST_TO = 2;
export const LIST_ROOM = 3;
export const LIST_BYTES = 0;
// RPC_NODE_PATH (node, to): start
export const NODE_PATH_NODE = 0;
export const NODE_PATH_TO = 1;
export const NODE_PATH_START = 0;
// RPC_NODE_FREE (node)
export const NODE_FREE_NODE = 0;
// RPC_FILE_DESTROY (inode)
export const FILE_DESTROY_INODE = 0;
// RPC_FD_RESERVE (pid, from): fd
export const FD_RESERVE_PID = 0;
export const FD_RESERVE_FROM = 1;
export const FD_RESERVE_FD = 0;
// RPC_FD_HOLD (pid, fd): file
export const FD_HOLD_PID = 0;
export const FD_HOLD_FD = 1;
export const FD_HOLD_FILE = 0;
// RPC_FD_TAKE (pid, fd): file
export const FD_TAKE_PID = 0;
export const FD_TAKE_FD = 1;
export const FD_TAKE_FILE = 0;
// RPC_OPEN_FILE_FREE (file)
export const OPEN_FILE_FREE_FILE = 0;
// RPC_FD_INSTALL (pid, fd, file, closes)
export const FD_INSTALL_PID = 0;
export const FD_INSTALL_FD = 1;
export const FD_INSTALL_FILE = 2;
export const FD_INSTALL_CLOSES = 3;
// RPC_FD_COPY (pid, to): closes
export const FD_COPY_PID = 0;
export const FD_COPY_TO = 1;
export const FD_COPY_CLOSES = 0;
// RPC_FD_REPLACE (pid, fd, file, closes): old
export const FD_REPLACE_PID = 0;
export const FD_REPLACE_FD = 1;
export const FD_REPLACE_FILE = 2;
export const FD_REPLACE_CLOSES = 3;
export const FD_REPLACE_OLD = 0;
// RPC_FD_CLOSES (pid, fd, set): answer
export const FD_CLOSES_PID = 0;
export const FD_CLOSES_FD = 1;
export const FD_CLOSES_SET = 2;
export const FD_CLOSES_ANSWER = 0;
// RPC_PIPE_READ (pipe, to, bytes): answer
export const PIPE_READ_PIPE = 0;
export const PIPE_READ_TO = 1;
export const PIPE_READ_BYTES = 2;
export const PIPE_READ_ANSWER = 0;
// RPC_PIPE_CONSUME (pipe, bytes)
export const PIPE_CONSUME_PIPE = 0;
export const PIPE_CONSUME_BYTES = 1;
// RPC_PIPE_WRITE (pipe, from, bytes, whole): answer
export const PIPE_WRITE_PIPE = 0;
export const PIPE_WRITE_FROM = 1;
export const PIPE_WRITE_BYTES = 2;
export const PIPE_WRITE_WHOLE = 3;
export const PIPE_WRITE_ANSWER = 0;
// RPC_PIPE_AWAIT (pipe, side, thread): listed
export const PIPE_AWAIT_PIPE = 0;
export const PIPE_AWAIT_SIDE = 1;
export const PIPE_AWAIT_THREAD = 2;
export const PIPE_AWAIT_LISTED = 0;
// RPC_PIPE_CANCEL (pipe, side, thread)
export const PIPE_CANCEL_PIPE = 0;
export const PIPE_CANCEL_SIDE = 1;
export const PIPE_CANCEL_THREAD = 2;
// RPC_PIPE_POLL (pipe, side, wanted, thread): events
export const PIPE_POLL_PIPE = 0;
export const PIPE_POLL_SIDE = 1;
export const PIPE_POLL_WANTED = 2;
export const PIPE_POLL_THREAD = 3;
export const PIPE_POLL_EVENTS = 0;
// RPC_PIPE_UNPOLL (pipe, thread)
export const PIPE_UNPOLL_PIPE = 0;
export const PIPE_UNPOLL_THREAD = 1;
// RPC_PIPE_LEAVE (pipe, side)
export const PIPE_LEAVE_PIPE = 0;
export const PIPE_LEAVE_SIDE = 1;
// RPC_TURN_WAIT (object, thread): taken
export const TURN_WAIT_OBJECT = 0;
export const TURN_WAIT_THREAD = 1;
export const TURN_WAIT_TAKEN = 0;
// RPC_TURN_GIVE (object)
export const TURN_GIVE_OBJECT = 0;
// RPC_TURN_CANCEL (object, thread): found
export const TURN_CANCEL_OBJECT = 0;
export const TURN_CANCEL_THREAD = 1;
export const TURN_CANCEL_FOUND = 0;
// RPC_GROUP_CREATE (nodes): group
export const GROUP_CREATE_NODES = 0;
export const GROUP_CREATE_GROUP = 0;
// RPC_GROUP_JOIN (group, node, pid)
export const GROUP_JOIN_GROUP = 0;
export const GROUP_JOIN_NODE = 1;
export const GROUP_JOIN_PID = 2;
// RPC_GROUP_DEAD (group): first
export const GROUP_DEAD_GROUP = 0;
export const GROUP_DEAD_FIRST = 0;
// RPC_GROUP_MEMBER (group, node): pid
export const GROUP_MEMBER_GROUP = 0;
export const GROUP_MEMBER_NODE = 1;
export const GROUP_MEMBER_PID = 0;
// RPC_GROUP_FREE (group)
export const GROUP_FREE_GROUP = 0;
// RPC_DSM_REQUEST (manager, node, vpn, what, turn): grant
export const DSM_REQUEST_MANAGER = 0;
export const DSM_REQUEST_NODE = 1;
export const DSM_REQUEST_VPN = 2;
export const DSM_REQUEST_WHAT = 3;
export const DSM_REQUEST_TURN = 4;
export const DSM_REQUEST_GRANT = 0;
// RPC_DSM_ACK (manager, node, vpn, ppn)
export const DSM_ACK_MANAGER = 0;
export const DSM_ACK_NODE = 1;
export const DSM_ACK_VPN = 2;
export const DSM_ACK_PPN = 3;
// RPC_DSM_DOWNGRADE (pid, vpn, mode, to): answer
export const DSM_DOWNGRADE_PID = 0;
export const DSM_DOWNGRADE_VPN = 1;
export const DSM_DOWNGRADE_MODE = 2;
export const DSM_DOWNGRADE_TO = 3;
export const DSM_DOWNGRADE_ANSWER = 0;
// RPC_SM_MALLOC (group, node, size, consistency): address
export const SM_MALLOC_GROUP = 0;
export const SM_MALLOC_NODE = 1;
export const SM_MALLOC_SIZE = 2;
export const SM_MALLOC_CONSISTENCY = 3;
export const SM_MALLOC_ADDRESS = 0;
// RPC_SM_MEET (group, node, thread, root, value): met
export const SM_MEET_GROUP = 0;
export const SM_MEET_NODE = 1;
export const SM_MEET_THREAD = 2;
export const SM_MEET_ROOT = 3;
export const SM_MEET_VALUE = 4;
export const SM_MEET_MET = 0;
// RPC_MANAGER_CREATE (group, node): manager
export const MANAGER_CREATE_GROUP = 0;
export const MANAGER_CREATE_NODE = 1;
export const MANAGER_CREATE_MANAGER = 0;
// RPC_MANAGER_FREE (manager)
export const MANAGER_FREE_MANAGER = 0;
// RPC_DSM_ADOPT (manager, vpn, count)
export const DSM_ADOPT_MANAGER = 0;
export const DSM_ADOPT_VPN = 1;
export const DSM_ADOPT_COUNT = 2;
// RPC_SM_FREE (group, node, address): freed
export const SM_FREE_GROUP = 0;
export const SM_FREE_NODE = 1;
export const SM_FREE_ADDRESS = 2;
export const SM_FREE_FREED = 0;
// RPC_SM_FORGET (group, index, count)
export const SM_FORGET_GROUP = 0;
export const SM_FORGET_INDEX = 1;
export const SM_FORGET_COUNT = 2;
// RPC_SM_LOCK (group, node, thread, lock): answer
export const SM_LOCK_GROUP = 0;
export const SM_LOCK_NODE = 1;
export const SM_LOCK_THREAD = 2;
export const SM_LOCK_LOCK = 3;
export const SM_LOCK_ANSWER = 0;
// RPC_SM_UNLOCK (group, thread, lock): error
export const SM_UNLOCK_GROUP = 0;
export const SM_UNLOCK_THREAD = 1;
export const SM_UNLOCK_LOCK = 2;
export const SM_UNLOCK_ERROR = 0;
// RPC_SM_COND_WAIT (group, node, thread, condition, lock): answer
export const SM_COND_WAIT_GROUP = 0;
export const SM_COND_WAIT_NODE = 1;
export const SM_COND_WAIT_THREAD = 2;
export const SM_COND_WAIT_CONDITION = 3;
export const SM_COND_WAIT_LOCK = 4;
export const SM_COND_WAIT_ANSWER = 0;
// RPC_SM_COND_WAKE (group, condition, all)
export const SM_COND_WAKE_GROUP = 0;
export const SM_COND_WAKE_CONDITION = 1;
export const SM_COND_WAKE_ALL = 2;
// RPC_SM_CANCEL (group, node, thread)
export const SM_CANCEL_GROUP = 0;
export const SM_CANCEL_NODE = 1;
export const SM_CANCEL_THREAD = 2;
// RPC_SM_POST (group, node, vpns, count)
export const SM_POST_GROUP = 0;
export const SM_POST_NODE = 1;
export const SM_POST_VPNS = 2;
export const SM_POST_COUNT = 3;
// RPC_SM_NOTICES (group, node, seen, last, reading)
export const SM_NOTICES_GROUP = 0;
export const SM_NOTICES_NODE = 1;
export const SM_NOTICES_SEEN = 2;
export const SM_NOTICES_LAST = 3;
export const SM_NOTICES_READING = 4;
// RPC_DSM_DROP (manager, node, vpn)
export const DSM_DROP_MANAGER = 0;
export const DSM_DROP_NODE = 1;
export const DSM_DROP_VPN = 2;
// RPC_SM_SYNCHRONISE (pid, what)
export const SM_SYNCHRONISE_PID = 0;
export const SM_SYNCHRONISE_WHAT = 1;
// RPC_GROUP_RESTART (group)
export const GROUP_RESTART_GROUP = 0;
// RPC_MANAGER_RESTART (manager)
export const MANAGER_RESTART_MANAGER = 0;
// Words of several operations: a group, by its local address at its home
export const GROUP_CALL_GROUP = 0;
// Words of several operations: a change of the vsegs of a process, at Z; answer: negative with -errno
export const CHANGE_PID = 0;
export const CHANGE_ANSWER = 0;
