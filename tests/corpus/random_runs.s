# A call with all registers given; all of the callee's are kept for it. The code of both functions.
        .text
        .globl _start
_start:
        andi    sp, sp, -16
        call    main
        li      a7, 93
        ecall

        .globl call
call:   # a0: the code, a1: struct registers
        addi    sp, sp, -64
        .irp    n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
        sw      s\n, 4*\n(sp)
        .endr
        sw      gp, 48(sp)
        sw      tp, 52(sp)
        sw      ra, 56(sp)
        la      t0, own
        sw      sp, 0(t0)
        sw      a1, 4(t0)
        sw      a0, 8(t0)
        mv      t6, a1
        .irp    n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
        lw      s\n, 32+4*\n(t6)
        .endr
        lw      gp, 80(t6)
        lw      tp, 84(t6)
        lw      sp, 88(t6)
        .irp    n, 0, 1, 2, 3, 4, 5, 6, 7
        lw      a\n, 4*\n(t6)
        .endr
        .irp    n, 0, 1, 2, 3, 4, 5
        lw      t\n, 92+4*\n(t6)
        .endr
        lw      t6, 116(t6)
        lw      ra, own+8
        jalr    ra, ra
target:
        la      t6, own
        lw      t6, 4(t6)
        sw      a0, 0(t6)
        .irp    n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
        sw      s\n, 32+4*\n(t6)
        .endr
        sw      gp, 80(t6)
        sw      tp, 84(t6)
        sw      sp, 88(t6)
        la      t6, own
        lw      sp, 0(t6)
        .irp    n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
        lw      s\n, 4*\n(sp)
        .endr
        lw      gp, 48(sp)
        lw      tp, 52(sp)
        lw      ra, 56(sp)
        addi    sp, sp, 64
        ret

        .globl  first, second
        .balign 16
first:  .incbin "one.bin"
        .balign 4096
        .zero   64
second: .incbin "other.bin"

        .bss
own:    .zero   12
