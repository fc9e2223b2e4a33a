// SPDX-License-Identifier: BSD-2-Clause
//
// poweroff [status]
#include <string>

#include "lib/kld/text.h"
#include "sbin/commands.h"

namespace sbin::poweroff {

int Run(System& system, Terminal& terminal, Arguments arguments) {
  constexpr std::string_view kUsageText = "poweroff [status]";
  kld::Options options(arguments, "");
  std::string error;
  if (options.Next() || !options.error().empty()) error = options.error();
  const Arguments operands = options.operands();
  if (error.empty() && operands.size() > 1) error = "unexpected '" + operands[1] + "'";
  const auto status = kld::ParseInteger(operands.empty() ? "0" : operands[0]);
  if (error.empty() && (!status || *status < 0 || *status > 255)) {
    error = "'" + operands[0] + "' is not an exit status (0 to 255)";
  }
  if (!error.empty()) return PrintUsage(terminal, "poweroff", error, kUsageText);

  const int64_t failure = system.PowerOff(static_cast<int>(*status));
  if (failure == 0) return 0;
  terminal.Err("poweroff: " + kld::ErrorText(-failure) + "\n");
  return kFailure;
}

}  // namespace sbin::poweroff
