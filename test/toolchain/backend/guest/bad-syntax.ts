export function f(): i32 {
    return missing + 1;
}
