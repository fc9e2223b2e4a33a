// SPDX-License-Identifier: BSD-2-Clause
#include "stand/loader_conf.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "stand/testing/fake_machine.h"

namespace stand {
namespace {

class LoaderConfTest : public ::testing::Test {
 protected:
  LoaderConfTest() { testing::Fake() = {}; }

  // Returns what was complained about.
  std::string Parse(std::string_view text) {
    conf_.Parse(text, "/boot/loader.conf", messages_);
    return std::string(messages_.kept());
  }

  std::vector<std::string> Preloads() {
    std::vector<std::string> names;
    for (const PreloadEntry& entry : conf_.preloads()) {
      if (entry.load) names.push_back(std::string(entry.name) + "=" + std::string(entry.file));
    }
    return names;
  }

  LoaderConf conf_;
  char kept_[4096];
  Messages messages_{kept_};
};

TEST_F(LoaderConfTest, AnEmptyFileGivesTheDefaults) {
  EXPECT_EQ(Parse(""), "");
  EXPECT_EQ(conf_.kernel(), "/boot/kernel");
  EXPECT_EQ(conf_.kernel_options(), "");
  EXPECT_EQ(conf_.module_path(), "/boot/modules");
  EXPECT_FALSE(conf_.verbose());
  EXPECT_TRUE(conf_.preloads().empty());
  EXPECT_TRUE(conf_.tunables().empty());
}

TEST_F(LoaderConfTest, ReadsEveryKindOfLine) {
  EXPECT_EQ(Parse("# how to boot\n"
                  "\n"
                  "kernel=\"/boot/kernel.old\"   # the one that worked\n"
                  "  kernel_options = \"nokaslr bench\"\r\n"
                  "module_path=\"/boot/modules;/boot/extra\"\n"
                  "verbose_loading=yes\n"
                  "random_load=\"YES\"\n"
                  "net-x_load=YES # bare\n"
                  "net-x_name=\"/boot/test/x.kld\"\n"
                  "kern.securelevel=1\n"
                  "last_load=\"NO\""),
            "");
  EXPECT_EQ(conf_.kernel(), "/boot/kernel.old");
  EXPECT_EQ(conf_.kernel_options(), "nokaslr bench");
  EXPECT_EQ(conf_.module_path(), "/boot/modules;/boot/extra");
  EXPECT_TRUE(conf_.verbose());
  EXPECT_EQ(Preloads(), (std::vector<std::string>{"random=", "net-x=/boot/test/x.kld"}));
  EXPECT_EQ(conf_.preloads()[1].line, 8u);
  ASSERT_EQ(conf_.tunables().size(), 1u);
  EXPECT_EQ(conf_.tunables()[0].name, "kern.securelevel");
  EXPECT_EQ(conf_.tunables()[0].value, "1");
}

TEST_F(LoaderConfTest, LaterLinesReplaceEarlierOnes) {
  EXPECT_EQ(Parse("a_load=YES\nb_load=YES\na_load=NO\nkernel=one\nkernel=two\nx.y=1\nx.y=2\n"), "");
  EXPECT_EQ(Preloads(), std::vector<std::string>{"b="});
  EXPECT_EQ(conf_.kernel(), "two");
  ASSERT_EQ(conf_.tunables().size(), 1u);
  EXPECT_EQ(conf_.tunables()[0].value, "2");
}

TEST_F(LoaderConfTest, EveryWrongLineIsNamedAndSkipped) {
  struct Case {
    const char* line;
    const char* complaint;
  };
  const Case kCases[] = {
      {"=1", "a line starts with a name or '#'"},
      {"\"x\"=1", "a line starts with a name or '#'"},
      {"kernel", "kernel: no '=' after the name"},
      {"kernel /boot/kernel", "kernel: no '=' after the name"},
      {"kernel=", "kernel: no value"},
      {"kernel=\"\"", "kernel: no value"},
      {"kernel=\"/boot/kernel", "kernel: the quote is not closed"},
      {"kernel=\"/boot/kernel\" x", "kernel: something follows the value"},
      {"kernel=/boot kernel", "kernel: something follows the value"},
      {"kernel=a\"b\"", "kernel: a quote inside a value"},
      {"kernel=\"a\tb\"", "kernel: a control character in the value"},
      {"random_load=\"maybe\"", "random_load: the value must be \"YES\" or \"NO\""},
      {"random_name=\"\"", "random_name: no value"},
      {"verbose_loading=1", "verbose_loading: the value must be \"YES\" or \"NO\""},
      {"_load=YES", "_load: unknown name"},
      {"autoboot_delay=3", "autoboot_delay: unknown name"},
      {"kern.x=\"a b\"", "kern.x: a blank in a tunable's value"},
  };
  std::string text = "# first\n", expected;
  unsigned line = 1;
  for (const Case& c : kCases) {
    text += std::string(c.line) + "\n";
    expected += "loader: /boot/loader.conf:" + std::to_string(++line) + ": " + c.complaint + "\n";
  }
  text += "good_load=YES\n";
  EXPECT_EQ(Parse(text), expected);
  EXPECT_EQ(testing::Fake().console, expected);
  EXPECT_EQ(Preloads(), std::vector<std::string>{"good="});
  EXPECT_EQ(conf_.kernel(), "/boot/kernel");
}

TEST_F(LoaderConfTest, TooManyNamesAreRefusedOneByOne) {
  std::string text;
  for (size_t i = 0; i <= LoaderConf::kMaxPreloads; ++i) {
    text += "m" + std::to_string(i) + "_load=YES\n";
  }
  for (size_t i = 0; i <= LoaderConf::kMaxTunables; ++i) {
    text += "t." + std::to_string(i) + "=1\n";
  }
  EXPECT_EQ(Parse(text),
            "loader: /boot/loader.conf:65: m64_load: too many modules\n"
            "loader: /boot/loader.conf:130: t.64: too many tunables\n");
  EXPECT_EQ(conf_.preloads().size(), LoaderConf::kMaxPreloads);
  EXPECT_EQ(conf_.tunables().size(), LoaderConf::kMaxTunables);
}

TEST_F(LoaderConfTest, BinaryRubbishIsSurvived) {
  std::string text;
  uint32_t state = 12345;
  for (int i = 0; i < 20000; ++i) {
    state = state * 1664525 + 1013904223;
    text += static_cast<char>(state >> 24);
  }
  EXPECT_GT(conf_.Parse(text, "x", messages_), 0u);
  EXPECT_EQ(conf_.kernel(), "/boot/kernel");
}

}  // namespace
}  // namespace stand
