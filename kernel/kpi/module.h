/* SPDX-License-Identifier: BSD-2-Clause
 *
 * How a file says which modules it holds. For C and C++:
 *
 *     #include "kernel/kpi/module.h"
 *
 *     KLD_MODULE(hello, "1.0", "says hello when it comes and goes");
 *     KLD_AUTHOR(hello, "A. U. Thor");
 *     KLD_LICENSE(hello, "BSD-2-Clause");
 *     KLD_PARAM_NUMBER(hello, times, 1, "how often");       // an int64_t named `times`
 *
 *     KLD_LOAD(hello) {
 *       for (int64_t i = 0; i < times; ++i) kprintf("hello\n");
 *       return 0;
 *     }
 *     KLD_UNLOAD(hello) { kprintf("bye\n"); }
 *
 * A file may hold several modules, and a library needs none of this. Every macro stands at file
 * scope and ends with a semicolon, or with a body in braces for handlers. All of them may be absent
 * but KLD_MODULE. Constructors run before the first load handler, destructors after the last unload
 * handler. A file with one module that fails to load fails as a whole.
 *
 * Handlers run on the thread that loads or unloads, with no lock of the linker held; they may sleep
 * and may load other files. They return 0 or an error number where they return int.
 *
 *   KLD_LOAD      int    sets up. An error undoes the load: KLD_UNLOAD is not called for this
 *                        module.
 *   KLD_QUIESCE   int    before an unload: an error vetoes it. New work must not be accepted after
 *                        0.
 *   KLD_RESUME    void   the unload was vetoed by somebody else, or failed: go on as before.
 *   KLD_UNLOAD    void   takes down everything it registered. As long as it leaves something, the
 *                        file stays in memory, and unloads fail with EBUSY that names it.
 *   KLD_SHUTDOWN  void   the machine goes down, in reverse order of loading; nothing is unloaded.
 *
 * What is written here ends in two places. Texts go to an ELF note (owner "Dynlink", type
 * KLD_NOTE_MODULE, section .note.dynlink.module) whose descriptor is a list of NUL-terminated
 * "key=value" strings; each note begins with "module=NAME", and what follows is about it. Keys:
 *
 *   module, version, description, author, license   text
 *   param       NAME,TYPE,rw|ro,DEFAULT,HELP; TYPE is bool, number, string, data, array or dict
 *   flag        autoload | autounload
 *   device      an id that the module drives
 *
 * Handlers and parameters' addresses go to per-file sets (kld.h), which the module link script puts
 * behind the one exported symbol kld_file@@KLD_1.0 (struct kld_file_directory).
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "kernel/kpi/kld.h"

#define KLD_NOTE_OWNER "Dynlink"
#define KLD_NOTE_MODULE 1

/* ---- What the file offers ---- */

#define KLD_MODULE(name, version, description) \
  KLD_NOTE_(name, "version=" version "\0description=" description)
#define KLD_AUTHOR(name, text) KLD_NOTE_(name, "author=" text)
#define KLD_LICENSE(name, text) KLD_NOTE_(name, "license=" text)
/* An id for kldxref: bus and the bus's own words, "pci:8086:100e". */
#define KLD_DEVICE(name, text) KLD_NOTE_(name, "device=" text)
/* KLD_FLAG(hello, autoload): unprivileged triggers may load it; autounload: an unused file may go.
 */
#define KLD_FLAG(name, flag) KLD_NOTE_(name, "flag=" #flag)

/* ---- Handlers ---- */

