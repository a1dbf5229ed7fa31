export function make(n: i32): i32 {
    const list = new Array<i32>(n);
    return list.length;
}
