# Prints a line on the UART as drivers do, waiting for the transmitter, then ends.
    bnez a0, park
    li s0, UART
    la s1, message
next:
    lbu a1, (s1)
    beqz a1, done
wait:
    lbu t0, 5(s0)           # LSR
    andi t0, t0, 0x20
    beqz t0, wait
    sb a1, (s0)
    addi s1, s1, 1
    j next
done:
    pass
park:
    wfi
    j park

message:
    .asciz "hello, archipelago\n"
