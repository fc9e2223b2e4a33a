// SPDX-License-Identifier: BSD-2-Clause
#include "lib/kld/plist.h"

#include <cctype>
#include <map>
#include <optional>

#include "lib/kld/text.h"

namespace kld {
namespace {

std::optional<bool> ParseBoolean(std::string_view text) {
  if (text == "true" || text == "yes") return true;
  if (text == "false" || text == "no") return false;
  return std::nullopt;
}

std::string EscapeXml(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

ParameterType TypeOf(const Parameter& parameter) {
  if (parameter.type != ParameterType::kGuess) return parameter.type;
  if (ParseBoolean(parameter.value)) return ParameterType::kBoolean;
  if (ParseInteger(parameter.value)) return ParameterType::kNumber;
  return ParameterType::kString;
}

std::string Element(const Parameter& parameter) {
  switch (TypeOf(parameter)) {
    case ParameterType::kBoolean:
      return *ParseBoolean(parameter.value) ? "<true/>" : "<false/>";
    case ParameterType::kNumber:
      return Format("<integer>%lld</integer>",
                    static_cast<long long>(*ParseInteger(parameter.value)));
    default:
      return "<string>" + EscapeXml(parameter.value) + "</string>";
  }
}

}  // namespace

bool ParseAssignment(std::string_view text, Parameter& parameter) {
  const size_t equals = text.find('=');
  if (equals == std::string_view::npos || equals == 0) return false;
  const std::string_view name = text.substr(0, equals);
  for (const unsigned char c : name) {
    if (!isalnum(c) && c != '_' && c != '-' && c != '.') return false;
  }
  parameter.name = name;
  parameter.value = text.substr(equals + 1);
  return true;
}

bool IsWellTyped(const Parameter& parameter) {
  if (parameter.type == ParameterType::kBoolean) return ParseBoolean(parameter.value).has_value();
  if (parameter.type == ParameterType::kNumber) return ParseInteger(parameter.value).has_value();
  return true;
}

std::string MakePlist(const std::vector<Parameter>& parameters) {
  if (parameters.empty()) return "";
  std::map<std::string, std::string> entries;
  for (const Parameter& parameter : parameters) entries[parameter.name] = Element(parameter);
  std::string text =
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<plist version=\"1.0\">\n<dict>\n";
  for (const auto& [name, element] : entries) {
    text += "\t<key>" + name + "</key>\n\t" + element + "\n";
  }
  return text + "</dict>\n</plist>\n";
}

}  // namespace kld
