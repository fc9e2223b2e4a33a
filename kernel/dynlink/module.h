// SPDX-License-Identifier: BSD-2-Clause
//
// What a file says about the modules in it (kernel/kpi/module.h): the texts of its note, read
// before anything is mapped, and its handlers, read from its sets once it is relocated.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "kernel/dynlink/kld.h"
#include "kernel/dynlink/memory.h"
#include "kernel/kpi/kld.h"

namespace kld {

inline constexpr size_t kEvents = 5;

// One parameter as the note declares it.
struct ParameterText {
  Text name;
  Text help;
  Text default_value;
  uint32_t type = 0;  // enum kld_type
  bool read_only = false;
};

struct Module {
  int id = 0;
  Text name;
  Text version;
  Array<ParameterText> parameters;
  bool may_autoload = false;
  bool may_autounload = false;

  uintptr_t handlers[kEvents] = {};  // by Event; 0 = none

  // The running thread's.
  bool started = false;
  bool quiesced = false;
};

// Adds the modules that one note's descriptor names to `modules` (a note about a module that is
// there already adds to it). Unknown keys, and values that make no sense, are warnings in `report`,
// which names the file `path`. False: no memory.
[[nodiscard]] bool ReadNote(std::span<const char> descriptor, std::string_view path,
                            Array<Module>& modules, Report& report);

}  // namespace kld
