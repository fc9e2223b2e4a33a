// SPDX-License-Identifier: BSD-2-Clause

#include "tests/boot/gdb.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <set>
#include <span>

#include "lib/boot_archive/newc.h"

namespace boot {
namespace {

// One word of a POSIX shell (XCU 2.2.2).
std::string Quoted(std::string_view word) {
  std::string out = "'";
  for (const char c : word) {
    if (c == '\'') {
      out += "'\\''";
    } else {
      out += c;
    }
  }
  return out + "'";
}

}  // namespace

std::vector<std::string> UnpackModules(std::string_view archive, const std::string& folder,
                                       std::string* error) {
  boot_archive::Reader reader(std::as_bytes(std::span(archive)));
  boot_archive::Entry entry;
  std::set<std::string> folders;
  while (reader.Next(&entry)) {
    const std::filesystem::path name(boot_archive::Normalise(entry.name));
    if (!entry.is_file() || name.extension() != ".kld") continue;
    if (name.is_absolute() || *name.lexically_normal().begin() == "..") {
      *error = "the archive's " + std::string(entry.name) + " lies outside it";
      return {};
    }
    const std::filesystem::path target = std::filesystem::path(folder) / name;
    std::error_code failed;
    std::filesystem::create_directories(target.parent_path(), failed);
    std::ofstream out(target, std::ios::binary | std::ios::trunc);
    out.write(reinterpret_cast<const char*>(entry.data.data()),
              static_cast<std::streamsize>(entry.data.size()));
    out.close();
    if (!out) {
      *error = "cannot write " + target.string();
      return {};
    }
    folders.insert(target.parent_path());
  }
  if (reader.fault() != boot_archive::Fault::kNone) {
    *error = "the archive at offset " + std::to_string(reader.offset()) + ": " +
             std::string(boot_archive::Describe(reader.fault()));
    return {};
  }
  return {folders.begin(), folders.end()};
}

int ListenAt(const std::string& path) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) {
    errno = ENAMETOOLONG;
    return -1;
  }
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  const int descriptor = socket(AF_UNIX, SOCK_STREAM, 0);
  if (descriptor < 0) return -1;
  if (bind(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
      listen(descriptor, 1) == 0) {
    return descriptor;
  }
  const int error = errno;
  close(descriptor);
  errno = error;
  return -1;
}

std::vector<std::string> GdbStubOptions(int descriptor) {
  return {"-S", "-chardev",
          "socket,id=gdb,fd=" + std::to_string(descriptor) + ",server=on,wait=off", "-gdb",
          "chardev:gdb"};
}

std::string GdbCommand(const GdbFiles& files, const std::string& socket, const std::string& sysroot,
                       const std::vector<std::string>& folders) {
  std::vector<std::string> commands;
  if (!files.target_description.empty()) {
    commands.push_back("set tdesc filename " + files.target_description);
  }
  commands.push_back("set sysroot " + sysroot);
  if (!folders.empty()) {
    // For modules that were copied inside the system: found by name alone.
    std::string path;
    for (const std::string& folder : folders) path += (path.empty() ? "" : ":") + folder;
    commands.push_back("set solib-search-path " + path);
  }
  // Code is read from the files: at the machine's first instruction there is no kernel in memory.
  commands.push_back("set trust-readonly-sections on");
  commands.push_back("target remote " + socket);
  std::string line = files.program;
  if (!files.sources.empty()) line += " -d " + Quoted(files.sources);
  for (const std::string& command : commands) line += " -ex " + Quoted(command);
  return line + " " + Quoted(files.kernel);
}

}  // namespace boot
