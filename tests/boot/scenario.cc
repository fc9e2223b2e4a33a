// SPDX-License-Identifier: BSD-2-Clause

#include "tests/boot/scenario.h"

#include <map>
#include <optional>
#include <regex>
#include <sstream>

namespace boot {
namespace {

constexpr char kRecord = '\x1e';

std::vector<std::string> Lines(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

bool Number(const std::string& text, int limit, int& value) {
  if (text.empty() || text.size() > 6) return false;
  if (text.find_first_not_of("0123456789") != std::string::npos) return false;
  value = std::stoi(text);
  return value <= limit;
}

std::optional<std::string> After(const std::string& line, std::string_view prefix) {
  if (!line.starts_with(prefix)) return std::nullopt;
  return line.substr(prefix.size());
}

std::optional<std::string> RegexOf(const std::string& pattern) {
  constexpr std::string_view kSuffix = " (re)";
  if (!pattern.ends_with(kSuffix)) return std::nullopt;
  return pattern.substr(0, pattern.size() - kSuffix.size());
}

class Parser {
 public:
  explicit Parser(Scenario& scenario) : scenario_(scenario) {}

  std::string Parse(std::string_view text) {
    for (const std::string& line : Lines(std::string(text))) {
      ++line_;
      const std::string error = scenario_.cases.empty() ? Head(line) : Body(line);
      if (!error.empty()) return "line " + std::to_string(line_) + ": " + error;
    }
    if (scenario_.cases.empty()) return "no case: a case starts with `=== NAME'";
    for (const Case& one : scenario_.cases) {
      if (one.steps.empty()) return "case `" + one.name + "' checks nothing";
    }
    return "";
  }

 private:
  std::string Head(const std::string& line) {
    if (line.empty() || line[0] == '#') return "";
    if (const auto value = After(line, "cmdline: ")) {
      scenario_.command_line = *value;
    } else if (const auto value = After(line, "timeout: ")) {
      if (!Number(*value, 280, scenario_.timeout_seconds)) return "timeout: seconds, at most 280";
    } else if (const auto value = After(line, "hang: ")) {
      if (*value != "a crash") return "hang: can only be `a crash'";
      scenario_.hang_is_crash = true;
    } else if (const auto value = After(line, "status: ")) {
      if (!Number(*value, 255, scenario_.status)) return "status: 0 to 255";
    } else {
      return Body(line);
    }
    return "";
  }

  std::string Body(const std::string& line) {
    if (const auto name = After(line, "=== ")) {
      for (const Case& one : scenario_.cases) {
        if (one.name == *name) return "a second case `" + *name + "'";
      }
      scenario_.cases.push_back({*name, {}});
      return "";
    }
    if (scenario_.cases.empty()) return "`" + line + "' before the first case";
    auto& steps = scenario_.cases.back().steps;
    Command* command = steps.empty() ? nullptr : std::get_if<Command>(&steps.back());
    if (const auto text = After(line, "$ ")) {
      steps.emplace_back(Command{line_, *text, {}, 0});
      return "";
    }
    if (const auto text = After(line, "> "); text && command != nullptr) {
      command->text += "\n" + *text;
      return "";
    }
    if (const auto pattern = After(line, "console: ")) return Console(*pattern, false);
    if (const auto pattern = After(line, "no console: ")) return Console(*pattern, true);
    if (command == nullptr) return line.empty() || line[0] == '#' ? "" : "output without a command";
    // Blank lines before the next case are no output; one that is, is written as `(re)`'s "^$".
    if (line.empty()) return "";
    if (line.front() == '[' && line.back() == ']' &&
        Number(line.substr(1, line.size() - 2), 255, command->status)) {
      return "";
    }
    if (std::string error = CheckRegex(line); !error.empty()) return error;
    command->expected.push_back(line);
    return "";
  }

  std::string Console(const std::string& pattern, bool absent) {
    if (std::string error = CheckRegex(pattern); !error.empty()) return error;
    scenario_.cases.back().steps.emplace_back(ConsoleLine{line_, pattern, absent});
    return "";
  }

  static std::string CheckRegex(const std::string& pattern) {
    const auto text = RegexOf(pattern);
    if (!text) return "";
    try {
      const std::regex compiled(*text);
    } catch (const std::regex_error& error) {
      return "`" + *text + "': " + error.what();
    }
    return "";
  }

  Scenario& scenario_;
  int line_ = 0;
};

struct Ran {
  std::string output;
  int status = -1;  // -1: did not end
};

struct Split {
  std::vector<std::string> console;  // before the marker
  std::map<int, Ran> commands;
};

// Cuts the console into what stands before the marker and the commands' parts.
Split SplitConsole(const std::string& console) {
  Split split;
  MarkerFilter filter;
  const std::string behind = filter.Feed(console);
  std::string before = console.substr(0, console.size() - behind.size());
  if (const size_t marker = before.rfind(kMarker); marker != std::string::npos)
    before.resize(marker);
  split.console = Lines(before);

  int current = -1;
  for (size_t at = 0; at < behind.size();) {
    const size_t record = behind.find(kRecord, at);
    const std::string text = behind.substr(at, record - at);
    if (current >= 0) split.commands[current].output += text;
    if (record == std::string::npos) break;
    const size_t end = behind.find(kRecord, record + 1);
    if (end == std::string::npos) break;
    std::istringstream words(behind.substr(record + 1, end - record - 1));
    std::string kind;
    int index = -1;
    words >> kind >> index;
    if (kind == "BEGIN") {
      current = index;
      split.commands[index];
    } else if (kind == "END") {
      words >> split.commands[index].status;
      current = -1;
    }
    at = end + 1;
    if (at < behind.size() && behind[at] == '\n') ++at;
  }
  return split;
}

std::string Indented(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += "    " + line + "\n";
  return text.empty() ? "    (nothing)\n" : text;
}

std::string CheckCommand(const Command& command, const std::map<int, Ran>& ran, int index) {
  const std::string head = "line " + std::to_string(command.line) + ": $ " + command.text + "\n";
  const auto found = ran.find(index);
  if (found == ran.end()) return head + "  was not reached\n";
  const std::vector<std::string> lines = Lines(found->second.output);
  const bool matches = LinesMatch(command.expected, lines);
  if (matches && found->second.status == command.status) return "";
  std::string text = head;
  if (!matches) {
    text += "  expected:\n" + Indented(command.expected) + "  printed:\n" + Indented(lines);
  }
  if (found->second.status < 0) {
    text += "  did not end\n";
  } else if (found->second.status != command.status) {
    text += "  expected status " + std::to_string(command.status) + ", not " +
            std::to_string(found->second.status) + "\n";
  }
  return text;
}

// Wanted lines must come in the order in which a case names them; `at` is where to look on.
std::string CheckConsole(const ConsoleLine& wanted, const std::vector<std::string>& lines,
                         size_t& at) {
  const std::string head = "line " + std::to_string(wanted.line) + ": ";
  if (wanted.absent) {
    for (const std::string& line : lines) {
      if (LineMatches(wanted.pattern, line)) {
        return head + "the console has `" + line + "', which matches `" + wanted.pattern + "'\n";
      }
    }
    return "";
  }
  for (size_t i = at; i < lines.size(); ++i) {
    if (LineMatches(wanted.pattern, lines[i])) {
      at = i + 1;
      return "";
    }
  }
  return head + "no console line" + (at == 0 ? "" : " behind the one before") + " matches `" +
         wanted.pattern + "'\n";
}

std::string Escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        // XML 1.0 has no other control characters, not even escaped.
        if (static_cast<unsigned char>(c) >= 0x20 || c == '\n' || c == '\t') {
          out += c;
        } else {
          out += '?';
        }
    }
  }
  return out;
}

}  // namespace

