// SPDX-License-Identifier: BSD-2-Clause

#include "kernel/dynlink/parameters.h"

#include "kernel/dynlink/sets.h"
#include "kernel/kpi/errno.h"

namespace kld {
namespace {

constexpr std::string_view kSuffix = ".kld";

std::string_view WithoutSuffix(std::string_view name) {
  if (name.ends_with(kSuffix)) name.remove_suffix(kSuffix.size());
  return name;
}

class Setter {
 public:
  Setter(Transaction& transaction, Teller& teller) : transaction_(transaction), teller_(teller) {}

  // NAME.plist beside the module.
  int Defaults(File& file) {
    Text path;
    Owned<Contents> contents;
    if (!path.Join(WithoutSuffix(file.path.view()), ".plist")) return NoMemory();
    int error = Contents::Read(path.c_str(), contents);
    if (error == ENOENT) return 0;
    if (transaction_.adopt_kernel) {
      transaction_.report.Line("%s: warning: ignored: the kernel is set up by its command line",
                               path.c_str());
      return 0;
    }
    if (error != 0) {
      transaction_.report.Line("%s: cannot be read: error %d", path.c_str(), error);
      return error;
    }
    const auto size = static_cast<size_t>(contents->Size());
    const std::byte* const bytes = contents->Bytes(0, size);
    return Dictionary(file, {reinterpret_cast<const char*>(bytes), size}, contents->Path());
  }

  // The request's.
  int Given() {
    if (transaction_.parameters.empty()) return 0;
    File& root = *transaction_.files[transaction_.files.size() - 1];
    return Dictionary(root, transaction_.parameters.view(), transaction_.name.view());
  }

  int NothingFor(const File& file) {
    if (transaction_.parameters.empty()) return 0;
    if (const int error = Parse(transaction_.parameters.view(), transaction_.name.view());
        error != 0 || list_->root()->first == nullptr) {
      return error;
    }
    transaction_.report.Line(
        "%s: is loaded already, from %s: parameters are set only when a file is loaded",
        file.soname.c_str(), file.path.c_str());
    return EINVAL;
  }

 private:
  int NoMemory() {
    teller_.Error({.error = rtld::Error::kNoMemory,
                   .image = transaction_.name.view(),
                   .detail = "parameters"});
    return ENOMEM;
  }

  int Parse(std::string_view text, std::string_view name) {
    list_ = Shared<PropertyList>::Make();
    return list_ ? list_->Parse(text, name, transaction_.report) : NoMemory();
  }

  int Dictionary(File& file, std::string_view text, std::string_view name) {
    if (const int error = Parse(text, name); error != 0) return error;
    for (const kld_value* value = list_->root()->first; value != nullptr; value = value->next) {
      if (const int error = One(file, *value); error != 0) return error;
    }
    return 0;
  }

  // "name", or "dep.name".
  int One(File& requested, const kld_value& value) {
    std::string_view name(value.key);
    size_t dot = 0;
    while (dot < name.size() && name[dot] != '.') ++dot;
    if (dot == name.size()) return Set(requested, name, value);
    const std::string_view dependency(name.data(), dot);
    name.remove_prefix(dot + 1);
    for (File* file : transaction_.files) {
      if (WithoutSuffix(file->soname.view()) != dependency) continue;
      if (file->fate != Fate::kLive) return 0;  // a preload that does not start
      return Set(*file, name, value);
    }
    transaction_.report.Line("parameter %s: this request loads no file %.*s.kld", value.key,
                             static_cast<int>(dependency.size()), dependency.data());
    return EINVAL;
  }

  int Set(File& file, std::string_view name, const kld_value& value) {
    std::span<const kld_param> entries;
    if (!ViewSet(*file.linked, "param", teller_, entries)) return teller_.error();
    for (const kld_param& entry : entries) {
      const char* const entry_name = StringAt(*file.linked, entry.name);
      if (entry_name == nullptr || name != entry_name) continue;
      if (entry.type == value.type) return Store(file, entry, value);
      transaction_.report.Line("%s: parameter %s is a %s, not a %s", file.soname.c_str(), value.key,
                               TypeName(entry.type), TypeName(value.type));
      return EINVAL;
    }
    transaction_.report.Line("%s: has no parameter %.*s", file.soname.c_str(),
                             static_cast<int>(name.size()), name.data());
    return EINVAL;
  }

  template <class T>
  int StoreAs(File& file, const kld_param& entry, T value) {
    const uint64_t vaddr = file.linked->LinkTime(reinterpret_cast<uintptr_t>(entry.variable));
    const rtld::Segment* const segment = file.linked->plan.SegmentAt(vaddr, sizeof(T));
    std::byte* const place = file.linked->image.At(vaddr, sizeof(T));
    if (place == nullptr || segment == nullptr || !segment->writable()) {
      teller_.Error({.error = rtld::Error::kBadPlace,
                     .has_place = true,
                     .image = file.path.view(),
                     .detail = "a parameter's variable",
                     .place = vaddr});
      return teller_.error();
    }
    std::memcpy(place, &value, sizeof(value));
    return 0;
  }

  int Store(File& file, const kld_param& entry, const kld_value& value) {
    switch (entry.type) {
      case KLD_BOOL:
        return StoreAs<int32_t>(file, entry, value.number != 0);
      case KLD_NUMBER:
        return StoreAs<int64_t>(file, entry, value.number);
      case KLD_STRING:
        return StoreKept<const char*>(file, entry, value.bytes);
      default:
        return StoreKept<const kld_value*>(file, entry, &value);
    }
  }

  // Strings and dictionaries are used where they are: whichever file has got one keeps the list as
  // long as it lives.
  template <class T>
  int StoreKept(File& file, const kld_param& entry, T value) {
    if (!file.values.Contains(list_) && !file.values.Add(list_)) return NoMemory();
    return StoreAs<T>(file, entry, value);
  }

  Transaction& transaction_;
  Teller& teller_;
  Shared<PropertyList> list_;  // that values are taken from
};

}  // namespace

int SetDefaults(Transaction& transaction, File& file, Teller& teller) {
  return Setter(transaction, teller).Defaults(file);
}

int SetGiven(Transaction& transaction, Teller& teller) {
  return Setter(transaction, teller).Given();
}

int RefuseGiven(Transaction& transaction, const File& file, Teller& teller) {
  return Setter(transaction, teller).NothingFor(file);
}

}  // namespace kld
