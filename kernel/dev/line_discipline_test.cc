// SPDX-License-Identifier: BSD-2-Clause
// What keys do: a table of what is typed, what the screen shows and what a program reads.

#include "kernel/dev/line_discipline.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "kernel/kpi/signal.h"

namespace dev {
namespace {

class Recorder final : public TerminalEffects {
 public:
  void Display(const char* text, size_t bytes) override { screen.append(text, bytes); }
  void Signal(int number) override { signals.push_back(number); }
  std::string screen;
  std::vector<int> signals;
};

struct Terminal {
  Recorder effects;
  LineDiscipline line{effects};

  void Type(std::string_view keys) {
    for (const char key : keys) line.Input(static_cast<uint8_t>(key));
  }
  std::string ReadAll() {
    std::string all;
    while (line.Readable()) {
      char bytes[64];
      const size_t count = line.Read(bytes, sizeof bytes);
      all.append(bytes, count);
      all += count ? "|" : "EOF|";
    }
    return all;
  }
  Termios Change() const { return line.termios(); }
};

TEST(LineDiscipline, EditsLines) {
  const struct {
    const char* what;
    std::string typed;
    std::string screen;
    std::string read;
  } kCases[] = {
      {"a line", "ls\r", "ls\r\n", "ls\n|"},
      {"nothing before its end", "ls", "ls", ""},
      {"two lines, one read each", "a\rb\r", "a\r\nb\r\n", "a\n|b\n|"},
      {"erase", "lx\177s\r", "lx\b \bs\r\n", "ls\n|"},
      {"erase by ^H", "lx\bs\r", "lx\b \bs\r\n", "ls\n|"},
      {"erase at the start does nothing", "\177a\r", "a\r\n", "a\n|"},
      {"erase a control character", "\x01\177\r", "^A\b \b\b \b\r\n", "\n|"},
      {"erase a tab", "ab\t\177c\r", "ab\t\b\b\b\b\b\bc\r\n", "abc\n|"},
      {"erase a UTF-8 character", "\xc3\xa4\177b\r", "\xc3\xa4\b \bb\r\n", "b\n|"},
      {"kill the line", "abc\x15x\r", "abc\b \b\b \b\b \bx\r\n", "x\n|"},
      {"kill a word", "one two  \x17x\r", "one two  \b \b\b \b\b \b\b \b\b \bx\r\n", "one x\n|"},
      {"reprint",
       "ab\x12"
       "c\r",
       "ab^R\r\nabc\r\n", "abc\n|"},
      {"literal next", "\x16\x03\r", "^\b^C\r\n", "\x03\n|"},
      {"end of file", "\x04", "", "EOF|"},
      {"end of file after text ends it without a newline", "ab\x04", "ab", "ab|"},
      {"text, ^D twice", "ab\x04\x04", "ab", "ab|EOF|"},
      {"stop and start are eaten",
       "a\x13\x11"
       "b\r",
       "ab\r\n", "ab\n|"},
  };
  for (const auto& c : kCases) {
    Terminal terminal;
    terminal.Type(c.typed);
    EXPECT_EQ(terminal.effects.screen, c.screen) << c.what;
    EXPECT_EQ(terminal.ReadAll(), c.read) << c.what;
    EXPECT_TRUE(terminal.effects.signals.empty()) << c.what;
  }
}

TEST(LineDiscipline, SignalsDropTheLineAndShowTheKey) {
  Terminal terminal;
  terminal.Type("done\rhalf\x03\x1c\x1a");
  EXPECT_EQ(terminal.effects.signals, (std::vector<int>{SIGINT, SIGQUIT, SIGTSTP}));
  EXPECT_EQ(terminal.effects.screen, "done\r\nhalf^C\r\n^\\\r\n^Z\r\n");
  EXPECT_EQ(terminal.ReadAll(), "");
}

TEST(LineDiscipline, NoflshKeepsWhatWasTyped) {
  Terminal terminal;
  Termios termios = terminal.Change();
  termios.local |= kNoflsh;
  terminal.line.SetTermios(termios);
  terminal.Type(
      "ab\x03"
      "c\r");
  EXPECT_EQ(terminal.effects.signals, std::vector<int>{SIGINT});
  EXPECT_EQ(terminal.ReadAll(), "abc\n|");
}

TEST(LineDiscipline, WithoutIsigControlKeysAreBytes) {
  Terminal terminal;
  Termios termios = terminal.Change();
  termios.local &= ~uint32_t{kIsig | kIcanon | kEcho};
  terminal.line.SetTermios(termios);
  terminal.Type("\x03\x04\x7f");
  EXPECT_TRUE(terminal.effects.signals.empty());
  EXPECT_EQ(terminal.effects.screen, "");
  EXPECT_EQ(terminal.ReadAll(), "\x03\x04\x7f|");
}

TEST(LineDiscipline, DisabledCharactersAreOrdinary) {
  Terminal terminal;
  Termios termios = terminal.Change();
  termios.characters[kVintr] = 0;
  terminal.line.SetTermios(termios);
  terminal.Type("\x03\r");
  EXPECT_TRUE(terminal.effects.signals.empty());
  EXPECT_EQ(terminal.ReadAll(), "\x03\n|");
}

TEST(LineDiscipline, LeavingLinesMakesTheUnfinishedOneReadable) {
  Terminal terminal;
  terminal.Type("abc");
  EXPECT_FALSE(terminal.line.Readable());
  Termios termios = terminal.Change();
  termios.local &= ~uint32_t{kIcanon};
  terminal.line.SetTermios(termios);
  EXPECT_EQ(terminal.ReadAll(), "abc|");
}

TEST(LineDiscipline, EnteringLinesMakesEarlierBytesOneLine) {
  Terminal terminal;
  Termios termios = terminal.Change();
  termios.local &= ~uint32_t{kIcanon};
  terminal.line.SetTermios(termios);
  terminal.Type("abc");
  termios.local |= kIcanon;
  terminal.line.SetTermios(termios);
  terminal.Type("d\r");
  EXPECT_EQ(terminal.ReadAll(), "abc|d\n|");
}

TEST(LineDiscipline, ReadsLongLinesInPieces) {
  Terminal terminal;
  terminal.Type("abcdef\rg\r");
  char bytes[4];
  EXPECT_EQ(std::string(bytes, terminal.line.Read(bytes, 4)), "abcd");
  EXPECT_EQ(terminal.line.Available(), 3u);
  EXPECT_EQ(std::string(bytes, terminal.line.Read(bytes, 4)), "ef\n");
  EXPECT_EQ(std::string(bytes, terminal.line.Read(bytes, 4)), "g\n");
}

TEST(LineDiscipline, AFullLineRingsTheBellAndStillEnds) {
  Terminal terminal;
  Termios termios = terminal.Change();
  termios.local &= ~uint32_t{kEcho};
  terminal.line.SetTermios(termios);
  terminal.Type(std::string(LineDiscipline::kLineMax + 5, 'a'));
  EXPECT_EQ(terminal.effects.screen, std::string(6, '\a'));
  terminal.Type("\r");
  EXPECT_EQ(terminal.line.Available(), LineDiscipline::kLineMax);
}

TEST(LineDiscipline, AFullQueueRefusesALineWhole) {
  Terminal terminal;
  Termios termios = terminal.Change();
  termios.local &= ~uint32_t{kEcho};
  terminal.line.SetTermios(termios);
  for (int i = 0; i < 2; ++i) terminal.Type(std::string(LineDiscipline::kLineMax - 1, 'a') + "\r");
  terminal.Type("lost\r");
  EXPECT_EQ(terminal.effects.screen, "\a");
  char bytes[LineDiscipline::kLineMax];
  EXPECT_EQ(terminal.line.Read(bytes, sizeof bytes), sizeof bytes);
  EXPECT_EQ(terminal.line.Read(bytes, sizeof bytes), sizeof bytes);
  EXPECT_FALSE(terminal.line.Readable());
}

TEST(LineDiscipline, OutputMapsNewlinesAsToldAndStops) {
  Terminal terminal;
  EXPECT_EQ(terminal.line.Output("a\nb", 3), 3u);
  EXPECT_EQ(terminal.effects.screen, "a\r\nb");
  Termios termios = terminal.Change();
  termios.output = 0;
  terminal.line.SetTermios(termios);
  EXPECT_EQ(terminal.line.Output("\n", 1), 1u);
  EXPECT_EQ(terminal.effects.screen, "a\r\nb\n");
  terminal.Type("\x13");
  EXPECT_EQ(terminal.line.Output("x", 1), 0u);
  terminal.Type("\x11");
  EXPECT_EQ(terminal.line.Output("x", 1), 1u);
}

TEST(LineDiscipline, TabsErasedBehindAPromptKnowTheirWidth) {
  Terminal terminal;
  EXPECT_EQ(terminal.line.Output("prompt# ", 8), 8u);
  terminal.Type("a\t");
  terminal.effects.screen.clear();
  terminal.Type("\177");
  EXPECT_EQ(terminal.effects.screen, std::string(7, '\b'));
}

}  // namespace
}  // namespace dev
