// SPDX-License-Identifier: BSD-2-Clause

#include "kernel/dynlink/module.h"

namespace kld {
namespace {

bool Has(std::string_view text, char wanted) {
  for (const char c : text) {
    if (c == wanted) return true;
  }
  return false;
}

// Takes what stands before the first `separator` (or all) from `rest`, and the separator with it.
std::string_view Cut(std::string_view& rest, char separator) {
  size_t at = 0;
  while (at < rest.size() && rest[at] != separator) ++at;
  const std::string_view head(rest.data(), at);
  rest.remove_prefix(at == rest.size() ? at : at + 1);
  return head;
}

uint32_t TypeOf(std::string_view name) {
  constexpr std::string_view kNames[] = {"bool", "number", "string", "data", "array", "dict"};
  for (uint32_t i = 0; i < std::size(kNames); ++i) {
    if (name == kNames[i]) return KLD_BOOL + i;
  }
  return 0;
}

class Reader {
 public:
  Reader(std::string_view path, Array<Module>& modules, Report& report)
      : path_(path), modules_(modules), report_(report) {}

  [[nodiscard]] bool Pair(std::string_view key, std::string_view value) {
    if (key == "module") return Enter(value);
    if (module_ == nullptr) {
      Warn("stands before any module", key);
      return true;
    }
    if (key == "version") return module_->version.Set(value);
    if (key == "param") return Parameter(value);
    if (key == "flag") return Flag(value);
    const bool known =
        key == "description" || key == "author" || key == "license" || key == "device";
    if (!known) Warn("is a key that this kernel does not know", key);
    return true;
  }

  void Warn(const char* what, std::string_view key) {
    report_.Line("%.*s: warning: module note: \"%.*s\" %s", static_cast<int>(path_.size()),
                 path_.data(), static_cast<int>(key.size()), key.data(), what);
  }

 private:
  [[nodiscard]] bool Enter(std::string_view name) {
    module_ = nullptr;
    if (name.empty() || name.size() >= KLD_NAME_MAX) {
      Warn("is no name for a module", name);
      return true;
    }
    for (Module& module : modules_) {
      if (module.name == name) module_ = &module;
    }
    if (module_ != nullptr) return true;
    Module module;
    if (!module.name.Set(name) || !modules_.Add(std::move(module))) return false;
    module_ = &modules_[modules_.size() - 1];
    return true;
  }

  [[nodiscard]] bool Parameter(std::string_view value) {
    ParameterText parameter;
    const std::string_view name = Cut(value, ',');
    const std::string_view type = Cut(value, ',');
    const std::string_view access = Cut(value, ',');
    const std::string_view preset = Cut(value, ',');
    parameter.type = TypeOf(type);
    parameter.read_only = access == "ro";
    if (name.empty() || parameter.type == 0 || (access != "ro" && access != "rw")) {
      Warn("is no parameter of the form NAME,TYPE,rw|ro,DEFAULT,HELP", name);
      return true;
    }
    return parameter.name.Set(name) && parameter.default_value.Set(preset) &&
           parameter.help.Set(value) && module_->parameters.Add(std::move(parameter));
  }

  [[nodiscard]] bool Flag(std::string_view value) {
    if (value == "autoload") {
      module_->may_autoload = true;
    } else if (value == "autounload") {
      module_->may_autounload = true;
    } else {
      Warn("is a flag that this kernel does not know", value);
    }
    return true;
  }

  std::string_view path_;
  Array<Module>& modules_;
  Report& report_;
  Module* module_ = nullptr;
};

}  // namespace

bool ReadNote(std::span<const char> descriptor, std::string_view path, Array<Module>& modules,
              Report& report) {
  Reader reader(path, modules, report);
  std::string_view rest(descriptor.data(), descriptor.size());
  while (!rest.empty()) {
    std::string_view value = Cut(rest, '\0');
    if (value.empty()) continue;
    const bool has_value = Has(value, '=');
    const std::string_view key = Cut(value, '=');
    if (!has_value) {
      reader.Warn("has no value", key);
    } else if (!reader.Pair(key, value)) {
      return false;
    }
  }
  return true;
}

}  // namespace kld
