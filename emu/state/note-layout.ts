// Who accessed a word last (docs/spec/turns.md 2.7): 16 bits for each 8 bytes of memory; 0: nobody yet.
//
//      15                    2        1         0
//     +-----------------------+--------+---------+
//     | hart + 1              | shared | wrote   |    shared: several harts have loaded it since it was written; wrote: the hart
//     +-----------------------+--------+---------+    has written it since another accessed it

export const NOTED_BYTES = 8;
export const NOTE_BYTES = 2;
export const NOTE_WROTE = 1;
export const NOTE_SHARED_SHIFT = 1;
export const NOTE_HART_SHIFT = 2;
