@unmanaged
class loose_t {
    a: u64;
    b: u32;
}
export function get(p: usize): u32 {
    return changetype<loose_t>(p).b;
}
