// SPDX-License-Identifier: BSD-2-Clause
//
// Ways into the kernel and out of it. Every way in builds an arch::UserContext (trap_frame.h) and
// below it a frame record (saved frame pointer, return address), so that a walk over frame records
// goes on through the trap. Register and exception numbers: Arm ARM (DDI 0487), D1.3.

#define kFrameSp 248
#define kFramePc 256
#define kFrameSyndrome 272
#define kFrameFirstArgument 288
#define kFrameBytes 304
#define kRecordBytes 16
#define kFpuOnHigh 0x30 /* CPACR_EL1.FPEN, upper half word */

        .text

// Room for record and context; all general registers but sp.
.macro PushRegisters
        sub sp, sp, #(kFrameBytes + kRecordBytes)
        stp x0, x1, [sp, #(kRecordBytes + 16 * 0)]
        stp x2, x3, [sp, #(kRecordBytes + 16 * 1)]
        stp x4, x5, [sp, #(kRecordBytes + 16 * 2)]
        stp x6, x7, [sp, #(kRecordBytes + 16 * 3)]
        stp x8, x9, [sp, #(kRecordBytes + 16 * 4)]
        stp x10, x11, [sp, #(kRecordBytes + 16 * 5)]
        stp x12, x13, [sp, #(kRecordBytes + 16 * 6)]
        stp x14, x15, [sp, #(kRecordBytes + 16 * 7)]
        stp x16, x17, [sp, #(kRecordBytes + 16 * 8)]
        stp x18, x19, [sp, #(kRecordBytes + 16 * 9)]
        stp x20, x21, [sp, #(kRecordBytes + 16 * 10)]
        stp x22, x23, [sp, #(kRecordBytes + 16 * 11)]
        stp x24, x25, [sp, #(kRecordBytes + 16 * 12)]
        stp x26, x27, [sp, #(kRecordBytes + 16 * 13)]
        stp x28, x29, [sp, #(kRecordBytes + 16 * 14)]
        str x30, [sp, #(kRecordBytes + 16 * 15)]
.endm

// x1 = the interrupted stack pointer. Leaves x0 = the context, x29 = the record.
.macro PushState
        mrs x2, elr_el1
        mrs x3, spsr_el1
        mrs x4, esr_el1
        mrs x5, far_el1
        str x1, [sp, #(kRecordBytes + kFrameSp)]
        stp x2, x3, [sp, #(kRecordBytes + kFramePc)]
        stp x4, x5, [sp, #(kRecordBytes + kFrameSyndrome)]
        str x0, [sp, #(kRecordBytes + kFrameFirstArgument)]
        stp x29, x2, [sp]
        mov x29, sp
        add x0, sp, #kRecordBytes
.endm

// An exception of user mode. The FPU is off while the kernel runs.
.macro FromUser handler
        .balign 128
        PushRegisters
        msr cpacr_el1, xzr
        mrs x1, sp_el0
        adr x30, aarch64_user_return
        PushState
        b \handler
.endm

// An exception of the kernel, on the stack of what was interrupted.
.macro FromKernel handler
        .balign 128
        PushRegisters
        add x1, sp, #(kFrameBytes + kRecordBytes)
        adr x30, aarch64_trap_return
        PushState
        b \handler
.endm

        .balign 2048
        .globl aarch64_vectors
        .hidden aarch64_vectors
aarch64_vectors:
        // The kernel never runs on SP_EL0.
        FromKernel aarch64_HandleBad
        FromKernel aarch64_HandleBad
        FromKernel aarch64_HandleBad
        FromKernel aarch64_HandleBad

        .balign 128
        b kernel_synchronous
        FromKernel aarch64_HandleKernelInterrupt
        FromKernel aarch64_HandleBad
        FromKernel aarch64_HandleBad

        FromUser aarch64_HandleUserTrap
        FromUser aarch64_HandleUserInterrupt
        FromUser aarch64_HandleBad
        FromUser aarch64_HandleBad

        // AArch32 state has no programs.
        FromUser aarch64_HandleBad
        FromUser aarch64_HandleBad
        FromUser aarch64_HandleBad
        FromUser aarch64_HandleBad
        // Goes backwards, which is an error, if one was longer than 128 bytes.
        .org aarch64_vectors + 2048

// A fault of the kernel ends in a panic, perhaps because the stack has run over: whether its next
// bytes can be written is asked before they are. If not, or if it is not aligned, which would fault
// again, a stack of its own takes over, and the interrupted stack pointer is kept where the user's
// was.
        .balign 128
kernel_synchronous:
        msr tpidr_el1, x0
        mov x0, sp
        tst x0, #15
        b.ne 1f
        sub x0, sp, #(kFrameBytes + kRecordBytes)
        at s1e1w, x0
        isb
        mrs x0, par_el1
        tbnz x0, #0, 1f
        sub x0, sp, #16
        at s1e1w, x0
        isb
        mrs x0, par_el1
        tbnz x0, #0, 1f
        mrs x0, tpidr_el1
        PushRegisters
        add x1, sp, #(kFrameBytes + kRecordBytes)
        b 2f
1:      mov x0, sp
        msr sp_el0, x0
        adrp x0, emergency_stack_top
        add x0, x0, :lo12:emergency_stack_top
        mov sp, x0
        mrs x0, tpidr_el1
        PushRegisters
        mrs x1, sp_el0
2:      adr x30, aarch64_trap_return
        PushState
        b aarch64_HandleKernelTrap

.macro PopAndReturn
        ldr x1, [sp, #(kRecordBytes + kFrameSp)]
        ldp x2, x3, [sp, #(kRecordBytes + kFramePc)]
        msr elr_el1, x2
        msr spsr_el1, x3
        ldp x2, x3, [sp, #(kRecordBytes + 16 * 1)]
        ldp x4, x5, [sp, #(kRecordBytes + 16 * 2)]
        ldp x6, x7, [sp, #(kRecordBytes + 16 * 3)]
        ldp x8, x9, [sp, #(kRecordBytes + 16 * 4)]
        ldp x10, x11, [sp, #(kRecordBytes + 16 * 5)]
        ldp x12, x13, [sp, #(kRecordBytes + 16 * 6)]
        ldp x14, x15, [sp, #(kRecordBytes + 16 * 7)]
        ldp x16, x17, [sp, #(kRecordBytes + 16 * 8)]
        ldp x18, x19, [sp, #(kRecordBytes + 16 * 9)]
        ldp x20, x21, [sp, #(kRecordBytes + 16 * 10)]
        ldp x22, x23, [sp, #(kRecordBytes + 16 * 11)]
        ldp x24, x25, [sp, #(kRecordBytes + 16 * 12)]
        ldp x26, x27, [sp, #(kRecordBytes + 16 * 13)]
        ldp x28, x29, [sp, #(kRecordBytes + 16 * 14)]
        ldr x30, [sp, #(kRecordBytes + 16 * 15)]
        ldp x0, x1, [sp, #(kRecordBytes + 16 * 0)]
        add sp, sp, #(kFrameBytes + kRecordBytes)
        eret
.endm

// The handlers return here, interrupts off, sp as they found it.
        .balign 16
        .globl aarch64_trap_return
        .hidden aarch64_trap_return
        .type aarch64_trap_return, @function
aarch64_trap_return:
        PopAndReturn
        .size aarch64_trap_return, . - aarch64_trap_return

        .balign 16
        .globl aarch64_user_return
        .hidden aarch64_user_return
        .type aarch64_user_return, @function
aarch64_user_return:
        ldr x1, [sp, #(kRecordBytes + kFrameSp)]
        msr sp_el0, x1
        movz x1, #kFpuOnHigh, lsl #16
        msr cpacr_el1, x1
        PopAndReturn
        .size aarch64_user_return, . - aarch64_user_return

// [[noreturn]] void aarch64_ResumeUser(const UserContext* context, uint64_t entry_stack): moves the
// context to where a trap from user mode would have put it, and resumes it. The caller's frames may
// lie there, context among them, a little lower: so the last words are moved first, and nothing is
// pushed meanwhile. Interrupts are off.
        .balign 16
        .globl aarch64_ResumeUser
        .hidden aarch64_ResumeUser
        .type aarch64_ResumeUser, @function
aarch64_ResumeUser:
        sub x2, x1, #kFrameBytes
        mov x3, #kFrameBytes
1:      sub x3, x3, #16
        add x4, x0, x3
        ldp x4, x5, [x4]
        add x6, x2, x3
        stp x4, x5, [x6]
        cbnz x3, 1b
        sub sp, x2, #kRecordBytes
        b aarch64_user_return
        .size aarch64_ResumeUser, . - aarch64_ResumeUser

// void aarch64_SwitchStacks(uint64_t* save, uint64_t to): what lies above the saved stack pointer is
// known to PrepareContext and SavedCallFrame.
        .balign 16
        .globl aarch64_SwitchStacks
        .hidden aarch64_SwitchStacks
        .type aarch64_SwitchStacks, @function
aarch64_SwitchStacks:
        stp x29, x30, [sp, #-96]!
        stp x19, x20, [sp, #16]
        stp x21, x22, [sp, #32]
        stp x23, x24, [sp, #48]
        stp x25, x26, [sp, #64]
        stp x27, x28, [sp, #80]
        mov x2, sp
        str x2, [x0]
        mov sp, x1
        ldp x19, x20, [sp, #16]
        ldp x21, x22, [sp, #32]
        ldp x23, x24, [sp, #48]
        ldp x25, x26, [sp, #64]
        ldp x27, x28, [sp, #80]
        ldp x29, x30, [sp], #96
        ret
        .size aarch64_SwitchStacks, . - aarch64_SwitchStacks

// void aarch64_SaveVectors(VectorState* to), void aarch64_LoadVectors(const VectorState* from): the
// FPU is on.
        .balign 16
        .globl aarch64_SaveVectors
        .hidden aarch64_SaveVectors
        .type aarch64_SaveVectors, @function
aarch64_SaveVectors:
        stp q0, q1, [x0, #0]
        stp q2, q3, [x0, #32]
        stp q4, q5, [x0, #64]
        stp q6, q7, [x0, #96]
        stp q8, q9, [x0, #128]
        stp q10, q11, [x0, #160]
        stp q12, q13, [x0, #192]
        stp q14, q15, [x0, #224]
        stp q16, q17, [x0, #256]
        stp q18, q19, [x0, #288]
        stp q20, q21, [x0, #320]
        stp q22, q23, [x0, #352]
        stp q24, q25, [x0, #384]
        stp q26, q27, [x0, #416]
        stp q28, q29, [x0, #448]
        stp q30, q31, [x0, #480]
        mrs x1, fpsr
        mrs x2, fpcr
        add x3, x0, #512
        stp w1, w2, [x3]
        ret
        .size aarch64_SaveVectors, . - aarch64_SaveVectors

        .balign 16
        .globl aarch64_LoadVectors
        .hidden aarch64_LoadVectors
        .type aarch64_LoadVectors, @function
aarch64_LoadVectors:
        ldp q0, q1, [x0, #0]
        ldp q2, q3, [x0, #32]
        ldp q4, q5, [x0, #64]
        ldp q6, q7, [x0, #96]
        ldp q8, q9, [x0, #128]
        ldp q10, q11, [x0, #160]
        ldp q12, q13, [x0, #192]
        ldp q14, q15, [x0, #224]
        ldp q16, q17, [x0, #256]
        ldp q18, q19, [x0, #288]
        ldp q20, q21, [x0, #320]
        ldp q22, q23, [x0, #352]
        ldp q24, q25, [x0, #384]
        ldp q26, q27, [x0, #416]
        ldp q28, q29, [x0, #448]
        ldp q30, q31, [x0, #480]
        add x3, x0, #512
        ldp w1, w2, [x3]
        msr fpsr, x1
        msr fpcr, x2
        ret
        .size aarch64_LoadVectors, . - aarch64_LoadVectors

        .bss
        .balign 16
        .skip 8192
emergency_stack_top:

        .section .note.GNU-stack, "", @progbits
