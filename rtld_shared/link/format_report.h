// SPDX-License-Identifier: BSD-2-Clause
//
// FormatReport: the one place where a Report becomes text. One report is one line without a newline
// at its end, written piecewise to sink(string_view).
//
// The line says what is wrong, in which image, who needed it, and what was searched.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "rtld_shared/seams/diagnostics.h"

namespace rtld {

template <class Sink>
class ReportFormatter {
 public:
  ReportFormatter(const Report& report, Sink& sink) : r_(report), sink_(sink) {}

  void Run() {
    // These begin with their own sentence about the image.
    if (r_.error == Error::kMissingDependency) {
      Say(r_.image, " needs '", r_.wanted, "': not found");
      return Searched(r_.list);
    }
    if (!r_.image.empty()) {
      Say(r_.image);
      if (!r_.needed_by.empty()) Say(" (needed by ", r_.needed_by, ")");
      Say(": ");
    }
    Identity() || Malformed() || Refused() || Linking() || Manager();
  }

 private:
  struct Hex {
    uint64_t value;
  };

  void One(std::string_view text) { sink_(text); }
  // Literals with their length known: a freestanding client has no strlen.
  template <size_t N>
  void One(const char (&text)[N]) {
    sink_(std::string_view(text, N - 1));
  }
  void One(uint64_t value) { Number(value, 10); }
  void One(Hex hex) {
    sink_(std::string_view("0x"));
    Number(hex.value, 16);
  }
  void Number(uint64_t value, unsigned base) {
    char digits[20];
    size_t at = sizeof(digits);
    do {
      digits[--at] = "0123456789abcdef"[value % base];
      value /= base;
    } while (value != 0);
    sink_(std::string_view(digits + at, sizeof(digits) - at));
  }
  template <class... Parts>
  void Say(const Parts&... parts) {
    (One(parts), ...);
  }
  // One of two literals, likewise.
  template <size_t N, size_t M>
  [[nodiscard]] static std::string_view If(bool condition, const char (&yes)[N],
                                           const char (&no)[M]) {
    return condition ? std::string_view(yes, N - 1) : std::string_view(no, M - 1);
  }
  // A sentence as an answer to "was this yours?".
  template <class... Parts>
  bool Yes(const Parts&... parts) {
    Say(parts...);
    return true;
  }

  template <size_t N>
  void List(Names names, const char (&separator)[N]) {
    for (size_t i = 0; i < names.size(); ++i) {
      if (i != 0) Say(separator);
      Say(names[i]);
    }
  }
  void Searched(Names names) {
    if (names.empty()) return;
    Say(" (searched ");
    List(names, ", ");
    Say(")");
  }
  // "R_X_64 at 0x1000", as much of it as is known.
  void Where() {
    if (r_.has_type) {
      if (r_.type_name.empty()) {
        Say("relocation type ", uint64_t{r_.type});
      } else {
        Say(r_.type_name);
      }
      if (r_.has_place) Say(" ");
    } else if (!r_.detail.empty()) {
      Say(r_.detail, If(r_.has_place, " ", ""));
    }
    if (r_.has_place) Say("at ", Hex{r_.place});
  }