bool Scenario::HasCommands() const {
  for (const Case& one : cases) {
    for (const auto& step : one.steps) {
      if (std::holds_alternative<Command>(step)) return true;
    }
  }
  return false;
}

std::string ParseScenario(std::string_view text, Scenario& scenario) {
  return Parser(scenario).Parse(text);
}

std::string ScriptOf(const Scenario& scenario) {
  std::string script = std::string(kScriptHead) + "exec 2>&1\n";
  int index = 0;
  for (const Case& one : scenario.cases) {
    for (const auto& step : one.steps) {
      const Command* command = std::get_if<Command>(&step);
      if (command == nullptr) continue;
      const std::string number = std::to_string(index++);
      script += "printf '\\036BEGIN " + number + "\\036\\n'\n" + command->text +
                "\nprintf '\\036END " + number + " %d\\036\\n' $?\n";
    }
  }
  return script + "exit 0\n";
}

bool LineMatches(const std::string& pattern, const std::string& line) {
  if (const auto regex = RegexOf(pattern)) return std::regex_match(line, std::regex(*regex));
  return pattern == line;
}

bool LinesMatch(const std::vector<std::string>& patterns, const std::vector<std::string>& lines) {
  // reach[i]: the patterns so far can match the first i lines.
  std::vector<bool> reach(lines.size() + 1, false);
  reach[0] = true;
  for (const std::string& pattern : patterns) {
    std::vector<bool> next(lines.size() + 1, false);
    bool any = false;
    for (size_t i = 0; i <= lines.size(); ++i) {
      if (pattern == "...") {
        any = any || reach[i];
        next[i] = any;
      } else if (i > 0) {
        next[i] = reach[i - 1] && LineMatches(pattern, lines[i - 1]);
      }
    }
    reach = next;
  }
  return reach[lines.size()];
}

