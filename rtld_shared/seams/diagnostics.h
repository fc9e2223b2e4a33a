// SPDX-License-Identifier: BSD-2-Clause
//
// Diagnostics: where every failure is told, as a structured Report, before the function that failed
// returns. Returning false without a Report is a bug; tests check it on every failure path.
//
//   Error(report)    something that fails the operation. The returned bool means "keep looking":
//                    true asks the caller to go on finding errors of the same phase. The operation
//                    fails either way.
//   Warning(report)  something the author of the image should know; nothing fails.
//
// A Report owns nothing: its views are good during the call only. A client that keeps it formats it
// at once (rtld_shared/link/format_report.h, the one place where text is made) or copies it.
//
// A leaf reports only what it knows. Who the image is, and who needed it, is added by the scope
// object InImage that the leaf was handed as its Diagnostics.

#pragma once

#include <concepts>
#include <cstdint>
#include <span>
#include <string_view>

namespace rtld {

// What went wrong. FailureOf sorts these into the classes that clients have error numbers for.
enum class Error : uint8_t {
  kNone,
  // Finding images.
  kNotFound,           // wanted = name asked for; list = where was looked
  kReadFailed,         // value = file offset, limit = bytes
  kMissingDependency,  // wanted = soname; list = where was looked
  kAlreadyLoaded,      // wanted = soname; other = path of the image that has it
  kCycle,              // list = the images of the cycle, the first repeated at the end
  // Malformed images.
  kNotElf,
  kBadHeader,       // detail = field; value
  kBadType,         // value = e_type
  kBadSegment,      // detail = what about it; value = index of the program header
  kNoDynamic,       // no PT_DYNAMIC
  kBadDynamic,      // detail = tag; value
  kBadTable,        // detail = table; place = where, value = bytes
  kBadString,       // detail = whose; value = offset in DT_STRTAB
  kBadVersion,      // detail = what about the version tables; value
  kBadNote,         // place
  kBadSymbol,       // detail = what about it; value = symbol index
  kBadSymbolIndex,  // value = symbol index; place, type
  kUnknownRelocation,
  kRefusedRelocation,
  kBadPlace,   // detail = what points there: a relocation, DT_RELR; place, type
  kBadTarget,  // detail = what points there; place, type, value = target
  kOverflow,   // value = result, limit = width in bits; place, type, symbol
  // Well-formed, but not what this client takes.
  kTextRelocations,
  kThreadLocal,
  kCopyRelocation,  // symbol, place, type
  kUniqueSymbol,    // symbol
  kInitOnly,        // symbol exported from the init-only part, or place that leads to value in it
  kWritableCode,    // value = index of the program header
  kNoSoname,
  kSonameMismatch,  // wanted = name it was found under; other = its DT_SONAME
  kTlsNotStatic,    // symbol, place, type
  kUnsupported,     // detail = feature
  // Made for another machine.
  kWrongClass,      // value, limit = EI_CLASS found, expected
  kWrongByteOrder,  // value, limit = EI_DATA found, expected
  kWrongMachine,    // value, limit = e_machine found, expected; other = our name
  kWrongFlags,      // value = e_flags
  // Versions and symbols.
  kMissingVersion,   // wanted; other = provider; list = versions the provider has
  kUndefinedSymbol,  // symbol, wanted = version; reason, other, list; count; place, type; searched
  // Resources and the client's own machinery.
  kNoMemory,       // detail = what for
  kReserveFailed,  // value = bytes, limit = alignment
  kMapFailed,      // value = index of the program header
  kProtectFailed,  // place, value = bytes
  kOutOfOrder,     // detail = step called at the wrong time
  // Reported by module managers only; here so that all text is made in one place.
  kOwnAncestor,    // list = the cycle
  kHandlerFailed,  // detail = which handler; value = its error
  kBusy,           // detail = why; list = users
  kNotPermitted,   // detail = why
  kSignature,      // detail = why
  // Warnings.
  kIgnoredTag,     // detail = tag name; value = tag
  kNoVersionInfo,  // wanted; other = provider without versions
  kWeakUndefined,  // symbol; count
};

// Classes of errors, one to one with the error numbers that reach users.
enum class Failure : uint8_t {
  kNone,
  kNotFound,           // ENOENT
  kNotAModule,         // ENOEXEC
  kWrongMachine,       // ELIBBAD
  kMissingDependency,  // ELIBACC
  kMissingVersion,     // EPROTONOSUPPORT
  kUndefinedSymbols,   // ENOLINK
  kCycle,              // ELOOP
  kOwnAncestor,        // EDEADLK
  kHandlerFailed,      // ECANCELED
  kBusy,               // EBUSY
  kAlreadyLoaded,      // EEXIST
  kNotPermitted,       // EPERM
  kSignature,          // EKEYREJECTED
  kNoMemory,           // ENOMEM
  kIo,                 // EIO
  kInternal,           // a mistake of the client: EINVAL
};

[[nodiscard]] constexpr Failure FailureOf(Error error) {
  switch (error) {
    case Error::kNone:
    case Error::kIgnoredTag:
    case Error::kNoVersionInfo:
    case Error::kWeakUndefined:
      return Failure::kNone;
    case Error::kNotFound:
      return Failure::kNotFound;
    case Error::kReadFailed:
      return Failure::kIo;
    case Error::kMissingDependency:
      return Failure::kMissingDependency;
    case Error::kAlreadyLoaded:
      return Failure::kAlreadyLoaded;
    case Error::kCycle:
      return Failure::kCycle;
    case Error::kWrongClass:
    case Error::kWrongByteOrder:
    case Error::kWrongMachine:
    case Error::kWrongFlags:
      return Failure::kWrongMachine;
    case Error::kMissingVersion:
      return Failure::kMissingVersion;
    case Error::kUndefinedSymbol:
      return Failure::kUndefinedSymbols;
    case Error::kNoMemory:
    case Error::kReserveFailed:
    case Error::kMapFailed:
    case Error::kProtectFailed:
      return Failure::kNoMemory;
    case Error::kOutOfOrder:
      return Failure::kInternal;
    case Error::kOwnAncestor:
      return Failure::kOwnAncestor;
    case Error::kHandlerFailed:
      return Failure::kHandlerFailed;
    case Error::kBusy:
      return Failure::kBusy;
    case Error::kNotPermitted:
      return Failure::kNotPermitted;
    case Error::kSignature:
      return Failure::kSignature;
    default:
      return Failure::kNotAModule;
  }
}

// Why a symbol has no definition; found out on the error path only.
enum class Reason : uint8_t {
  kNone,               // not looked for: too many others are undefined
  kNobody,             // no loaded image defines it
  kNotNeeded,          // `other` defines it, but is not named in DT_NEEDED
  kHidden,             // `other` has it, but hidden or local
  kOtherVersion,       // `other` has it, but not in version `wanted`; `list` = the versions it has
  kNotInVersionFile,   // `other` is the file the reference names, and does not define it; `detail`,
                       // if any, has it, but not in version `wanted`; `list` = the versions it has
  kKernelUnversioned,  // only the kernel defines it, and the reference has no version
};

using Names = std::span<const std::string_view>;

struct Report {
  Error error = Error::kNone;
  Reason reason = Reason::kNone;
  bool has_place = false;
  bool has_type = false;
  std::string_view image;      // path or soname of the image concerned
  std::string_view needed_by;  // who asked for the image; empty: the user
  std::string_view symbol;
  std::string_view wanted;  // version or name that was asked for
  std::string_view other;   // the other image concerned
  std::string_view detail;
  std::string_view type_name;  // psABI name of `type`, if the CPU has names
  uint64_t place = 0;          // link-time address
  uint64_t value = 0;
  uint64_t limit = 0;
  uint32_t type = 0;   // relocation type
  uint32_t count = 0;  // references, for what is reported once for many
  Names list = {};
  Names searched = {};  // images that were searched for the symbol
};

template <class D>
concept Diagnostics = requires(D& diagnostics, const Report& report) {
  { diagnostics.Error(report) } -> std::same_as<bool>;
  diagnostics.Warning(report);
};

// What is read a second time has been warned of.
enum class Reading : bool { kFirst, kAgain };

// Adds to each report which image it is about and who needed it.
template <class D>
class InImage {
 public:
  InImage(D& under, std::string_view image, std::string_view needed_by,
          Reading reading = Reading::kFirst)
      : under_(under), image_(image), needed_by_(needed_by), reading_(reading) {}

  bool Error(Report report) { return more_ = under_.Error(Complete(report)); }
  void Warning(Report report) {
    if (reading_ == Reading::kFirst) under_.Warning(Complete(report));
  }
  // Whether more errors are wanted: what the last one was answered.
  [[nodiscard]] bool more() const { return more_; }

 private:
  const Report& Complete(Report& report) const {
    if (report.image.empty()) report.image = image_;
    if (report.needed_by.empty()) report.needed_by = needed_by_;
    return report;
  }

  D& under_;
  std::string_view image_;
  std::string_view needed_by_;
  Reading reading_;
  bool more_ = true;
};

// For the first steps of an image that relocates itself, when nothing can print yet.
struct TrapDiagnostics {
  [[noreturn]] static bool Error(const Report&) { __builtin_trap(); }
  static void Warning(const Report&) {}
};

}  // namespace rtld
