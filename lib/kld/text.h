// SPDX-License-Identifier: BSD-2-Clause
//
// Formatting for commands.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace kld {

// printf into a string.
[[nodiscard]] std::string Format(const char* format, ...) __attribute__((format(printf, 1, 2)));

// A size in at most four characters, as FreeBSD's humanize_number(3) with HN_DECIMAL and
// HN_NOSPACE writes it: "512", "1.5K", "31M"; steps of 1024, one decimal below ten.
[[nodiscard]] std::string Humanize(uint64_t bytes);

// A JSON string literal (RFC 8259, section 7), quotes included. Bytes above 0x7f pass unchanged.
[[nodiscard]] std::string JsonString(std::string_view text);

// The whole of `text` as an integer in C's notation: decimal, 0x or leading 0; a sign is allowed.
[[nodiscard]] std::optional<int64_t> ParseInteger(std::string_view text);

// The same for addresses, without a sign: all 64 bits.
[[nodiscard]] std::optional<uint64_t> ParseAddress(std::string_view text);

// What an errno value means, without a newline.
[[nodiscard]] std::string ErrorText(int64_t error);

}  // namespace kld
