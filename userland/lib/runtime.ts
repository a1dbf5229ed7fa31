// Linked into every program beside its own file.

/** End of the static data; asc tells it to the linker only when something names it. */
export function static_end(): usize {
    return __heap_base;
}
