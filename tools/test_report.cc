// SPDX-License-Identifier: BSD-2-Clause

#include "tools/test_report.h"

#include <cctype>
#include <cstdlib>
#include <set>
#include <sstream>
#include <utility>

#include "tools/json.h"

namespace tools {
namespace {

struct Tag {
  std::string_view name;  // "testcase", "/testcase"
  std::string_view rest;  // attributes
  bool empty = false;     // <x/>
};

// The next tag at or behind `at`, which moves behind it; text, comments and CDATA are skipped.
std::optional<Tag> NextTag(std::string_view xml, size_t& at) {
  for (;;) {
    at = xml.find('<', at);
    if (at == xml.npos) return std::nullopt;
    const auto skip_to = [&](std::string_view end) {
      at = xml.find(end, at);
      if (at != xml.npos) at += end.size();
    };
    if (xml.substr(at, 9) == "<![CDATA[") {
      skip_to("]]>");
    } else if (xml.substr(at, 4) == "<!--") {
      skip_to("-->");
    } else {
      break;
    }
    if (at == xml.npos) return std::nullopt;
  }
  // An attribute's value may hold '>'.
  size_t end = at + 1;
  char quote = '\0';
  for (; end < xml.size() && (quote != '\0' || xml[end] != '>'); ++end) {
    if (quote != '\0') {
      if (xml[end] == quote) quote = '\0';
    } else if (xml[end] == '"' || xml[end] == '\'') {
      quote = xml[end];
    }
  }
  if (end == xml.size()) return std::nullopt;
  std::string_view body = xml.substr(at + 1, end - at - 1);
  at = end + 1;
  Tag tag;
  tag.empty = body.ends_with('/');
  if (tag.empty) body.remove_suffix(1);
  const size_t blank = body.find_first_of(" \t\r\n");
  tag.name = body.substr(0, blank);
  tag.rest = blank == body.npos ? std::string_view() : body.substr(blank);
  return tag;
}

std::string Attribute(std::string_view attributes, std::string_view name) {
  const std::string start = " " + std::string(name) + "=\"";
  const size_t found = attributes.find(start);
  if (found == attributes.npos) return "";
  const size_t value = found + start.size();
  return std::string(attributes.substr(value, attributes.find('"', value) - value));
}

// The references of XML, as far as JUnit files have them.
std::string Unescaped(std::string_view text) {
  constexpr std::pair<std::string_view, char> kReferences[] = {
      {"&lt;", '<'},  {"&gt;", '>'},   {"&quot;", '"'}, {"&apos;", '\''},
      {"&amp;", '&'}, {"&#x0A;", ' '}, {"&#10;", ' '}};
  std::string plain;
  while (!text.empty()) {
    size_t taken = 1;
    char letter = text.front() == '\n' ? ' ' : text.front();
    for (const auto& [reference, meaning] : kReferences) {
      if (!text.starts_with(reference)) continue;
      taken = reference.size();
      letter = meaning;
    }
    plain += letter;
    text.remove_prefix(taken);
  }
  return plain;
}

// GoogleTest writes "FILE:LINE", a line break and the message; the place alone is no reason.
std::string ReasonOf(std::string_view attributes) {
  std::string reason = Unescaped(Attribute(attributes, "message"));
  const size_t place = reason.find_first_not_of(' ');
  const size_t blank = reason.find(' ', place == reason.npos ? 0 : place);
  const std::string first = reason.substr(0, blank);
  const size_t colon = first.rfind(':');
  if (colon != first.npos && colon + 1 < first.size() &&
      first.find_first_not_of("0123456789", colon + 1) == first.npos) {
    reason.erase(0, blank);
  }
  const size_t begin = reason.find_first_not_of(' ');
  if (begin == reason.npos) return "";
  return reason.substr(begin, reason.find_last_not_of(' ') + 1 - begin);
}

struct Target {
  std::string cpu = "host";
  std::string kind;    // of kCpuTestKinds, or ""
  std::string status;  // "" while there is no result
  std::string junit;   // path, "" if there is none
  bool built = true;
};

void ReadEvent(const Json& event, std::map<std::string, Target>& targets) {
  const Json& id = event["id"];
  if (const Json& configured = id["targetConfigured"]; configured.kind == Json::Kind::kObject) {
    Target& target = targets[configured["label"].text];
    for (const Json& tag : event["configured"]["tag"].elements) {
      if (tag.text.starts_with("cpu-")) target.cpu = tag.text.substr(4);
      for (const std::string_view kind : kCpuTestKinds) {
        if (tag.text == kind) target.kind = kind;
      }
    }
  } else if (const Json& completed = id["targetCompleted"]; completed.kind == Json::Kind::kObject) {
    // Only failures are kept: a target without tests has nothing to report when it succeeds. One
    // that is incompatible with the platform is skipped, as `//...` is meant to do.
    if (event["completed"]["success"].text != "true" &&
        event["aborted"]["reason"].text != "SKIPPED") {
      targets[completed["label"].text].built = false;
    }
  } else if (const Json& result = id["testResult"]; result.kind == Json::Kind::kObject) {
    Target& target = targets[result["label"].text];
    target.status = event["testResult"]["status"].text;
    target.junit.clear();
    for (const Json& output : event["testResult"]["testActionOutput"].elements) {
      constexpr std::string_view kScheme = "file://";
      const std::string& uri = output["uri"].text;
      if (output["name"].text == "test.xml" && uri.starts_with(kScheme)) {
        target.junit = uri.substr(kScheme.size());
      }
    }
  }
}

void AddCase(TestReport& report, const std::string& cpu, const std::string& name, Result result,
             const std::string& reason = {}) {
  for (Counts* counts : {&report.by_cpu[cpu], &report.total}) {
    switch (result) {
      case Result::kPassed:
        ++counts->passed;
        break;
      case Result::kFailed:
        ++counts->failed;
        break;
      case Result::kSkipped:
        ++counts->skipped;
        break;
    }
  }
  if (result == Result::kFailed) report.failures.push_back(name);
  if (result == Result::kSkipped) {
    report.skipped.push_back(reason.empty() ? name : name + ": " + reason);
  }
}

void AddTarget(TestReport& report, const std::string& label, const Target& target,
               const ReadFile& read) {
  if (target.status.empty()) {
    if (!target.built) AddCase(report, target.cpu, label + " (not built)", Result::kFailed);
    return;
  }
  std::vector<TestCase> cases;
  if (!target.junit.empty()) {
    if (const auto xml = read(target.junit)) {
      cases = ParseJunit(*xml);
      // There each CPU compares again what the host has compared.
      if (target.kind != "qemu-user") AddCompared(*xml, report.compared);
    }
  }
  const bool passed = target.status == "PASSED" || target.status == "FLAKY";
  bool any_failed = false;
  const bool none = cases.empty();
  for (const TestCase& one : cases) any_failed = any_failed || one.result == Result::kFailed;
  for (const TestCase& one : cases) {
    AddCase(report, target.cpu, label + " " + one.name, one.result, one.reason);
  }
  if (!target.kind.empty() && target.cpu != "host") {
    report.cpu_tests.push_back(
        {target.kind, target.cpu, label, passed && !any_failed, std::move(cases)});
  }
  if (!passed && !any_failed) {
    AddCase(report, target.cpu, label + " (" + target.status + ")", Result::kFailed);
  } else if (passed && none) {
    AddCase(report, target.cpu, label, Result::kPassed);
  }
}

std::string Line(const Counts& counts) {
  return std::to_string(counts.passed) + " passed, " + std::to_string(counts.failed) + " failed, " +
         std::to_string(counts.skipped) + " skipped\n";
}

// `text` with the CPU's name as a word of it, between anything but letters and digits, exchanged.
std::string Generic(std::string text, const std::string& cpu) {
  const auto is_word = [&](size_t at) {
    return at < text.size() && std::isalnum(static_cast<unsigned char>(text[at])) != 0;
  };
  size_t at = 0;
  while ((at = text.find(cpu, at)) != text.npos) {
    if ((at > 0 && is_word(at - 1)) || is_word(at + cpu.size())) {
      at += cpu.size();
      continue;
    }
    text.replace(at, cpu.size(), "<cpu>");
    at += 5;
  }
  return text;
}

// The cases of one test, by CPU.
using CasesByCpu = std::map<std::string, std::set<std::string>>;

void AddDifferentCases(const std::string& label, const CasesByCpu& cases, TestReport& report) {
  std::map<std::string, std::string> owners;  // case -> a CPU that has it
  for (const auto& [cpu, names] : cases) {
    for (const std::string& name : names) owners.emplace(name, cpu);
  }
  for (const auto& [cpu, names] : cases) {
    for (const auto& [name, owner] : owners) {
      if (names.contains(name)) continue;
      AddCase(report, cpu, label + " " + name + ": not run for " + cpu + ", only for " + owner,
              Result::kFailed);
    }
  }
}

}  // namespace

void AddCpuDifferences(bool whole, TestReport& report) {
  std::map<std::string, std::set<std::string>> cpus;  // by kind
  struct Test {
    std::string kind;
    std::set<std::string> cpus;
    CasesByCpu complete;
  };
  std::map<std::string, Test> tests;  // by generic label
  for (const CpuTest& one : report.cpu_tests) {
    cpus[one.kind].insert(one.cpu);
    Test& test = tests[Generic(one.label, one.cpu)];
    test.kind = one.kind;
    test.cpus.insert(one.cpu);
    if (!one.complete) continue;
    const std::string name = one.label.substr(one.label.rfind(':') + 1);
    std::set<std::string>& cases = test.complete[one.cpu];
    for (const TestCase& each : one.cases) {
      if (each.result == Result::kSkipped && each.reason.empty()) continue;
      // Only the test's own name tells the CPU; another CPU's images are what a case is about.
      std::string text = each.name;
      const size_t own = text.find(name);
      if (own != text.npos) text.replace(own, name.size(), Generic(name, one.cpu));
      cases.insert(std::move(text));
    }
  }
  for (const auto& [label, test] : tests) {
    for (const std::string& cpu : cpus[test.kind]) {
      if (!whole || test.cpus.contains(cpu)) continue;
      AddCase(report, cpu, label + ": no such test for " + cpu, Result::kFailed);
    }
    AddDifferentCases(label, test.complete, report);
  }
}

std::vector<TestCase> ParseJunit(std::string_view xml) {
  std::vector<TestCase> cases;
  bool inside = false;
  size_t at = 0;
  while (const std::optional<Tag> tag = NextTag(xml, at)) {
    if (tag->name == "testcase") {
      const std::string suite = Attribute(tag->rest, "classname");
      const std::string name = Attribute(tag->rest, "name");
      const bool ran =
          Attribute(tag->rest, "status") != "notrun" && Attribute(tag->rest, "result") != "skipped";
      cases.push_back({.name = suite.empty() ? name : suite + "." + name,
                       .result = ran ? Result::kPassed : Result::kSkipped});
      inside = !tag->empty;
    } else if (tag->name == "/testcase") {
      inside = false;
    } else if (inside && (tag->name == "failure" || tag->name == "error")) {
      cases.back().result = Result::kFailed;
    } else if (inside && tag->name == "skipped" && cases.back().result != Result::kFailed) {
      cases.back().result = Result::kSkipped;
      cases.back().reason = ReasonOf(tag->rest);
    }
  }
  return cases;
}

void AddCompared(std::string_view xml, ComparedByJudge& compared) {
  constexpr std::string_view kPrefix = "compared.";
  size_t at = 0;
  while (const std::optional<Tag> tag = NextTag(xml, at)) {
    const std::string name = Attribute(tag->rest, "name");
    if (tag->name != "property" || !name.starts_with(kPrefix)) continue;
    const size_t cpu = name.find('.', kPrefix.size());
    const size_t what = cpu == name.npos ? name.npos : name.find('.', cpu + 1);
    if (what == name.npos) continue;
    compared[name.substr(cpu + 1, what - cpu - 1)]
            [name.substr(kPrefix.size(), cpu - kPrefix.size())][name.substr(what + 1)] +=
        std::strtoull(Attribute(tag->rest, "value").c_str(), nullptr, 10);
  }
}

std::optional<TestReport> ReadBuildEvents(std::string_view events, const ReadFile& read) {
  std::map<std::string, Target> targets;
  std::istringstream lines{std::string(events)};
  for (std::string line; std::getline(lines, line);) {
    if (line.empty()) continue;
    const std::optional<Json> event = ParseJson(line);
    if (!event) return std::nullopt;
    ReadEvent(*event, targets);
  }
  TestReport report;
  for (const auto& [label, target] : targets) AddTarget(report, label, target, read);
  return report;
}

void AddJunit(std::string_view xml, TestReport& report) {
  for (const TestCase& one : ParseJunit(xml)) {
    AddCase(report, "host", one.name, one.result, one.reason);
  }
}

std::string ToText(const TestReport& report) {
  std::string text;
  for (const std::string& name : report.skipped) text += "skipped: " + name + "\n";
  for (const std::string& name : report.failures) text += "FAILED: " + name + "\n";
  for (const auto& [cpu, judges] : report.compared) {
    text += cpu + ":";
    for (const auto& [judge, sums] : judges) {
      text += (text.ends_with(':') ? " compared with " : ", with ") + judge + ":";
      for (const auto& [what, count] : sums) text += " " + std::to_string(count) + " " + what;
    }
    text += "\n";
  }
  for (const auto& [cpu, counts] : report.by_cpu) text += cpu + ": " + Line(counts);
  return text + Line(report.total);
}

}  // namespace tools
