// SPDX-License-Identifier: BSD-2-Clause
//
// boot_bench NAME QEMU.ARGS LOADER ARCHIVE COMMAND-LINE LINE
//
// Boots again and again and prints how long it takes from the start of QEMU to the console line
// LINE (the beginning of a line is enough), with the parts that the kernel tells
// (kernel/dynamic/boot_times.h): medians of 20 boots after 2 that do not count.
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "tests/boot/qemu.h"

namespace {

constexpr int kWarmUps = 2;
constexpr int kBoots = 20;
constexpr int kTimeoutSeconds = 60;
constexpr char kPowerOff[] = "poweroff\n";

using Clock = std::chrono::steady_clock;
using Fields = std::map<std::string, uint64_t>;

double Milliseconds(Clock::duration duration) {
  return std::chrono::duration<double, std::milli>(duration).count();
}

// "boot-ticks: entry=1 load=2 ..." as fields; nothing for other lines.
std::optional<Fields> ParseTicks(const std::string& line) {
  constexpr char kPrefix[] = "boot-ticks:";
  if (line.rfind(kPrefix, 0) != 0) return std::nullopt;
  std::istringstream words(line.substr(sizeof kPrefix - 1));
  Fields fields;
  for (std::string word; words >> word;) {
    const size_t equals = word.find('=');
    if (equals != std::string::npos) {
      fields[word.substr(0, equals)] = std::stoull(word.substr(equals + 1));
    }
  }
  return fields;
}

// "boot-phase: rooms=5" as a name and a counter; nothing for other lines.
std::optional<std::pair<std::string, uint64_t>> ParsePhase(const std::string& line) {
  constexpr char kPrefix[] = "boot-phase: ";
  const size_t equals = line.find('=');
  if (line.rfind(kPrefix, 0) != 0 || equals == std::string::npos) return std::nullopt;
  return std::pair(line.substr(sizeof kPrefix - 1, equals - (sizeof kPrefix - 1)),
                   std::stoull(line.substr(equals + 1)));
}

// What one boot's console said, and when.
class Watcher {
 public:
  explicit Watcher(std::string line) : wanted_(std::move(line)), start_(Clock::now()) {}

  void Feed(std::string_view piece) {
    const Clock::time_point now = Clock::now();
    for (const char c : piece) {
      if (c == '\r') continue;
      if (c != '\n') {
        // As soon as it is there: a shell's prompt does not end its line.
        if (line_.empty()) line_began_ = now;
        line_ += c;
        if (!reached_ && line_ == wanted_) reached_ = now;
        continue;
      }
      if (std::optional<Fields> fields = ParseTicks(line_))
        ticks_.push_back({*fields, line_began_});
      if (const auto phase = ParsePhase(line_)) phases_.push_back(*phase);
      line_.clear();
    }
  }

  // Whether the boot came as far as it is to be timed.
  bool complete() const { return reached_ && ticks_.size() >= 2; }

  double TicksPerMillisecond() const {
    const uint64_t ticks = ticks_[1].fields.at("now") - ticks_[0].fields.at("now");
    return static_cast<double>(ticks) / Milliseconds(ticks_[1].when - ticks_[0].when);
  }

  // Milliseconds by part.
  std::map<std::string, double> Parts(double ticks_per_ms) const {
    const Fields& fields = ticks_[0].fields;
    const auto part = [&](uint64_t from, uint64_t to) {
      return static_cast<double>(to - from) / ticks_per_ms;
    };
    const double total = Milliseconds(*reached_ - start_);
    const uint64_t entry = fields.at("entry"), load = fields.at("load"),
                   relocated = fields.at("relocated"), jump = fields.at("jump");
    // The counter starts with the machine: what passed before is QEMU's own start.
    const double before = Milliseconds(ticks_[0].when - start_) - part(0, fields.at("now"));
    std::map<std::string, double> parts = {
        {"1 total", total},
        {"2 start of QEMU", before},
        {"3 firmware", part(0, entry)},
        {"4 loader", part(entry, load) + part(relocated, jump)},
        {"5 loading and relocation", part(load, relocated)},
        {"6 kernel", total - before - part(0, jump)},
    };
    // Of the kernel's share.
    if (phases_.empty()) return parts;
    uint64_t from = ticks_[1].fields.at("now");
    parts["6a   memory, threads, time"] = part(jump, from);
    char order = 'b';
    for (const auto& [name, at] : phases_) {
      parts[std::string("6") + order++ + "   " + name] = part(from, at);
      from = at;
    }
    parts[std::string("6") + order + "   programs"] = total - before - part(0, from);
    return parts;
  }

