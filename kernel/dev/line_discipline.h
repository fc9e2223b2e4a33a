// SPDX-License-Identifier: BSD-2-Clause
//
// The terminal's line discipline (POSIX "General Terminal Interface"): what a byte from the
// keyboard does to the line being edited, to the screen and to processes, and what a byte written
// by a program becomes on the screen. Pure: no locks, no waiting, no allocation; the caller
// serialises.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "kernel/dev/termios.h"

namespace dev {

// Where echo and output go and who hears of ^C.
class TerminalEffects {
 public:
  virtual void Display(const char* text, size_t bytes) = 0;
  // SIGINT, SIGQUIT or SIGTSTP to the foreground process group.
  virtual void Signal(int number) = 0;

 protected:
  ~TerminalEffects() = default;
};

class LineDiscipline {
 public:
  static constexpr size_t kLineMax = 4096;   // of a line, its end included (MAX_CANON)
  static constexpr size_t kQueueMax = 8192;  // characters that wait to be read

  explicit LineDiscipline(TerminalEffects& effects) : effects_(effects) {}

  const Termios& termios() const { return termios_; }
  // What was typed so far stays; when canonical mode ends, an unfinished line becomes readable.
  void SetTermios(const Termios& termios);

  // One byte from the keyboard.
  void Input(uint8_t byte);
  // Bytes from a program. Returns how many were taken: fewer only while ^S holds the output.
  size_t Output(const char* text, size_t bytes);
  bool stopped() const { return stopped_; }
  void SetStopped(bool stopped) { stopped_ = stopped; }

  // Something to read: a whole line or an end of file in canonical mode, any byte otherwise.
  bool Readable() const;
  // How many bytes a read would get now, at most.
  size_t Available() const;
  // Takes at most `capacity` bytes: in canonical mode at most one line. 0 for an end of file (^D on
  // an empty line); not to be called when nothing is readable.
  size_t Read(char* to, size_t capacity);
  // Forgets what was typed and not read.
  void FlushInput();

 private:
  // What waits to be read: a byte, perhaps the last of a line, or an end of file without a byte.
  enum Mark : uint16_t { kLineEnd = 0x100, kEndOfFile = 0x200 };

  bool Is(uint8_t byte, ControlCharacter which) const;
  bool Has(uint32_t local_flag) const { return (termios_.local & local_flag) != 0; }
  bool TakeSignal(uint8_t byte);
  bool TakeEditing(uint8_t byte);
  void AddToLine(uint8_t byte);
  void EndLine(uint16_t mark, bool with_byte, uint8_t byte);
  bool Push(uint16_t item);

  void Echo(uint8_t byte);
  void Show(const char* text, size_t bytes);
  void ShowText(std::string_view text) { Show(text.data(), text.size()); }
  // Erases the last character (all its UTF-8 bytes) from line and screen.
  void EraseOne();
  void EraseWord();
  void EraseAll();
  void Reprint();
  size_t ColumnOf(size_t length) const;
  size_t CharacterStart(size_t end) const;

  TerminalEffects& effects_;
  Termios termios_;
  uint8_t line_[kLineMax];
  size_t line_length_ = 0;
  size_t line_column_ = 0;  // where the line being edited starts on the screen
  uint16_t queue_[kQueueMax];
  size_t queue_first_ = 0;
  size_t queue_length_ = 0;
  size_t line_ends_ = 0;  // in the queue
  size_t column_ = 0;     // of the cursor
  bool literal_next_ = false;
  bool stopped_ = false;
};

}  // namespace dev
