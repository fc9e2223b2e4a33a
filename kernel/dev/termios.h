// SPDX-License-Identifier: BSD-2-Clause
//
// The terminal's settings as Linux programs see them (asm-generic termbits.h), with the bits that
// this kernel acts upon.
#pragma once

#include <cstdint>

namespace dev {

enum InputFlags : uint32_t {
  kIgnbrk = 0x1,
  kIstrip = 0x20,
  kInlcr = 0x40,
  kIgncr = 0x80,
  kIcrnl = 0x100,
  kIxon = 0x400,
  kIxany = 0x800,
  kIutf8 = 0x4000,
};

enum OutputFlags : uint32_t { kOpost = 0x1, kOnlcr = 0x4, kOcrnl = 0x8 };

enum LocalFlags : uint32_t {
  kIsig = 0x1,
  kIcanon = 0x2,
  kEcho = 0x8,
  kEchoe = 0x10,
  kEchok = 0x20,
  kEchonl = 0x40,
  kNoflsh = 0x80,
  kTostop = 0x100,
  kEchoctl = 0x200,
  kEchoke = 0x800,
  kIexten = 0x8000,
};

enum ControlCharacter : unsigned {
  kVintr = 0,
  kVquit = 1,
  kVerase = 2,
  kVkill = 3,
  kVeof = 4,
  kVtime = 5,
  kVmin = 6,
  kVstart = 8,
  kVstop = 9,
  kVsusp = 10,
  kVeol = 11,
  kVreprint = 12,
  kVdiscard = 13,
  kVwerase = 14,
  kVlnext = 15,
  kVeol2 = 16,
};

inline constexpr unsigned kControlCharacters = 19;

struct Termios {
  uint32_t input = kIcrnl | kIxon | kIutf8;
  uint32_t output = kOpost | kOnlcr;
  uint32_t control = 0x1cb2;  // 115200 baud, 8 bits, CREAD | HUPCL | CLOCAL
  uint32_t local = kIsig | kIcanon | kEcho | kEchoe | kEchok | kEchoctl | kEchoke | kIexten;
  uint8_t line = 0;
  // ^C ^\ DEL ^U ^D 0 1 0 ^Q ^S ^Z 0 ^R ^O ^W ^V 0
  uint8_t characters[kControlCharacters] = {3,  28, 127, 21, 4,  0,  1, 0, 17, 19,
                                            26, 0,  18,  15, 23, 22, 0, 0, 0};
};
static_assert(sizeof(Termios) == 36);

struct WindowSize {
  uint16_t rows = 24;
  uint16_t columns = 80;
  uint16_t width = 0;
  uint16_t height = 0;
};

}  // namespace dev
