// SPDX-License-Identifier: BSD-2-Clause
//
// "load random; sym chacha_block; stat; unload random", from the kernel's command line: exercises
// the linker before there is a user side. Each command logs one line, or its report.

#include "kernel/dynlink/format.h"
#include "kernel/dynlink/kld.h"
#include "kernel/dynlink/memory.h"

namespace kld {
namespace {

std::string_view NextWord(std::string_view& text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  size_t size = 0;
  while (size < text.size() && text[size] != ' ') ++size;
  const std::string_view word(text.data(), size);
  text.remove_prefix(size);
  return word;
}

class Runner {
 public:
  explicit Runner(Report& report) : report_(report) {}

  int failures() const { return failures_; }

  void Command(std::string_view text) {
    const std::string_view verb = NextWord(text);
    Text argument;
    if (verb.empty() || !argument.Set(NextWord(text))) return;
    const char* const name = argument.c_str();
    if (verb == "load") {
      LoadOne(name);
    } else if (verb == "unload") {
      UnloadOne(name);
    } else if (verb == "stat") {
      StatAll();
    } else if (verb == "sym") {
      Symbol(name);
    } else {
      Say("?", "is no command", 1);
    }
  }

 private:
  void Say(const char* name, const char* what, int error) {
    char line[256];
    if (error != 0) {
      ++failures_;
      Format(line, sizeof(line), "kld.test: %s: %s: error %d", name, what, error);
    } else {
      Format(line, sizeof(line), "kld.test: %s: %s", name, what);
    }
    LogLines(1, line);
    report_.Log(1);
    report_.Clear();
  }

  void LoadOne(const char* name) {
    int id;
    const int error = Load(name, nullptr, 0, &id, report_);
    Say(name, error == 0 ? "loaded" : "not loaded", error);
  }

  void UnloadOne(const char* name) {
    int id;
    int error = Find(name, &id);
    if (error == 0) error = Unload(id, 0, report_);
    Say(name, error == 0 ? "unloaded" : "not unloaded", error);
  }

  void StatAll() {
    int id = 0;
    while (Next(id, &id) == 0 && id != 0) {
      kld_file_stat stat;
      stat.version = sizeof(stat);
      if (Stat(id, &stat) != 0) continue;
      char line[256];
      Format(line, sizeof(line), "kld.test: %2d %4d 0x%016llx %8llx %s", stat.id, stat.refs,
             static_cast<unsigned long long>(stat.address),
             static_cast<unsigned long long>(stat.size), stat.name);
      LogLines(1, line);
    }
  }

  void Symbol(const char* name) {
    kld_sym_lookup symbol;
    symbol.version = sizeof(symbol);
    const int error = SymbolByName(0, name, &symbol);
    char what[64];
    Format(what, sizeof(what), "0x%llx in file %d", static_cast<unsigned long long>(symbol.value),
           symbol.file_id);
    Say(name, error == 0 ? what : "no such symbol", error);
  }

  Report& report_;
  int failures_ = 0;
};

}  // namespace

int RunBootCommands(std::string_view commands) {
  if (commands.empty()) return 0;
  Owned<Report> report(New<Report>());
  if (!report) return 1;
  Runner runner(*report);
  while (!commands.empty()) {
    size_t size = 0;
    while (size < commands.size() && commands[size] != ';') ++size;
    runner.Command({commands.data(), size});
    commands.remove_prefix(size == commands.size() ? size : size + 1);
  }
  return runner.failures();
}

}  // namespace kld
