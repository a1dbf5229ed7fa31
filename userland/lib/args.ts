// Arguments of main.

/** The i-th argument as a decimal number; `otherwise` when there is none, or it is not one. */
export function argument_number(argc: i32, argv: usize, i: i32, otherwise: u32): u32 {
    if (i >= argc) return otherwise;
    let at = <usize>load<u64>(argv + ((<usize>i) << 3));
    let value: u32 = 0;
    if (load<u8>(at) == 0) return otherwise;
    for (; load<u8>(at) != 0; at++) {
        const digit = <u32>load<u8>(at) - 48;
        if (digit > 9) return otherwise;
        value = value * 10 + digit;
    }
    return value;
}

/** True when the i-th argument is this C string. */
export function argument_is(argc: i32, argv: usize, i: i32, word: usize): bool {
    if (i >= argc) return false;
    let at = <usize>load<u64>(argv + ((<usize>i) << 3));
    for (; load<u8>(at) == load<u8>(word); at++, word++) if (load<u8>(at) == 0) return true;
    return false;
}
