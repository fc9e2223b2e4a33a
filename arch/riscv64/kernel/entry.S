// SPDX-License-Identifier: BSD-2-Clause
//
// The way into the kernel and out of it. A trap builds an arch::UserContext (trap_frame.h) and below
// it a frame record (return address, frame pointer; s0 points above the two), so that a walk over
// frame pointers goes on through the trap.
//
// sscratch points at cpu_state (cpu_state.h) in either mode, and tp does so in kernel mode, where
// nothing else uses it.

        .option arch, +zicsr

#define kFrameRa 0
#define kFrameSp 8
#define kFrameTp 24
#define kFrameT0 32
#define kFrameS0 56
#define kFramePc 248
#define kFrameStatus 256
#define kFrameCause 264
#define kFrameValue 272
#define kFrameBytes 288
#define kRecordBytes 16

#define kCpuSavedT0 0
#define kCpuSavedSp 8
#define kCpuEntryStack 16
#define kCpuStackLow 24

#define kStatusFromSupervisor 0x100
#define kStatusFloatAndVector 0x6600
// What a stack must have left for a trap: the frame, and a little for the handler. With less the
// handler runs elsewhere, to tell of the overflow.
#define kStackLeft (kFrameBytes + kRecordBytes + 512)

// All integer registers but ra, sp, tp and t0.
.macro ForEachRegister instruction
        \instruction gp, 16(sp)
        \instruction t1, 40(sp)
        \instruction t2, 48(sp)
        \instruction s0, 56(sp)
        \instruction s1, 64(sp)
        \instruction a0, 72(sp)
        \instruction a1, 80(sp)
        \instruction a2, 88(sp)
        \instruction a3, 96(sp)
        \instruction a4, 104(sp)
        \instruction a5, 112(sp)
        \instruction a6, 120(sp)
        \instruction a7, 128(sp)
        \instruction s2, 136(sp)
        \instruction s3, 144(sp)
        \instruction s4, 152(sp)
        \instruction s5, 160(sp)
        \instruction s6, 168(sp)
        \instruction s7, 176(sp)
        \instruction s8, 184(sp)
        \instruction s9, 192(sp)
        \instruction s10, 200(sp)
        \instruction s11, 208(sp)
        \instruction t3, 216(sp)
        \instruction t4, 224(sp)
        \instruction t5, 232(sp)
        \instruction t6, 240(sp)
.endm

        .text

        .p2align 2
        .globl riscv64_trap_entry
        .hidden riscv64_trap_entry
        .type riscv64_trap_entry, @function
riscv64_trap_entry:
        csrrw tp, sscratch, tp
        sd t0, kCpuSavedT0(tp)
        sd sp, kCpuSavedSp(tp)
        csrr t0, sstatus
        andi t0, t0, kStatusFromSupervisor
        bnez t0, 1f
        ld sp, kCpuEntryStack(tp)
        j 2f
1:      ld t0, kCpuStackLow(tp)
        addi t0, t0, kStackLeft
        bgeu sp, t0, 2f
        lla sp, riscv64_overflow_stack_top
2:      addi sp, sp, -kFrameBytes
        sd ra, kFrameRa(sp)
        ForEachRegister sd
        ld t0, kCpuSavedT0(tp)
        sd t0, kFrameT0(sp)
        ld t0, kCpuSavedSp(tp)
        sd t0, kFrameSp(sp)
        csrrw t0, sscratch, tp
        sd t0, kFrameTp(sp)
        csrr t0, sstatus
        sd t0, kFrameStatus(sp)
        csrr t0, scause
        sd t0, kFrameCause(sp)
        csrr t0, stval
        sd t0, kFrameValue(sp)
        csrr t0, sepc
        sd t0, kFramePc(sp)
        // FPU and vector unit are off while the kernel runs: every use of them traps.
        li t1, kStatusFloatAndVector
        csrc sstatus, t1
        mv a0, sp
        addi sp, sp, -kRecordBytes
        sd t0, 8(sp)
        sd s0, 0(sp)
        addi s0, sp, kRecordBytes
        call riscv64_HandleTrap
        .globl riscv64_trap_return
        .hidden riscv64_trap_return
