export declare function assembly_double(x: u64): u64;
export declare function __image_end(): usize;
