// SPDX-License-Identifier: BSD-2-Clause
//
// newc OUTPUT MANIFEST: writes the boot archive that MANIFEST describes. A line is one of
//   file MODE PATH SOURCE     the bytes of the host's file SOURCE
//   dir MODE PATH
//   link PATH TARGET          a symbolic link
//   links DIRECTORY TARGET SOURCE   a symbolic link to TARGET for each line of the file SOURCE
// with octal modes, single blanks, and no blank in a path. '#' starts a comment line.

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

#include "tools/newc.h"

namespace {

struct Manifest {
  std::string file;
  int line = 0;

  [[noreturn]] void Fail(const std::string& what) const {
    std::cerr << file << ":" << line << ": " << what << "\n";
    std::exit(1);
  }

  [[nodiscard]] uint32_t Mode(const std::string& text) const {
    char* end = nullptr;
    const unsigned long mode = std::strtoul(text.c_str(), &end, 8);
    if (text.empty() || *end != '\0' || mode > 07777) Fail("`" + text + "' is no mode");
    return static_cast<uint32_t>(mode);
  }

  [[nodiscard]] std::string Read(const std::string& source) const {
    std::ifstream in(source, std::ios::binary);
    std::ostringstream content;
    content << in.rdbuf();
    if (!in) Fail("cannot read " + source);
    return content.str();
  }
};

bool AddLinks(tools::NewcArchive& archive, const std::string& directory, const std::string& target,
              const std::string& names) {
  std::istringstream lines(names);
  for (std::string name; std::getline(lines, name);) {
    const std::string path = directory + "/" + name;
    if (!name.empty() && name != target && !archive.AddSymlink(path, target)) return false;
  }
  return true;
}

bool AddLine(tools::NewcArchive& archive, const Manifest& manifest,
             const std::vector<std::string>& words) {
  const std::string& kind = words[0];
  if (kind == "file" && words.size() == 4) {
    return archive.AddFile(words[2], manifest.Mode(words[1]), manifest.Read(words[3]));
  }
  if (kind == "dir" && words.size() == 3) {
    return archive.AddDirectory(words[2], manifest.Mode(words[1]));
  }
  if (kind == "link" && words.size() == 3) return archive.AddSymlink(words[1], words[2]);
  if (kind == "links" && words.size() == 4) {
    return AddLinks(archive, words[1], words[2], manifest.Read(words[3]));
  }
  manifest.Fail("not a manifest line");
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: newc OUTPUT MANIFEST\n";
    return 2;
  }
  Manifest manifest{argv[2]};
  std::ifstream in(argv[2]);
  if (!in) manifest.Fail("cannot read");
  tools::NewcArchive archive;
  for (std::string text; std::getline(in, text);) {
    ++manifest.line;
    std::istringstream stream(text);
    std::vector<std::string> words;
    for (std::string word; stream >> word;) words.push_back(word);
    if (words.empty() || words[0][0] == '#') continue;
    if (!AddLine(archive, manifest, words)) {
      manifest.Fail("path not absolute and normalised, or below something that is no directory");
    }
  }
  std::ofstream out(argv[1], std::ios::binary);
  out << archive.Serialise();
  out.flush();
  if (!out) {
    std::cerr << argv[1] << ": cannot write\n";
    return 1;
  }
  return 0;
}
