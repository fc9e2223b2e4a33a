// SPDX-License-Identifier: BSD-2-Clause

#include "tests/system_linker/tls_place.h"

#include "arch/all.h"
#include "rtld_shared/decode/tls.h"

namespace tests {
namespace {

template <class... Cpus>
struct Layouts {
  static std::optional<int64_t> FirstOf(const arch::testing::Machine& machine,
                                        const rtld::TlsSegment& tls) {
    std::optional<int64_t> place;
    (void)((machine.name == Cpus::kName && (place = First<Cpus>(tls), true)) || ...);
    return place;
  }

  template <class Cpu>
  static std::optional<int64_t> First(const rtld::TlsSegment& tls) {
    rtld::StaticTlsLayout<Cpu> layout;
    int64_t offset = 0;
    return layout.Add(tls, offset) ? std::optional(offset) : std::nullopt;
  }
};

}  // namespace

std::optional<int64_t> TlsPlaceOf(const arch::testing::Machine& machine,
                                  const rtld::TlsSegment& tls) {
  return arch::All<Layouts>::FirstOf(machine, tls);
}

}  // namespace tests