  bool Identity() {
    switch (r_.error) {
      case Error::kNone:
        return Yes("no error");
      case Error::kNotFound:
        Say("'", r_.wanted, "': not found");
        return Searched(r_.list), true;
      case Error::kReadFailed:
        return Yes("cannot read ", r_.limit, " bytes at offset ", r_.value, " of the file");
      case Error::kAlreadyLoaded:
        return Yes("'", r_.wanted, "' is loaded already, from ", r_.other,
                   If(r_.detail.empty(), "", ", "), r_.detail);
      case Error::kCycle:
      case Error::kOwnAncestor:
        Say(If(r_.error == Error::kCycle,
               "dependency cycle: ", "loading waits for one that it is loaded by: "));
        return List(r_.list, " -> "), true;
      case Error::kNotElf:
        return Yes("not an ELF file");
      case Error::kWrongClass:
        return Yes("is a ", If(r_.value == 2, "64", "32"), "-bit image, not a ",
                   If(r_.limit == 2, "64", "32"), "-bit one for ", r_.other);
      case Error::kWrongByteOrder:
        return Yes("is ", If(r_.value == 2, "big", "little"), "-endian, not ",
                   If(r_.limit == 2, "big", "little"), "-endian for ", r_.other);
      case Error::kWrongMachine:
        return Yes("is for machine ", r_.value, ", not for ", r_.limit, " (", r_.other, ")");
      case Error::kWrongFlags:
        return Yes("was built for another ABI of ", r_.other, " (e_flags ", Hex{r_.value}, ")");
      case Error::kNoSoname:
        return Yes("has no DT_SONAME");
      case Error::kSonameMismatch:
        return Yes("was found as '", r_.wanted, "', but its DT_SONAME is '", r_.other, "'");
      default:
        return false;
    }
  }

  bool Malformed() {
    switch (r_.error) {
      case Error::kBadHeader:
        return Yes("bad ELF header: ", r_.detail, " is ", Hex{r_.value});
      case Error::kBadType:
        return Yes("is no shared object (e_type ", r_.value, ")");
      case Error::kBadSegment:
        return Yes("bad program header ", r_.value, ": ", r_.detail);
      case Error::kNoDynamic:
        return Yes("has no dynamic section");
      case Error::kBadDynamic:
        return Yes("bad dynamic section: ", r_.detail, " is missing or wrong (", Hex{r_.value},
                   ")");
      case Error::kBadTable:
        Say("bad table: ", r_.detail);
        if (r_.has_place) Say(" at ", Hex{r_.place});
        if (r_.value != 0) Say(", ", r_.value, " bytes");
        return true;
      case Error::kBadString:
        return Yes("bad string: ", r_.detail, " is at offset ", r_.value, " of DT_STRTAB");
      case Error::kBadVersion:
        return Yes("bad symbol versions: ", r_.detail, " (", Hex{r_.value}, ")");
      case Error::kBadNote:
        return Yes("bad note at ", Hex{r_.place});
      case Error::kBadSymbol:
        return Yes("bad symbol ", r_.value, ": ", r_.detail);
      case Error::kBadSymbolIndex:
        Where();
        return Yes(": there is no symbol ", r_.value);
      case Error::kUnknownRelocation:
        Where();
        return Yes(": unknown relocation type");
      case Error::kRefusedRelocation:
        Where();
        return Yes(": only a static linker can apply this type");
      case Error::kBadPlace:
        Where();
        return Yes(": the place is in no writable segment of the image");
      case Error::kBadTarget:
        Where();
        return Yes(If(r_.has_type || !r_.detail.empty(), ": ", ""), "the target ", Hex{r_.value},
                   " is outside the image or its code");
      case Error::kOverflow:
        Where();
        return Yes(": '", r_.symbol, "' gives ", Hex{r_.value}, ", which does not fit in ",
                   r_.limit, " bits");
      default:
        return false;
    }
  }

  bool Refused() {
    switch (r_.error) {
      case Error::kTextRelocations:
        return Yes("has text relocations (DT_TEXTREL): compile it position-independent");
      case Error::kThreadLocal:
        Say("uses thread-local storage");
        if (!r_.symbol.empty()) Say(" ('", r_.symbol, "')");
        return true;
      case Error::kCopyRelocation:
        Where();
        return Yes(": copy relocation of '", r_.symbol, "': compile it position-independent");
      case Error::kUniqueSymbol:
        return Yes("'", r_.symbol, "' is STB_GNU_UNIQUE: compile with -fno-gnu-unique");
      case Error::kInitOnly:
        if (r_.symbol.empty()) {
          Where();
          Say(": leads to ", Hex{r_.value}, " in");
        } else {
          Say("'", r_.symbol, "' is exported from");
        }
        return Yes(" the init-only part, which is given back once the file is loaded");
      case Error::kWritableCode:
        return Yes("program header ", r_.value, " is writable and executable");
      case Error::kTlsNotStatic:
        Where();
        return Yes(": '", r_.symbol, "' has no room in the static thread-local storage");
      case Error::kUnsupported:
        return Yes("not supported: ", r_.detail);
      case Error::kIgnoredTag:
        Say("dynamic section: ", r_.detail);
        if (r_.value != 0) Say(" ", Hex{r_.value});
        return Yes(" is ignored");
      default:
        return false;
    }
  }

