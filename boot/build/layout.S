# What the firmware knows of layouts: its parameters, offsets in bytes; and fields of CSRs.
# Generated from boot/abi/firmware-parameters.ts by `npm run generate`.

    .equ PARAMETER_HARTS, 0
    .equ PARAMETER_ENTRY, 8
    .equ PARAMETER_READY, 16
    .equ PARAMETER_SEGMENTS, 24
    .equ PARAMETER_SEGMENT, 32
    .equ SEGMENT_FROM, 0
    .equ SEGMENT_TO, 8
    .equ SEGMENT_BYTES, 16
    .equ SEGMENT_SIZE, 24
    .equ PARAMETERS_SIZE, 128

    .equ FINISHER_BASE, 0x100000
    .equ MSTATUS_MPP, 0x1800
    .equ MSTATUS_MPP_SHIFT, 11
    .equ ENVCFG_CBZE, 0x80
    .equ MENVCFG_STCE, 0x8000000000000000
    .equ MENVCFG_PBMTE, 0x4000000000000000
    .equ MENVCFG_PBMTE_SHIFT, 62
    .equ PMP_OPEN, 0x1f
