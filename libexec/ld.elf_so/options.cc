// SPDX-License-Identifier: BSD-2-Clause
#include "libexec/ld.elf_so/options.h"

namespace ldso {
namespace {

struct Topic {
  char name[12];
  uint32_t bits;
};

constexpr Topic kTopics[] = {
    {"files", kDebugFiles},
    {"libs", kDebugLibs},
    {"reloc", kDebugReloc},
    {"bindings", kDebugBindings},
    {"statistics", kDebugStatistics},
    {"all", kDebugFiles | kDebugLibs | kDebugReloc | kDebugBindings | kDebugStatistics},
};

// The value if `variable` is "NAME=value", else nullptr.
const char* ValueOf(const char* variable, std::string_view name) {
  for (const char c : name) {
    if (*variable++ != c) return nullptr;
  }
  return *variable == '=' ? variable + 1 : nullptr;
}

void ReadDebug(std::string_view list, Options& options) {
  std::string_view word;
  while (NextElement(list, ",: ", word)) {
    if (word.empty()) continue;
    uint32_t bits = 0;
    for (const Topic& topic : kTopics) {
      if (word == topic.name) bits = topic.bits;
    }
    if (bits == 0) options.unknown_debug = word;
    options.debug |= bits;
  }
}

bool Fail(Options& options, const char* error, const char* word) {
  options.error = error;
  options.error_word = word;
  return false;
}

}  // namespace

const char kHelpText[] =
    "usage: ld.elf_so [--list] [--verify] [--library-path PATH] [--preload NAMES]\n"
    "                 [--argv0 NAME] PROGRAM [ARGUMENT ...]\n"
    "\n"
    "Loads PROGRAM and the libraries it needs, links them and runs it.\n"
    "\n"
    "  --list               say what would be loaded, and from where; run nothing\n"
    "  --verify             exit with 0 if PROGRAM is one that can be loaded; run nothing\n"
    "  --library-path PATH  directories to search, instead of LD_LIBRARY_PATH\n"
    "  --preload NAMES      libraries to load in front of all others\n"
    "  --argv0 NAME         what the program sees as its own name\n"
    "  --help               this text\n"
    "\n"
    "Environment: LD_LIBRARY_PATH, LD_PRELOAD, LD_BIND_NOW, LD_TRACE_LOADED_OBJECTS,\n"
    "LD_DEBUG=files,libs,reloc,bindings,statistics,all.\n";

bool Contains(std::string_view text, char wanted) {
  for (const char c : text) {
    if (c == wanted) return true;
  }
  return false;
}

bool NextElement(std::string_view& list, std::string_view separators, std::string_view& element) {
  if (list.data() == nullptr) return false;
  size_t length = 0;
  while (length < list.size() && !Contains(separators, list[length])) ++length;
  element = std::string_view(list.data(), length);
  list = length == list.size()
             ? std::string_view()
             : std::string_view(list.data() + length + 1, list.size() - length - 1);
  return true;
}

void ReadEnvironment(char* const* environment, bool secure, Options& options) {
  if (secure) return;
  for (; *environment; ++environment) {
    if (const char* path = ValueOf(*environment, "LD_LIBRARY_PATH")) {
      options.library_path = path;
    } else if (const char* preload = ValueOf(*environment, "LD_PRELOAD")) {
      options.preload = preload;
    } else if (const char* now = ValueOf(*environment, "LD_BIND_NOW")) {
      options.bind_now = *now != '\0';
    } else if (const char* trace = ValueOf(*environment, "LD_TRACE_LOADED_OBJECTS")) {
      options.list = *trace != '\0';
    } else if (const char* debug = ValueOf(*environment, "LD_DEBUG")) {
      ReadDebug(debug, options);
    }
  }
}

bool ReadCommandLine(int argc, char* const* argv, Options& options) {
  int i = 1;
  for (; i < argc && argv[i][0] == '-'; ++i) {
    const std::string_view word = argv[i];
    if (word == "--") {
      ++i;
      break;
    }
    if (word == "--help") {
      options.help = true;
      return true;
    }
    if (word == "--list") {
      options.list = true;
    } else if (word == "--verify") {
      options.verify = true;
    } else if (word == "--library-path" || word == "--preload" || word == "--argv0") {
      if (i + 1 == argc) return Fail(options, "needs an argument", argv[i]);
      const char* value = argv[++i];
      if (word == "--library-path") options.library_path = value;
      if (word == "--preload") options.more_preload = value;
      if (word == "--argv0") options.argv0 = value;
    } else {
      return Fail(options, "is no option", argv[i]);
    }
  }
  if (i >= argc) return Fail(options, "no program given", "");
  options.own_arguments = i;
  options.program = argv[i];
  return true;
}

}  // namespace ldso
