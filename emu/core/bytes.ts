// Bytes of memory at host addresses, as guests load and store them.

export function loadBytes(host: usize, width: u32): u64 {
    if (width == 8) return load<u64>(host);
    if (width == 4) return <u64>load<u32>(host);
    if (width == 2) return <u64>load<u16>(host);
    return <u64>load<u8>(host);
}

/** Of a store over two pages a part may have another number of bytes. */
export function storeBytes(host: usize, width: u32, value: u64): void {
    if (width == 8) store<u64>(host, value);
    else if (width == 4) store<u32>(host, <u32>value);
    else if (width == 2) store<u16>(host, <u16>value);
    else for (let i: u32 = 0; i < width; i++) store<u8>(host + <usize>i, <u8>(value >> (i << 3)));
}

/** Returns a value of `width` bytes as a register holds it. */
export function extended(value: u64, width: u32, signed: u32): u64 {
    if (!signed) return value;
    const unused = <u64>(64 - (width << 3));
    return <u64>(((<i64>value) << unused) >> unused);
}