riscv64_trap_return:
        addi sp, sp, kRecordBytes
leave:
        // A reservation of whoever was interrupted must not become another's.
        addi t0, sp, kFramePc
        ld t1, 0(t0)
        sc.d zero, t1, (t0)
        csrw sepc, t1
        ld t0, kFrameStatus(sp)
        csrw sstatus, t0
        ForEachRegister ld
        ld ra, kFrameRa(sp)
        ld t0, kFrameT0(sp)
        ld tp, kFrameTp(sp)
        ld sp, kFrameSp(sp)
        sret
        .size riscv64_trap_entry, . - riscv64_trap_entry

// [[noreturn]] void riscv64_ResumeUser(const UserContext* context, uint64_t entry_stack): moves the
// context to where a trap from user mode would have put it, and resumes it. The caller's frames may
// lie there, context among them, a little lower: so the last word is moved first, and nothing is
// stored elsewhere meanwhile. Interrupts are off.
        .globl riscv64_ResumeUser
        .hidden riscv64_ResumeUser
        .type riscv64_ResumeUser, @function
riscv64_ResumeUser:
        addi sp, a1, -kFrameBytes
        addi t0, a0, kFrameBytes
        mv t1, a1
1:      addi t0, t0, -8
        addi t1, t1, -8
        ld t2, 0(t0)
        sd t2, 0(t1)
        bne t0, a0, 1b
        j leave
        .size riscv64_ResumeUser, . - riscv64_ResumeUser

// void riscv64_SwitchStacks(uint64_t* save, uint64_t to): what lies above the saved stack pointer is
// known to PrepareContext and SavedCallFrame.
        .globl riscv64_SwitchStacks
        .hidden riscv64_SwitchStacks
        .type riscv64_SwitchStacks, @function
riscv64_SwitchStacks:
        addi sp, sp, -112
        sd ra, 0(sp)
        sd s0, 8(sp)
        sd s1, 16(sp)
        sd s2, 24(sp)
        sd s3, 32(sp)
        sd s4, 40(sp)
        sd s5, 48(sp)
        sd s6, 56(sp)
        sd s7, 64(sp)
        sd s8, 72(sp)
        sd s9, 80(sp)
        sd s10, 88(sp)
        sd s11, 96(sp)
        sd sp, 0(a0)
        mv sp, a1
        ld ra, 0(sp)
        ld s0, 8(sp)
        ld s1, 16(sp)
        ld s2, 24(sp)
        ld s3, 32(sp)
        ld s4, 40(sp)
        ld s5, 48(sp)
        ld s6, 56(sp)
        ld s7, 64(sp)
        ld s8, 72(sp)
        ld s9, 80(sp)
        ld s10, 88(sp)
        ld s11, 96(sp)
        addi sp, sp, 112
        ret
        .size riscv64_SwitchStacks, . - riscv64_SwitchStacks

// Where a thread begins: s1 is its function, and the chain of calls ends there.
        .globl riscv64_ThreadStart
        .hidden riscv64_ThreadStart
        .type riscv64_ThreadStart, @function
riscv64_ThreadStart:
        li ra, 0
        jr s1
        .size riscv64_ThreadStart, . - riscv64_ThreadStart

// CallFrame arch::CurrentCallFrame(): {ra, s0}. In C++ it would be a leaf, which saves no ra.
        .globl _ZN4arch16CurrentCallFrameEv
        .hidden _ZN4arch16CurrentCallFrameEv
        .type _ZN4arch16CurrentCallFrameEv, @function
_ZN4arch16CurrentCallFrameEv:
        mv a0, ra
        mv a1, s0
        ret
        .size _ZN4arch16CurrentCallFrameEv, . - _ZN4arch16CurrentCallFrameEv

        .bss
        .balign 16
        .globl riscv64_overflow_stack, riscv64_overflow_stack_top
        .hidden riscv64_overflow_stack, riscv64_overflow_stack_top
riscv64_overflow_stack:
        .skip 16384
riscv64_overflow_stack_top:

        .section .note.GNU-stack, "", @progbits
