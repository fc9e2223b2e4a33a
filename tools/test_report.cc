// SPDX-License-Identifier: BSD-2-Clause

#include "tools/test_report.h"

#include <cctype>
#include <sstream>

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

struct Target {
  std::string cpu = "host";
  std::string status;  // "" while there is no result
  std::string junit;   // path, "" if there is none
  bool built = true;
};

void ReadEvent(const Json& event, std::map<std::string, Target>& targets) {
  const Json& id = event["id"];
  if (const Json& configured = id["targetConfigured"]; configured.kind == Json::Kind::kObject) {
    for (const Json& tag : event["configured"]["tag"].elements) {
      if (tag.text.starts_with("cpu-")) targets[configured["label"].text].cpu = tag.text.substr(4);
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

void AddCase(TestReport& report, const std::string& cpu, const std::string& name, Result result) {
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
  if (result == Result::kSkipped) report.skipped.push_back(name);
}

void AddTarget(TestReport& report, const std::string& label, const Target& target,
               const ReadFile& read) {
  if (target.status.empty()) {
    if (!target.built) AddCase(report, target.cpu, label + " (not built)", Result::kFailed);
    return;
  }
  std::vector<TestCase> cases;
  if (!target.junit.empty()) {
    if (const auto xml = read(target.junit)) cases = ParseJunit(*xml);
  }
  const bool passed = target.status == "PASSED" || target.status == "FLAKY";
  bool any_failed = false;
  for (const TestCase& one : cases) any_failed = any_failed || one.result == Result::kFailed;
  for (const TestCase& one : cases) {
    AddCase(report, target.cpu, label + " " + one.name, one.result);
  }
  if (!passed && !any_failed) {
    AddCase(report, target.cpu, label + " (" + target.status + ")", Result::kFailed);
  } else if (passed && cases.empty()) {
    AddCase(report, target.cpu, label, Result::kPassed);
  }
}

std::string Line(const Counts& counts) {
  return std::to_string(counts.passed) + " passed, " + std::to_string(counts.failed) + " failed, " +
         std::to_string(counts.skipped) + " skipped\n";
}

}  // namespace

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
      cases.push_back(
          {suite.empty() ? name : suite + "." + name, ran ? Result::kPassed : Result::kSkipped});
      inside = !tag->empty;
    } else if (tag->name == "/testcase") {
      inside = false;
    } else if (inside && (tag->name == "failure" || tag->name == "error")) {
      cases.back().result = Result::kFailed;
    } else if (inside && tag->name == "skipped" && cases.back().result == Result::kPassed) {
      cases.back().result = Result::kSkipped;
    }
  }
  return cases;
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
  for (const TestCase& one : ParseJunit(xml)) AddCase(report, "host", one.name, one.result);
}

std::string ToText(const TestReport& report) {
  std::string text;
  for (const std::string& name : report.skipped) text += "skipped: " + name + "\n";
  for (const std::string& name : report.failures) text += "FAILED: " + name + "\n";
  for (const auto& [cpu, counts] : report.by_cpu) text += cpu + ": " + Line(counts);
  return text + Line(report.total);
}

}  // namespace tools
