// @ts-expect-error: decorator
@external("hal", "stack_pointer") declare function stack_pointer(): usize;
const start: usize = stack_pointer();
export function get(): usize {
    return start;
}