  bool Linking() {
    switch (r_.error) {
      case Error::kMissingVersion:
        Say("wants version ", r_.wanted, " of ", r_.other, ", which ");
        if (!r_.detail.empty()) return Yes("it does not name in DT_NEEDED");
        if (r_.list.empty()) return Yes("has no versions");
        Say("has ");
        return List(r_.list, ", "), true;
      case Error::kNoVersionInfo:
        return Yes("wants version ", r_.wanted, " of ", r_.other,
                   ", which has no version information");
      case Error::kWeakUndefined:
        return Yes("weak '", r_.symbol, "' is undefined and has the value 0");
      case Error::kUndefinedSymbol:
        return Undefined();
      case Error::kNoMemory:
        return Yes("no memory for ", r_.detail);
      case Error::kReserveFailed:
        return Yes("no room for ", r_.value, " bytes of address space");
      case Error::kMapFailed:
        return Yes("cannot map program header ", r_.value);
      case Error::kProtectFailed:
        return Yes("cannot protect ", r_.value, " bytes at ", Hex{r_.place});
      default:
        return false;
    }
  }

  bool Undefined() {
    Say("undefined '", r_.symbol);
    if (!r_.wanted.empty()) Say("@", r_.wanted);
    Say("' (");
    Where();
    if (r_.count > 1) Say(", and ", uint64_t{r_.count - 1}, " more");
    Say("): ");
    switch (r_.reason) {
      case Reason::kNotNeeded:
        Say("defined in ", r_.other, ", which this module does not name in DT_NEEDED");
        break;
      case Reason::kHidden:
        Say(r_.other, " has it, but hidden or local");
        break;
      case Reason::kOtherVersion:
        Say(If(r_.wanted.empty(), "wants no version, ", "wants "), r_.wanted,
            If(r_.wanted.empty(), "", ", "));
        VersionsOf(r_.other);
        break;
      case Reason::kNotInVersionFile:
        Say(r_.other, " does not define it");
        if (r_.detail.empty()) break;
        Say(", ");
        VersionsOf(r_.detail);
        break;
      case Reason::kKernelUnversioned:
        Say("kernel symbols need a version: link against the kernel stub");
        break;
      case Reason::kNone:
        Say("no reason was looked for, as many others are undefined");
        break;
      default:
        Say("no loaded module defines it");
        break;
    }
    if (r_.searched.empty()) return true;
    Say("; looked in: ");
    return List(r_.searched, ", "), true;
  }

  // What the image has of the symbol.
  void VersionsOf(std::string_view image) {
    Say(image, " has ");
    if (r_.list.empty()) Say("it without a version");
    List(r_.list, ", ");
  }

  bool Manager() {
    switch (r_.error) {
      case Error::kOutOfOrder:
        return Yes("internal: ", r_.detail, " at the wrong time");
      case Error::kHandlerFailed:
        return Yes(r_.detail, " failed with error ", r_.value);
      case Error::kBusy:
        Say("busy: ", r_.detail);
        if (r_.list.empty()) return true;
        Say(": ");
        return List(r_.list, ", "), true;
      case Error::kNotPermitted:
        return Yes("not permitted: ", r_.detail);
      case Error::kSignature:
        return Yes("signature: ", r_.detail);
      default:
        return Yes("error ", static_cast<uint64_t>(r_.error));
    }
  }

  const Report& r_;
  Sink& sink_;
};

template <class Sink>
void FormatReport(const Report& report, Sink&& sink) {
  ReportFormatter<std::remove_reference_t<Sink>>(report, sink).Run();
}

}  // namespace rtld