  uint64_t relocations() const { return ticks_.empty() ? 0 : ticks_[0].fields.at("relocations"); }

 private:
  struct Tick {
    Fields fields;
    Clock::time_point when;
  };

  std::string wanted_;
  Clock::time_point start_;
  std::string line_;
  Clock::time_point line_began_;  // `now` of the ticks was taken just before
  std::optional<Clock::time_point> reached_;
  std::vector<Tick> ticks_;
  std::vector<std::pair<std::string, uint64_t>> phases_;
};

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const size_t n = values.size();
  return n % 2 == 1 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

std::string ReadFile(const char* path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 7) {
    std::cerr << "usage: boot_bench NAME QEMU.ARGS LOADER ARCHIVE COMMAND-LINE LINE\n";
    return 2;
  }
  char folder[] = "/tmp/boot_bench.XXXXXX";
  if (mkdtemp(folder) == nullptr) {
    std::perror("mkdtemp");
    return 1;
  }
  const std::string text = ReadFile(argv[2]);
  const boot::Machine machine = {.loader = argv[3],
                                 .archive = argv[4],
                                 .command_line = argv[5],
                                 .status_file = std::string(folder) + "/status"};
  const std::vector<std::string> arguments = boot::QemuArguments(text, machine);
  const std::string status = boot::StatusFile(text, machine);

  std::vector<Watcher> watchers;
  bool good = !arguments.empty();
  for (int i = 0; i < kWarmUps + kBoots && good; ++i) {
    Watcher watcher(argv[6]);
    // A system that gives a prompt goes on until it is told to stop.
    bool told = false;
    const auto outcome =
        boot::BootTyping(arguments, status, kTimeoutSeconds, [&](std::string_view piece) {
          watcher.Feed(piece);
          if (told || !watcher.complete()) return std::string();
          told = true;
          return std::string(kPowerOff);
        });
    good = outcome && watcher.complete();
    if (!good) {
      std::cerr << "boot " << i + 1 << " did not come to its end:\n"
                << (outcome ? outcome->console : "QEMU did not start\n");
    } else if (i >= kWarmUps) {
      watchers.push_back(watcher);
    }
  }
  unlink(status.c_str());
  rmdir(folder);
  if (!good) return 1;

  // A tick is as long in every boot.
  std::vector<double> rates;
  for (const Watcher& watcher : watchers) rates.push_back(watcher.TicksPerMillisecond());
  const double rate = Median(rates);
  std::map<std::string, std::vector<double>> samples;
  for (const Watcher& watcher : watchers) {
    for (const auto& [name, value] : watcher.Parts(rate)) samples[name].push_back(value);
  }

  std::printf("%s: to \"%s\", %d boots, milliseconds\n", argv[1], argv[6], kBoots);
  std::printf("  %-26s %8s %8s %8s\n", "", "median", "least", "most");
  for (const auto& [name, values] : samples) {
    const auto [least, most] = std::minmax_element(values.begin(), values.end());
    std::printf("  %-26s %8.2f %8.2f %8.2f\n", name.c_str() + name.find(' ') + 1, Median(values),
                *least, *most);
  }
  std::printf("  %llu relocations by the loader\n",
              static_cast<unsigned long long>(watchers[0].relocations()));
  return 0;
}
