// Functions of lib/start.S.

/** Address of the code where threads begin: it calls the function and argument that a0 points to. */
export declare function thread_entry_address(): usize;
