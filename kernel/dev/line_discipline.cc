// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/dev/line_discipline.h"

#include "kernel/kpi/signal.h"

namespace dev {
namespace {

constexpr size_t kTab = 8;

bool IsControl(uint8_t byte) { return byte < 32 || byte == 127; }
bool IsContinuation(uint8_t byte) { return (byte & 0xc0) == 0x80; }
bool IsWordByte(uint8_t byte) {
  return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') ||
         (byte >= 'A' && byte <= 'Z') || byte == '_' || byte >= 0x80;
}

}  // namespace

void LineDiscipline::SetTermios(const Termios& termios) {
  const bool was_canonical = Has(kIcanon);
  termios_ = termios;
  if (was_canonical && !Has(kIcanon)) {
    for (size_t i = 0; i < line_length_; ++i) (void)Push(line_[i]);
    line_length_ = 0;
  }
  if (!was_canonical && Has(kIcanon) && queue_length_) {
    // What was typed without lines is readable as one.
    uint16_t& last = queue_[(queue_first_ + queue_length_ - 1) % kQueueMax];
    if ((last & (kLineEnd | kEndOfFile)) == 0) ++line_ends_;
    last |= kLineEnd;
  }
  if ((termios_.input & kIxon) == 0) stopped_ = false;
}

// A control character set to 0 is switched off (_POSIX_VDISABLE).
bool LineDiscipline::Is(uint8_t byte, ControlCharacter which) const {
  return termios_.characters[which] == byte && byte != 0;
}

void LineDiscipline::Input(uint8_t byte) {
  if (literal_next_) {
    literal_next_ = false;
    AddToLine(byte);
    return;
  }
  if (termios_.input & kIstrip) byte &= 0x7f;
  if (byte == '\r') {
    if (termios_.input & kIgncr) return;
    if (termios_.input & kIcrnl) byte = '\n';
  } else if (byte == '\n' && (termios_.input & kInlcr)) {
    byte = '\r';
  }
  if (termios_.input & kIxon) {
    if (Is(byte, kVstop)) {
      stopped_ = true;
      return;
    }
    if (Is(byte, kVstart)) {
      stopped_ = false;
      return;
    }
    if (stopped_ && (termios_.input & kIxany)) stopped_ = false;
  }
  if (Has(kIsig) && TakeSignal(byte)) return;
  if (Has(kIcanon)) {
    if (!TakeEditing(byte)) AddToLine(byte);
    return;
  }
  if (Push(byte) && Has(kEcho)) Echo(byte);
}

bool LineDiscipline::TakeSignal(uint8_t byte) {
  int signal = 0;
  if (Is(byte, kVintr)) signal = SIGINT;
  if (Is(byte, kVquit)) signal = SIGQUIT;
  if (Is(byte, kVsusp)) signal = SIGTSTP;
  if (!signal) return false;
  stopped_ = false;
  if (Has(kEcho)) {
    Echo(byte);
    if (Has(kIcanon)) ShowText("\r\n");
  }
  if (!Has(kNoflsh)) FlushInput();
  effects_.Signal(signal);
  return true;
}

bool LineDiscipline::TakeEditing(uint8_t byte) {
  const bool extended = Has(kIexten);
  if (byte == '\n' || Is(byte, kVeol) || (extended && Is(byte, kVeol2))) {
    if (byte == '\n' ? Has(kEcho) || Has(kEchonl) : Has(kEcho)) {
      if (byte == '\n') {
        ShowText("\r\n");
      } else {
        Echo(byte);
      }
    }
    EndLine(kLineEnd, true, byte);
    return true;
  }
  if (Is(byte, kVeof)) {
    EndLine(line_length_ ? kLineEnd : kEndOfFile, false, 0);
    return true;
  }
  if (Is(byte, kVerase) || (byte == '\b' && termios_.characters[kVerase] == 127)) {
    if (line_length_) EraseOne();
    return true;
  }
  if (Is(byte, kVkill)) {
    EraseAll();
    return true;
  }
  if (extended && Is(byte, kVwerase)) {
    EraseWord();
    return true;
  }
  if (extended && Is(byte, kVreprint)) {
    if (Has(kEcho)) {
      Echo(byte);
      ShowText("\r\n");
      Reprint();
    }
    return true;
  }
  if (extended && Is(byte, kVlnext)) {
    if (Has(kEcho) && Has(kEchoctl)) ShowText("^\b");
    literal_next_ = true;
    return true;
  }
  return false;
}

void LineDiscipline::AddToLine(uint8_t byte) {
  if (!Has(kIcanon)) {
    if (Push(byte) && Has(kEcho)) Echo(byte);
    return;
  }
  // Room for the line's end is always kept.
  if (line_length_ + 1 >= kLineMax) {
    ShowText("\a");
    return;
  }
  if (line_length_ == 0) line_column_ = column_;
  line_[line_length_++] = byte;
  if (Has(kEcho)) Echo(byte);
}

void LineDiscipline::EndLine(uint16_t mark, bool with_byte, uint8_t byte) {
  const size_t items = line_length_ + (with_byte || mark == kEndOfFile ? 1 : 0);
  if (queue_length_ + items > kQueueMax) {
    ShowText("\a");
    line_length_ = 0;
    return;
  }
  for (size_t i = 0; i < line_length_; ++i) {
    const bool last = !with_byte && i + 1 == line_length_;
    (void)Push(last ? static_cast<uint16_t>(line_[i] | mark) : line_[i]);
  }
  line_length_ = 0;
  if (with_byte) (void)Push(byte | mark);
  if (mark == kEndOfFile) (void)Push(kEndOfFile);
}

bool LineDiscipline::Push(uint16_t item) {
  if (queue_length_ == kQueueMax) return false;
  queue_[(queue_first_ + queue_length_++) % kQueueMax] = item;
  if (item & (kLineEnd | kEndOfFile)) ++line_ends_;
  return true;
}

bool LineDiscipline::Readable() const { return Has(kIcanon) ? line_ends_ > 0 : queue_length_ > 0; }

size_t LineDiscipline::Available() const {
  if (!Readable()) return 0;
  size_t bytes = 0;
  for (size_t i = 0; i < queue_length_; ++i) {
    const uint16_t item = queue_[(queue_first_ + i) % kQueueMax];
    if ((item & kEndOfFile) == 0) ++bytes;
    if (Has(kIcanon) && (item & (kLineEnd | kEndOfFile))) break;
  }
  return bytes;
}

size_t LineDiscipline::Read(char* to, size_t capacity) {
  size_t done = 0;
  while (done < capacity && queue_length_) {
    const uint16_t item = queue_[queue_first_];
    queue_first_ = (queue_first_ + 1) % kQueueMax;
    --queue_length_;
    const bool end = (item & (kLineEnd | kEndOfFile)) != 0;
    if (end) --line_ends_;
    if ((item & kEndOfFile) == 0) to[done++] = static_cast<char>(item);
    if (end && Has(kIcanon)) break;
  }
  return done;
}

void LineDiscipline::FlushInput() {
  queue_first_ = queue_length_ = line_ends_ = 0;
  line_length_ = 0;
  literal_next_ = false;
}

// ---- The screen ----

size_t LineDiscipline::Output(const char* text, size_t bytes) {
  if (stopped_) return 0;
  if ((termios_.output & kOpost) == 0) {
    effects_.Display(text, bytes);
    return bytes;
  }
  // Runs of plain bytes go out in one piece.
  size_t run = 0;
  for (size_t i = 0; i < bytes; ++i) {
    const bool newline = text[i] == '\n' && (termios_.output & kOnlcr);
    const bool turned = text[i] == '\r' && (termios_.output & kOcrnl);
    if (!newline && !turned) continue;
    Show(text + run, i - run);
    ShowText(newline ? "\r\n" : "\n");
    run = i + 1;
  }
  Show(text + run, bytes - run);
  return bytes;
}

void LineDiscipline::Show(const char* text, size_t bytes) {
  if (!bytes) return;
  effects_.Display(text, bytes);
  for (size_t i = 0; i < bytes; ++i) {
    const auto byte = static_cast<uint8_t>(text[i]);
    if (byte == '\r') {
      column_ = 0;
    } else if (byte == '\b') {
      if (column_) --column_;
    } else if (byte == '\t') {
      column_ += kTab - column_ % kTab;
    } else if (!IsControl(byte) && !IsContinuation(byte)) {
      ++column_;
    }
  }
}

void LineDiscipline::Echo(uint8_t byte) {
  if (IsControl(byte) && byte != '\t' && byte != '\n' && Has(kEchoctl)) {
    const char shown[2] = {'^', static_cast<char>(byte ^ 0x40)};
    Show(shown, 2);
    return;
  }
  if (byte == '\n' && (termios_.output & kOpost) && (termios_.output & kOnlcr)) {
    ShowText("\r\n");
    return;
  }
  const char shown = static_cast<char>(byte);
  Show(&shown, 1);
}

// The screen column at which the first `length` bytes of the line end.
size_t LineDiscipline::ColumnOf(size_t length) const {
  size_t column = line_column_;
  for (size_t i = 0; i < length; ++i) {
    const uint8_t byte = line_[i];
    if (byte == '\t') {
      column += kTab - column % kTab;
    } else if (IsControl(byte)) {
      column += Has(kEchoctl) ? 2 : 0;
    } else if (!IsContinuation(byte) || (termios_.input & kIutf8) == 0) {
      ++column;
    }
  }
  return column;
}

size_t LineDiscipline::CharacterStart(size_t end) const {
  size_t start = end - 1;
  if (termios_.input & kIutf8) {
    while (start > 0 && IsContinuation(line_[start])) --start;
  }
  return start;
}

void LineDiscipline::EraseOne() {
  const size_t start = CharacterStart(line_length_);
  const size_t width = ColumnOf(line_length_) - ColumnOf(start);
  const bool tab = line_[start] == '\t';
  if (Has(kEcho)) {
    if (Has(kEchoe)) {
      for (size_t i = 0; i < width; ++i) ShowText(tab ? "\b" : "\b \b");
    } else {
      Echo(termios_.characters[kVerase]);
    }
  }
  line_length_ = start;
}

void LineDiscipline::EraseWord() {
  while (line_length_ && !IsWordByte(line_[line_length_ - 1])) EraseOne();
  while (line_length_ && IsWordByte(line_[line_length_ - 1])) EraseOne();
}

void LineDiscipline::EraseAll() {
  if (Has(kEcho) && Has(kEchoke) && Has(kEchoe)) {
    while (line_length_) EraseOne();
    return;
  }
  line_length_ = 0;
  if (!Has(kEcho)) return;
  Echo(termios_.characters[kVkill]);
  if (Has(kEchok)) ShowText("\r\n");
}

void LineDiscipline::Reprint() {
  line_column_ = column_;
  for (size_t i = 0; i < line_length_; ++i) Echo(line_[i]);
}

}  // namespace dev
