// SPDX-License-Identifier: BSD-2-Clause
#include "stand/loader_conf.h"

namespace stand {
namespace {

constexpr bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

constexpr bool IsNameChar(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-' || c == '.';
}

constexpr std::string_view Trim(std::string_view text) {
  while (!text.empty() && IsBlank(text.front())) text.remove_prefix(1);
  while (!text.empty() && IsBlank(text.back())) text.remove_suffix(1);
  return text;
}

// Moves the first `n` characters from `text` into the result.
constexpr std::string_view Take(std::string_view* text, size_t n) {
  const std::string_view head(text->data(), n);
  text->remove_prefix(n);
  return head;
}

constexpr bool EqualsNoCase(std::string_view text, std::string_view lower) {
  if (text.size() != lower.size()) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if ((c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c) != lower[i]) return false;
  }
  return true;
}

constexpr std::string_view kNotYesOrNo = "the value must be \"YES\" or \"NO\"";

constexpr bool ParseBool(std::string_view value, bool* result) {
  if (EqualsNoCase(value, "yes")) {
    *result = true;
  } else if (EqualsNoCase(value, "no")) {
    *result = false;
  } else {
    return false;
  }
  return true;
}

// What follows a value: blanks, or a comment.
constexpr bool IsTail(std::string_view text) {
  text = Trim(text);
  return text.empty() || text.front() == '#';
}

}  // namespace

size_t LoaderConf::Parse(std::string_view text, std::string_view path, Messages& messages) {
  size_t complaints = 0;
  for (uint32_t number = 1; !text.empty(); ++number) {
    size_t length = 0;
    while (length < text.size() && text[length] != '\n') ++length;
    const std::string_view line = Trim(Take(&text, length));
    if (!text.empty()) text.remove_prefix(1);
    if (IsTail(line)) continue;

    Assignment assignment;
    Complaint complaint = ParseLine(line, &assignment);
    if (complaint.empty()) complaint = Assign(assignment, number);
    if (complaint.empty()) continue;
    ++complaints;
    if (assignment.name.empty()) {
      messages.Say(path, ":", number, ": ", complaint);
    } else {
      messages.Say(path, ":", number, ": ", assignment.name, ": ", complaint);
    }
  }
  return complaints;
}

// NAME = VALUE, with the line trimmed and not empty.
LoaderConf::Complaint LoaderConf::ParseLine(std::string_view line, Assignment* assignment) {
  size_t length = 0;
  while (length < line.size() && IsNameChar(line[length])) ++length;
  if (length == 0) return "a line starts with a name or '#'";
  assignment->name = Take(&line, length);
  line = Trim(line);
  if (line.empty() || line.front() != '=') return "no '=' after the name";
  line.remove_prefix(1);
  line = Trim(line);

  if (!line.empty() && line.front() == '"') {
    line.remove_prefix(1);
    length = 0;
    while (length < line.size() && line[length] != '"') ++length;
    if (length == line.size()) return "the quote is not closed";
    assignment->value = Take(&line, length);
    line.remove_prefix(1);
  } else {
    length = 0;
    while (length < line.size() && !IsBlank(line[length]) && line[length] != '#') {
      if (line[length] == '"') return "a quote inside a value";
      ++length;
    }
    if (length == 0) return "no value";
    assignment->value = Take(&line, length);
  }
  if (!IsTail(line)) return "something follows the value";
  for (const char c : assignment->value) {
    if (static_cast<unsigned char>(c) < ' ') return "a control character in the value";
  }
  return {};
}

LoaderConf::Complaint LoaderConf::Assign(const Assignment& assignment, uint32_t line) {
  const auto [name, value] = assignment;
  if (name == "kernel") {
    if (value.empty()) return "no value";
    kernel_ = value;
  } else if (name == "kernel_options") {
    kernel_options_ = value;
  } else if (name == "module_path") {
    module_path_ = value;
  } else if (name == "verbose_loading") {
    if (!ParseBool(value, &verbose_)) return kNotYesOrNo;
  } else if (Contains(name, '.')) {
    return AssignTunable(assignment);
  } else {
    for (const std::string_view suffix : {std::string_view("_load"), std::string_view("_name")}) {
      if (name.size() > suffix.size() && name.ends_with(suffix)) {
        std::string_view stem = name;
        stem.remove_suffix(suffix.size());
        return AssignPreload(stem, suffix, value, line);
      }
    }
    return "unknown name";
  }
  return {};
}

LoaderConf::Complaint LoaderConf::AssignPreload(std::string_view name, std::string_view suffix,
                                                std::string_view value, uint32_t line) {
  bool load = false;
  if (suffix == "_load" && !ParseBool(value, &load)) return kNotYesOrNo;
  if (suffix == "_name" && value.empty()) return "no value";
  PreloadEntry* entry = FindPreload(name);
  if (entry == nullptr) return "too many modules";
  if (suffix == "_load") {
    entry->load = load;
    entry->line = line;
  } else {
    entry->file = value;
  }
  return {};
}

LoaderConf::Complaint LoaderConf::AssignTunable(const Assignment& assignment) {
  // It becomes one word of the command line.
  for (const char c : assignment.value) {
    if (IsBlank(c)) return "a blank in a tunable's value";
  }
  for (size_t i = 0; i < tunable_count_; ++i) {
    if (tunables_[i].name == assignment.name) {
      tunables_[i].value = assignment.value;
      return {};
    }
  }
  if (tunable_count_ == kMaxTunables) return "too many tunables";
  tunables_[tunable_count_++] = {.name = assignment.name, .value = assignment.value};
  return {};
}

PreloadEntry* LoaderConf::FindPreload(std::string_view name) {
  for (size_t i = 0; i < preload_count_; ++i) {
    if (preloads_[i].name == name) return &preloads_[i];
  }
  if (preload_count_ == kMaxPreloads) return nullptr;
  PreloadEntry* entry = &preloads_[preload_count_++];
  entry->name = name;
  return entry;
}

}  // namespace stand
