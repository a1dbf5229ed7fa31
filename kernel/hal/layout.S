# What kernel/hal's assembly knows of layouts: offsets in bytes, and fields of sstatus.
# Generated from boot/abi/trap-frame.ts by `npm run generate`.

    .equ THREAD_BLOCK_SIZE, 8192
    .equ FRAME_SIZE, 256
    .equ SAVE_AREA_SIZE, 64
    .equ FSTATE_SIZE, 264

    .equ FRAME_PC, 0
    .equ FRAME_RA, 8
    .equ FRAME_SP, 16
    .equ FRAME_GP, 24
    .equ FRAME_TP, 32
    .equ FRAME_T0, 40
    .equ FRAME_T1, 48
    .equ FRAME_T2, 56
    .equ FRAME_S0, 64
    .equ FRAME_S1, 72
    .equ FRAME_A0, 80
    .equ FRAME_A1, 88
    .equ FRAME_A2, 96
    .equ FRAME_A3, 104
    .equ FRAME_A4, 112
    .equ FRAME_A5, 120
    .equ FRAME_A6, 128
    .equ FRAME_A7, 136
    .equ FRAME_S2, 144
    .equ FRAME_S3, 152
    .equ FRAME_S4, 160
    .equ FRAME_S5, 168
    .equ FRAME_S6, 176
    .equ FRAME_S7, 184
    .equ FRAME_S8, 192
    .equ FRAME_S9, 200
    .equ FRAME_S10, 208
    .equ FRAME_S11, 216
    .equ FRAME_T3, 224
    .equ FRAME_T4, 232
    .equ FRAME_T5, 240
    .equ FRAME_T6, 248

    .equ SAVE_A0, 0
    .equ SAVE_A1, 8
    .equ SAVE_FRAME, 16
    .equ SAVE_SP, 24
    .equ SAVE_TP, 32
    .equ SAVE_SATP, 40
    .equ SAVE_T0, 48

    .equ CONTEXT_RA, 0
    .equ CONTEXT_SP, 8
    .equ CONTEXT_S0, 16
    .equ CONTEXT_S1, 24
    .equ CONTEXT_S2, 32
    .equ CONTEXT_S3, 40
    .equ CONTEXT_S4, 48
    .equ CONTEXT_S5, 56
    .equ CONTEXT_S6, 64
    .equ CONTEXT_S7, 72
    .equ CONTEXT_S8, 80
    .equ CONTEXT_S9, 88
    .equ CONTEXT_S10, 96
    .equ CONTEXT_S11, 104
    .equ FSTATE_F, 0
    .equ FSTATE_FCSR, 256

    .equ KENTRY_TEXT_VADDR, 0x2000
    .equ SSTATUS_SPP, 0x100
    .equ SSTATUS_SPIE, 0x20
