// SPDX-License-Identifier: BSD-2-Clause
//
// /boot/loader.conf, as in FreeBSD's loader.conf(5): one assignment a line,
//
//   NAME="value"     or a bare word without blanks, quotes and '#'
//   # comment        also behind an assignment
//
// Names are letters, digits, '_', '-' and '.'. The loader acts on
//
//   kernel="PATH"              the kernel's file; without '/' it is looked for in /boot
//   kernel_options="WORDS"     put before the machine's own command line
//   module_path="DIR;DIR"      where preloads and what they need are looked for
//   verbose_loading="YES"      say what is loaded
//   NAME_load="YES"            preload NAME: NAME.kld of the module path, in order of appearance
//   NAME_name="FILE"           the file to load for NAME: a soname, or a path when it has a '/'
//   a.b="value"                any name with a dot is a tunable: NAME=value joins the command line
//
// Later assignments replace earlier ones. Every other name is a warning. A line that is wrong is
// reported as "PATH:LINE: what" and skipped; the rest of the file counts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "stand/messages.h"

namespace stand {

inline constexpr std::string_view kLoaderConfPath = "/boot/loader.conf";
inline constexpr std::string_view kDefaultKernel = "/boot/kernel";
inline constexpr std::string_view kDefaultModulePath = "/boot/modules";

// One NAME of NAME_load and NAME_name. Views point into the file's text.
struct PreloadEntry {
  std::string_view name;
  std::string_view file;  // empty: NAME.kld
  bool load = false;
  uint32_t line = 0;  // of NAME_load
};

struct Tunable {
  std::string_view name;
  std::string_view value;
};

class LoaderConf {
 public:
  static constexpr size_t kMaxPreloads = 64;
  static constexpr size_t kMaxTunables = 64;

  // Reads the whole text of `path`; complaints go to `messages`. The text must outlive this object.
  // Returns the number of complaints.
  size_t Parse(std::string_view text, std::string_view path, Messages& messages);

  std::string_view kernel() const { return kernel_; }
  std::string_view kernel_options() const { return kernel_options_; }
  std::string_view module_path() const { return module_path_; }
  bool verbose() const { return verbose_; }
  // All names in order of appearance; those with `load` are to be preloaded.
  std::span<const PreloadEntry> preloads() const { return {preloads_, preload_count_}; }
  std::span<const Tunable> tunables() const { return {tunables_, tunable_count_}; }

 private:
  struct Assignment {
    std::string_view name;
    std::string_view value;
  };
  // What a line is wrong about; empty when it is good.
  using Complaint = std::string_view;

  static Complaint ParseLine(std::string_view line, Assignment* assignment);
  Complaint Assign(const Assignment& assignment, uint32_t line);
  Complaint AssignPreload(std::string_view name, std::string_view suffix, std::string_view value,
                          uint32_t line);
  Complaint AssignTunable(const Assignment& assignment);
  PreloadEntry* FindPreload(std::string_view name);

  std::string_view kernel_ = kDefaultKernel;
  std::string_view kernel_options_;
  std::string_view module_path_ = kDefaultModulePath;
  bool verbose_ = false;
  PreloadEntry preloads_[kMaxPreloads];
  size_t preload_count_ = 0;
  Tunable tunables_[kMaxTunables];
  size_t tunable_count_ = 0;
};

}  // namespace stand