#define KLD_LOAD(name)                                              \
  KLD_INIT static int kld_load_##name(void);                        \
  KLD_ENTRY_("load", struct kld_handler, kld_load_entry_##name) = { \
      #name, {.returns_int = kld_load_##name}, KLD_EVENT_LOAD};     \
  static int kld_load_##name(void)
#define KLD_QUIESCE(name) KLD_HANDLER_(name, quiesce, int, returns_int, KLD_EVENT_QUIESCE)
#define KLD_RESUME(name) KLD_HANDLER_(name, resume, void, returns_void, KLD_EVENT_RESUME)
#define KLD_UNLOAD(name) KLD_HANDLER_(name, unload, void, returns_void, KLD_EVENT_UNLOAD)
#define KLD_SHUTDOWN(name) KLD_HANDLER_(name, shutdown, void, returns_void, KLD_EVENT_SHUTDOWN)

/* A step of loading or unloading in a fixed order, for files made of many parts: `function` (int
   (void)) runs before the load handlers, in ascending `order` and within it in link order. An error
   fails the load. Hooks have no undo of their own: the unload handlers are that. */
#define KLD_HOOK(name, function, order) \
  KLD_ENTRY_("hook", struct kld_hook, kld_hook_##name##_##function) = {#name, function, order}

/* Functions and data needed only until the load handlers have run; their memory is given back then.
   A load handler is one by itself. Nothing that stays may refer to them. */
#define KLD_INIT __attribute__((section(".init.text"), noinline))
#define KLD_INIT_DATA __attribute__((section(".init.data")))
#define KLD_INIT_RODATA __attribute__((section(".init.rodata")))

/* ---- Parameters ---- */

/* Each defines a variable of this name, set before any code of the file runs. The default is a
   literal. The _RO forms cannot be changed later. */
#define KLD_PARAM_BOOL(module, variable, value, help) \
  KLD_PARAM_(module, variable, bool, "rw", value, help, int32_t, KLD_BOOL)
#define KLD_PARAM_NUMBER(module, variable, value, help) \
  KLD_PARAM_(module, variable, number, "rw", value, help, int64_t, KLD_NUMBER)
#define KLD_PARAM_STRING(module, variable, value, help) \
  static const char* variable = value;                  \
  KLD_PARAM_ENTRY_(module, variable, KLD_STRING);       \
  KLD_NOTE_(module, "param=" #variable ",string,rw," value "," help)
#define KLD_PARAM_BOOL_RO(module, variable, value, help) \
  KLD_PARAM_(module, variable, bool, "ro", value, help, int32_t, KLD_BOOL)
#define KLD_PARAM_NUMBER_RO(module, variable, value, help) \
  KLD_PARAM_(module, variable, number, "ro", value, help, int64_t, KLD_NUMBER)
/* Bytes, lists and dictionaries: a const struct kld_value*, null unless given. */
#define KLD_PARAM_DATA(module, variable, help) \
  KLD_PARAM_VALUE_(module, variable, data, help, KLD_DATA)
#define KLD_PARAM_ARRAY(module, variable, help) \
  KLD_PARAM_VALUE_(module, variable, array, help, KLD_ARRAY)
#define KLD_PARAM_DICT(module, variable, help) \
  KLD_PARAM_VALUE_(module, variable, dict, help, KLD_DICT)

/* ---- Sets ---- */

/* Puts the address of `object` into the file's own set named `set`; kld_lookup_set (kld.h) finds
   it. */
#define KLD_SET_ENTRY(set, object) \
  KLD_ENTRY_("set", struct kld_set_entry, kld_set_##set##_##object) = {#set, (const void*)&(object)}

/* Keeps modules and handlers in the order of the source, which g++ would reverse. */
#if defined(__has_attribute) && __has_attribute(no_reorder)
#define KLD_IN_ORDER_ , no_reorder
#else
#define KLD_IN_ORDER_
#endif

/* ---- Below: how it is done ---- */

#define KLD_ENTRY_(set, type, name) \
  static const type name            \
      __attribute__((section(".kld_set." set), used, aligned(__alignof__(type)) KLD_IN_ORDER_))

#define KLD_HANDLER_(name, event, result, member, number)                   \
  static result kld_##event##_##name(void);                                 \
  KLD_ENTRY_("handler", struct kld_handler, kld_##event##_entry_##name) = { \
      #name, {.member = kld_##event##_##name}, number};                     \
  static result kld_##event##_##name(void)

#define KLD_PARAM_(module, variable, type, access, value, help, ctype, number) \
  static ctype variable = value;                                               \
  KLD_PARAM_ENTRY_(module, variable, number);                                  \
  KLD_NOTE_(module, "param=" #variable "," #type "," access "," #value "," help)
#define KLD_PARAM_VALUE_(module, variable, type, help, number) \
  static const struct kld_value* variable = NULL;              \
  KLD_PARAM_ENTRY_(module, variable, number);                  \
  KLD_NOTE_(module, "param=" #variable "," #type ",rw,," help)
#define KLD_PARAM_ENTRY_(module, variable, number)                                              \
  KLD_ENTRY_("param", struct kld_param, kld_param_##module##_##variable) = {#module, #variable, \
                                                                            &variable, number}

/* ELF notes: three words, the owner padded to 4 bytes (ELF gABI, "Note Section"), the text. */
#define KLD_NOTE_(name, text) KLD_NOTE_AT_(name, text, __COUNTER__)
#define KLD_NOTE_AT_(name, text, counter) KLD_NOTE_AS_(name, text, counter)
#define KLD_NOTE_AS_(name, text, counter)                                                  \
  static const struct {                                                                    \
    uint32_t owner_bytes, text_bytes, kind;                                                \
    char owner[sizeof(KLD_NOTE_OWNER)];                                                    \
    char body[sizeof("module=" #name "\0" text)];                                          \
  } kld_note_##counter                                                                     \
      __attribute__((section(".note.dynlink.module"), used, aligned(4) KLD_IN_ORDER_)) = { \
          sizeof(KLD_NOTE_OWNER), sizeof("module=" #name "\0" text), KLD_NOTE_MODULE,      \
          KLD_NOTE_OWNER, "module=" #name "\0" text}
