// SPDX-License-Identifier: BSD-2-Clause
#include "lib/kld/files.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <string>

#include "lib/kld/testing/fake_kernel.h"

namespace kld {
namespace {

class FilesTest : public ::testing::Test {
 protected:
  FilesTest() {
    for (int id = 1; id <= 4; ++id) {
      kernel_.AddFile(id, "file" + std::to_string(id), "/", 0x1000 * id, 0x1000);
    }
  }
  // The ids of the list.
  std::vector<int> Listed() {
    std::vector<kld_file_stat> files;
    EXPECT_EQ(ListFiles(kernel_, files), 0);
    std::vector<int> ids;
    for (const kld_file_stat& file : files) ids.push_back(file.id);
    return ids;
  }
  testing::FakeKernel kernel_;
};

using Ids = std::vector<int>;

TEST_F(FilesTest, AllInLoadOrder) { EXPECT_EQ(Listed(), (Ids{1, 2, 3, 4})); }

TEST_F(FilesTest, FilesLeaveMeanwhile) {
  // Before its state is told, and after.
  kernel_.before_stat = [this](int id) {
    if (id == 2) kernel_.RemoveFile(2);
  };
  EXPECT_EQ(Listed(), (Ids{1, 3, 4}));
  kernel_.after_stat = [this](int id) {
    if (id == 3) kernel_.RemoveFile(3);
  };
  EXPECT_EQ(Listed(), (Ids{1, 3, 4}));
  EXPECT_EQ(Listed(), (Ids{1, 4}));
  // The last one, and one that comes in its place.
  kernel_.after_stat = [this](int id) {
    if (id != 4) return;
    kernel_.RemoveFile(4);
    kernel_.AddFile(5, "file5", "/", 0x9000, 0x1000);
  };
  EXPECT_EQ(Listed(), (Ids{1, 4, 5}));
  // All that are behind.
  kernel_.after_stat = [this](int) {
    kernel_.RemoveFile(1);
    kernel_.RemoveFile(5);
  };
  EXPECT_EQ(Listed(), Ids{1});
}

TEST_F(FilesTest, OtherErrorsEndIt) {
  std::vector<kld_file_stat> files;
  kernel_.stat_error = -EINVAL;
  EXPECT_EQ(ListFiles(kernel_, files), -EINVAL);
}

}  // namespace
}  // namespace kld
