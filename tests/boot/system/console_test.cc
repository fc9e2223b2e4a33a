// SPDX-License-Identifier: BSD-2-Clause
//
// console_test QEMU.ARGS LOADER ARCHIVE: somebody sits in front of the booted system and types.
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

#include "tests/boot/qemu.h"

namespace boot {
namespace {

struct Files {
  std::string qemu_args, loader, archive;
};
Files files;

constexpr char kCtrlC[] = "\x03";
constexpr char kCtrlD[] = "\x04";
constexpr char kErase[] = "\x7f";
constexpr char kPrompt[] = "# ";

// When the console has shown `wait` since the step before, `type` is typed.
struct Step {
  std::string wait;
  std::string type;
};

class Conversation {
 public:
  explicit Conversation(std::vector<Step> steps) : steps_(std::move(steps)) {}

  std::string Answer(std::string_view piece) {
    shown_ += piece;
    std::string keys;
    while (done_ < steps_.size()) {
      const size_t at = shown_.find(steps_[done_].wait, from_);
      if (at == std::string::npos) break;
      from_ = at + steps_[done_].wait.size();
      keys += steps_[done_++].type;
    }
    return keys;
  }

  // The step that was waited for in vain; "" when all were taken.
  std::string missing() const { return done_ < steps_.size() ? steps_[done_].wait : ""; }
  const std::string& shown() const { return shown_; }

 private:
  std::vector<Step> steps_;
  size_t done_ = 0;
  std::string shown_;
  size_t from_ = 0;
};

// Boots, types, and returns the machine's status.
int Sit(std::vector<Step> steps) {
  std::ifstream in(files.qemu_args);
  std::ostringstream text;
  text << in.rdbuf();
  const Machine machine = {.loader = files.loader,
                           .archive = files.archive,
                           .command_line = "",
                           .status_file = std::string(std::getenv("TEST_TMPDIR")) + "/status"};
  const std::vector<std::string> arguments = QemuArguments(text.str(), machine);
  const std::string status = StatusFile(text.str(), machine);
  Conversation conversation(std::move(steps));
  constexpr int kSeconds = 60;
  const auto outcome = BootTyping(arguments, status, kSeconds, [&](std::string_view piece) {
    return conversation.Answer(piece);
  });
  if (!outcome) {
    ADD_FAILURE() << "QEMU did not start";
    return -1;
  }
  EXPECT_EQ(conversation.missing(), "") << conversation.shown();
  return outcome->status;
}

// What is waited for is never what was typed: the terminal echoes that. Whoever is to be interrupted
// speaks itself, so that it is in the foreground by then and the terminal is as it needs it.
TEST(Console, LinesSignalsAndEnds) {
  EXPECT_EQ(Sit({
                {kPrompt, "sh -c \"echo be''gun; exec sleep 1000\"\n"},
                // A command is interrupted, the shell goes on.
                {"begun\r\n", kCtrlC},
                {kPrompt, "echo status $?.\n"},
                {"status 130.\r\n", ""},
                // So is a pipe, all of it.
                {kPrompt, "yes | (echo pi''pe; cat > /dev/null)\n"},
                {"pipe\r\n", kCtrlC},
                {kPrompt, "ps | grep -c '[y]es'\n"},
                {"\n0\r\n", ""},
                // A line that was begun is forgotten.
                {kPrompt, std::string("echo forgotten") + kCtrlC},
                {kPrompt, "echo an''other\n"},
                {"another\r\n", ""},
                // The terminal edits lines for programs that do not, and Ctrl-D ends their input.
                {kPrompt, "echo up''per; tr a-z A-Z\n"},
                {"upper\r\n", std::string("helxx") + kErase + kErase + "lo\n"},
                {"HELLO\r\n", kCtrlD},
                // So does the shell's own reading.
                {kPrompt, "echo re''ad; read -r word; echo \"<$word>\"\n"},
                {"read\r\n", "a b\n"},
                {"<a b>\r\n", ""},
                // Background jobs keep the prompt free.
                {kPrompt, "sleep 1000 &\n"},
                {kPrompt, "kill %1; wait %1; echo wait $?.\n"},
                {"wait 143.\r\n", ""},
                // init gives another shell for the one that ends.
                {kPrompt, "exec sh -c 'echo last wo''rds'\n"},
                {"last words\r\n", ""},
                {kPrompt, "echo $PPID.$((6 * 7)).\n"},
                {"1.42.\r\n", ""},
                {kPrompt, "poweroff 7\n"},
            }),
            7);
}

}  // namespace
}  // namespace boot

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  if (argc != 4) return 2;
  boot::files = {argv[1], argv[2], argv[3]};
  return RUN_ALL_TESTS();
}
