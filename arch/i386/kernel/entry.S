// SPDX-License-Identifier: BSD-2-Clause
//
// Ways into the kernel and out of it. Every way in builds an arch::UserContext (trap_frame.h) and
// below it two words that look like a frame (saved frame pointer, return address), so that a walk
// over frame pointers goes on through the trap.

#define kFrameEip 36
#define kFrameCs 40
#define kFrameBytes 56
#define kUserDataSelector 0x23
#define kSyscallVector 0x80
#define kCr0TaskSwitchedBit 8

        .text

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
        .globl i386_vectors
        .hidden i386_vectors
i386_vectors:
        .altmacro
        .set index, 0
        .rept 48
        Vector %index
        .set index, index + 1
        .endr
        .noaltmacro

// INT 0x80. Its gate has switched stacks and interrupts off.
        .balign 16
        .globl i386_syscall_vector
        .hidden i386_syscall_vector
i386_syscall_vector:
        push $0
        push $kSyscallVector
        jmp trap_common

        .balign 16
        .type trap_common, @function
trap_common:
        push %eax
        push %ebp
        push %edi
        push %esi
        push %edx
        push %ecx
        push %ebx
        cld
        mov $kUserDataSelector, %eax
        mov %eax, %ds
        mov %eax, %es
        testb $3, kFrameCs(%esp)
        jz 1f
        // The FPU is off while the kernel runs: CR0.TS makes every use of it trap.
        mov %cr0, %eax
        or $kCr0TaskSwitchedBit, %eax
        mov %eax, %cr0
1:      mov %esp, %ecx
        push kFrameEip(%ecx)
        push %ebp
        mov %esp, %ebp
        and $-16, %esp
        sub $12, %esp
        push %ecx
        call i386_HandleTrap
        .globl i386_trap_return
        .hidden i386_trap_return
i386_trap_return:
        lea 8(%ebp), %esp
        testb $3, kFrameCs(%esp)
        jz leave_by_iret
        clts
leave_by_iret:
        pop %ebx
        pop %ecx
        pop %edx
        pop %esi
        pop %edi
        pop %ebp
        pop %eax
        add $8, %esp                    // vector, error
        iret
        .size trap_common, . - trap_common

// [[noreturn]] void i386_ResumeUser(const UserContext* context, uint32_t entry_stack): moves the
// context to where a trap from user mode would have put it, and resumes it. The caller's frames may
// lie there, context among them, a little lower: so the last word is moved first, and nothing is
// pushed meanwhile. Interrupts are off.
        .balign 16
        .globl i386_ResumeUser
        .hidden i386_ResumeUser
        .type i386_ResumeUser, @function
i386_ResumeUser:
        mov 4(%esp), %esi
        mov 8(%esp), %edi
        lea -kFrameBytes(%edi), %esp
        mov $kFrameBytes, %ecx
1:      mov -4(%esi, %ecx), %eax
        mov %eax, -4(%esp, %ecx)
        sub $4, %ecx
        jnz 1b
        clts
        jmp leave_by_iret
        .size i386_ResumeUser, . - i386_ResumeUser

// void i386_SwitchStacks(uint32_t* save, uint32_t to): what lies above the saved stack pointer is
// known to PrepareContext and SavedCallFrame.
        .balign 16
        .globl i386_SwitchStacks
        .hidden i386_SwitchStacks
        .type i386_SwitchStacks, @function
i386_SwitchStacks:
        mov 4(%esp), %eax
        mov 8(%esp), %edx
        push %ebp
        push %ebx
        push %esi
        push %edi
        mov %esp, (%eax)
        mov %edx, %esp
        pop %edi
        pop %esi
        pop %ebx
        pop %ebp
        ret
        .size i386_SwitchStacks, . - i386_SwitchStacks

        .section .note.GNU-stack, "", @progbits