std::vector<CaseResult> Check(const Scenario& scenario, const Outcome& outcome) {
  const Split split = SplitConsole(outcome.console);
  std::vector<CaseResult> results;

  // 1. The machine itself.
  std::string failure;
  if (outcome.timed_out && !scenario.hang_is_crash) {
    failure = "timed out after " + std::to_string(scenario.timeout_seconds) + " s\n";
  } else if (outcome.status != scenario.status) {
    failure = "expected status " + std::to_string(scenario.status) + ", not " +
              std::to_string(outcome.status) + "\n";
  }
  if (!failure.empty()) failure += CrashText(outcome.console);
  results.push_back({"boot", failure});

  // 2. The cases, with their commands numbered as in the script.
  int index = 0;
  for (const Case& one : scenario.cases) {
    std::string text;
    size_t at = 0;
    for (const auto& step : one.steps) {
      if (const Command* command = std::get_if<Command>(&step)) {
        text += CheckCommand(*command, split.commands, index++);
      } else {
        text += CheckConsole(std::get<ConsoleLine>(step), split.console, at);
      }
    }
    results.push_back({one.name, text});
  }
  return results;
}

std::string ToXml(const std::string& suite, const std::vector<CaseResult>& results) {
  size_t failures = 0;
  for (const CaseResult& result : results) failures += result.failure.empty() ? 0 : 1;
  std::ostringstream xml;
  xml << "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n<testsuite name=\""
      << Escaped(suite) << "\" tests=\"" << results.size() << "\" failures=\"" << failures
      << "\">\n";
  for (const CaseResult& result : results) {
    xml << "<testcase classname=\"" << Escaped(suite) << "\" name=\"" << Escaped(result.name)
        << "\"";
    if (result.failure.empty()) {
      xml << "/>\n";
    } else {
      xml << "><failure message=\"failed\">" << Escaped(result.failure)
          << "</failure></testcase>\n";
    }
  }
  xml << "</testsuite>\n</testsuites>\n";
  return xml.str();
}

}  // namespace boot
