// SPDX-License-Identifier: BSD-2-Clause
//
// Ways into the kernel and out of it. Every way in builds an arch::UserContext (trap_frame.h) and
// below it two words that look like a frame (saved frame pointer, return address), so that a walk
// over frame pointers goes on through the trap.

#define kFrameRip 136
#define kFrameCs 144
#define kFrameRsp 160
#define kFrameBytes 176
#define kUserDataSelector 0x1b
#define kUserCodeSelector 0x23
#define kCr0TaskSwitchedBit 8

        .text

.macro PushRegisters
        push %rdi
        push %rsi
        push %rdx
        push %rcx
        push %rax
        push %r8
        push %r9
        push %r10
        push %r11
        push %rbx
        push %rbp
        push %r12
        push %r13
        push %r14
        push %r15
.endm

.macro PopRegisters
        pop %r15
        pop %r14
        pop %r13
        pop %r12
        pop %rbp
        pop %rbx
        pop %r11
        pop %r10
        pop %r9
        pop %r8
        pop %rax
        pop %rcx
        pop %rdx
        pop %rsi
        pop %rdi
.endm

// The FPU is off while the kernel runs: CR0.TS makes every use of it trap.
.macro FpuOff
        mov %cr0, %rax
        or $kCr0TaskSwitchedBit, %rax
        mov %rax, %cr0
.endm

// The stubs of the 48 vectors in use, 16 bytes each: exceptions 0-31, interrupt lines 32-47.
// Exceptions 8, 10-14, 17, 21, 29 and 30 push an error code; the others get a zero.
.macro Vector number
        .balign 16
        .if !(\number == 8 || (\number >= 10 && \number <= 14) || \number == 17 || \number == 21 || \number == 29 || \number == 30)
        push $0
        .endif
        push $\number
        jmp trap_common
.endm

        .balign 16
        .globl x86_64_vectors
        .hidden x86_64_vectors
x86_64_vectors:
        .altmacro
        .set index, 0
        .rept 48
        Vector %index
        .set index, index + 1
        .endr
        .noaltmacro

        .balign 16
        .type trap_common, @function
trap_common:
        PushRegisters
        cld
        testb $3, kFrameCs(%rsp)
        jz 1f
        FpuOff
1:      // A user program may set RFLAGS.AC, which would switch SMAP off.
        cmpb $0, x86_64_smap(%rip)
        je 2f
        clac
2:      mov %rsp, %rdi
        push kFrameRip(%rdi)
        push %rbp
        mov %rsp, %rbp
        call x86_64_HandleTrap
        .globl x86_64_trap_return
        .hidden x86_64_trap_return
x86_64_trap_return:
        add $16, %rsp
        testb $3, kFrameCs(%rsp)
        jz leave_by_iret
        clts
leave_by_iret:
        PopRegisters
        add $16, %rsp                   // vector, error
        iretq
        .size trap_common, . - trap_common

// SYSCALL leaves the return address in rcx, the flags in r11, and does not switch stacks; its mask
// has switched interrupts off.
        .balign 16
        .globl x86_64_syscall_entry
        .hidden x86_64_syscall_entry
        .type x86_64_syscall_entry, @function
x86_64_syscall_entry:
        mov %rsp, user_stack(%rip)
        mov x86_64_kernel_entry_stack(%rip), %rsp
        push $kUserDataSelector
        push user_stack(%rip)
        push %r11
        push $kUserCodeSelector
        push %rcx
        push $0
        push $-1                        // kSyscallVector
        PushRegisters
        FpuOff
        mov %rsp, %rdi
        push kFrameRip(%rdi)
        push %rbp
        mov %rsp, %rbp
        call x86_64_HandleSyscall
        .globl x86_64_syscall_return
        .hidden x86_64_syscall_return
x86_64_syscall_return:
        add $16, %rsp
        clts
        test %al, %al
        jz leave_by_iret
        // HandleSyscall has found rcx = rip (a user address) and r11 = rflags.
        PopRegisters
        mov kFrameRsp - 120(%rsp), %rsp
        sysretq
        .size x86_64_syscall_entry, . - x86_64_syscall_entry

// [[noreturn]] void x86_64_ResumeUser(const UserContext* context, uint64_t entry_stack): moves the
// context to where a trap from user mode would have put it, and resumes it. The caller's frames may
// lie there, context among them, a little lower: so the last word is moved first, and nothing is
// pushed meanwhile. Interrupts are off.
        .balign 16
        .globl x86_64_ResumeUser
        .hidden x86_64_ResumeUser
        .type x86_64_ResumeUser, @function
x86_64_ResumeUser:
        lea -kFrameBytes(%rsi), %rsp
        mov $kFrameBytes, %ecx
1:      mov -8(%rdi, %rcx), %rax
        mov %rax, -8(%rsp, %rcx)
        sub $8, %ecx
        jnz 1b
        clts
        jmp leave_by_iret
        .size x86_64_ResumeUser, . - x86_64_ResumeUser

// void x86_64_SwitchStacks(uint64_t* save, uint64_t to): what lies above the saved stack pointer is
// known to PrepareContext and SavedCallFrame.
        .balign 16
        .globl x86_64_SwitchStacks
        .hidden x86_64_SwitchStacks
        .type x86_64_SwitchStacks, @function
x86_64_SwitchStacks:
        push %rbp
        push %rbx
        push %r12
        push %r13
        push %r14
        push %r15
        mov %rsp, (%rdi)
        mov %rsi, %rsp
        pop %r15
        pop %r14
        pop %r13
        pop %r12
        pop %rbx
        pop %rbp
        ret
        .size x86_64_SwitchStacks, . - x86_64_SwitchStacks

        .bss
        .balign 8
user_stack:
        .skip 8

        .section .note.GNU-stack, "", @progbits
