// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/proc/procfs.h"

#include <cstring>

#include "kernel/base/new.h"
#include "kernel/base/string.h"
#include "kernel/kpi/errno.h"
#include "kernel/proc/process.h"
#include "kernel/proc/procfs_text.h"
#include "kernel/vfs/file.h"
#include "kernel/vfs/ramfs.h"
#include "kernel/vfs/vfs.h"

namespace proc {

using base::Errno;
using base::Error;
using base::Result;
using vfs::Kind;

namespace {

struct Named {
  const char* name;
  Entry entry;
  Kind kind;
};

constexpr Named kRootEntries[] = {
    {"self", Entry::kSelf, Kind::kSymlink},
    {"meminfo", Entry::kMeminfo, Kind::kRegular},
    {"uptime", Entry::kUptime, Kind::kRegular},
    {"loadavg", Entry::kLoadavg, Kind::kRegular},
    {"version", Entry::kVersion, Kind::kRegular},
    {"stat", Entry::kStat, Kind::kRegular},
    {"mounts", Entry::kMounts, Kind::kRegular},
    {"cpuinfo", Entry::kCpuinfo, Kind::kRegular},
    {"filesystems", Entry::kFilesystems, Kind::kRegular},
};
constexpr Named kProcessEntries[] = {
    {"stat", Entry::kProcessStat, Kind::kRegular},
    {"status", Entry::kProcessStatus, Kind::kRegular},
    {"cmdline", Entry::kProcessCmdline, Kind::kRegular},
    {"comm", Entry::kProcessComm, Kind::kRegular},
    {"maps", Entry::kProcessMaps, Kind::kRegular},
    {"exe", Entry::kProcessExe, Kind::kSymlink},
};
constexpr size_t kRootCount = sizeof kRootEntries / sizeof kRootEntries[0];
constexpr size_t kProcessCount = sizeof kProcessEntries / sizeof kProcessEntries[0];

// Digits only, no leading zero; 0 = not a pid.
int32_t ParsePid(std::string_view name) {
  int32_t pid = 0;
  if (name.empty() || name.size() > 9 || name[0] == '0') return 0;
  for (const char c : name) {
    if (c < '0' || c > '9') return 0;
    pid = pid * 10 + (c - '0');
  }
  return pid;
}

// A file with the text of the moment it was opened.
class TextFile final : public vfs::File {
 public:
  TextFile(vfs::NodeRef node, unsigned flags) : File(std::move(node), flags) {}
  Error Fill(Entry entry, int32_t pid) { return WriteText(entry, pid, text_); }

 private:
  void Destroy() override { base::Delete(this); }
  bool Seekable() const override { return true; }
  Result<size_t> DoRead(uint64_t offset, void* to, size_t bytes) override {
    const base::Vector<char>& text = text_.text();
    if (offset >= text.size()) return size_t{0};
    if (bytes > text.size() - offset) bytes = text.size() - offset;
    std::memcpy(to, text.data() + offset, bytes);
    return bytes;
  }
  Result<size_t> DoWrite(uint64_t, const void*, size_t) override { return Errno(EACCES); }

  TextBuilder text_;
};

// Nodes are made when they are looked up and hold no state but what they name.
class ProcNode final : public vfs::Node {
 public:
  // `root` is null for the root itself.
  ProcNode(Entry entry, Kind kind, int32_t pid, uint64_t filesystem, vfs::NodeRef root)
      : entry_(entry), kind_(kind), pid_(pid), filesystem_(filesystem), root_(std::move(root)) {}

  vfs::Attributes Stat() override;
  Result<vfs::FileRef> Open(unsigned flags) override;
  Result<size_t> ReadLink(char* to, size_t capacity) override;
  Result<vfs::NodeRef> Lookup(std::string_view name) override;
  vfs::NodeRef Parent() override { return Root(); }
  bool Next(uint64_t* cursor, vfs::DirectoryEntry* entry, char* name) override;
  size_t NameInParent(char* to) override;

 private:
  void Destroy() override { base::Delete(this); }
  static uint64_t InodeOf(Entry entry, int32_t pid) {
    return static_cast<uint64_t>(pid) << 8 | (static_cast<uint64_t>(entry) + 1);
  }
  Result<vfs::NodeRef> Make(Entry entry, Kind kind, int32_t pid) {
    ProcNode* node = base::New<ProcNode>(entry, kind, pid, filesystem_, Root());
    if (!node) return Errno(ENOMEM);
    return vfs::NodeRef::Adopt(node);
  }
  template <size_t kCount>
  Result<vfs::NodeRef> LookupIn(const Named (&entries)[kCount], std::string_view name) {
    for (const Named& named : entries) {
      if (name == named.name) return Make(named.entry, named.kind, pid_);
    }
    return Errno(ENOENT);
  }
  vfs::NodeRef Root() { return root_ ? root_ : vfs::NodeRef::Share(this); }
  bool Give(const Named& named, vfs::DirectoryEntry* entry, char* name) const;
  bool GiveProcess(int32_t above, uint64_t* cursor, vfs::DirectoryEntry* entry, char* name) const;

  const Entry entry_;
  const Kind kind_;
  const int32_t pid_;
  const uint64_t filesystem_;
  const vfs::NodeRef root_;
};

vfs::Attributes ProcNode::Stat() {
  vfs::Attributes attributes;
  attributes.kind = kind_;
  attributes.mode = kind_ == Kind::kDirectory ? 0555 : kind_ == Kind::kSymlink ? 0777 : 0444;
  attributes.links = kind_ == Kind::kDirectory ? 2 : 1;
  attributes.inode = InodeOf(entry_, pid_);
  attributes.filesystem = filesystem_;
  attributes.accessed_ns = attributes.modified_ns = attributes.changed_ns = vfs::Now();
  if (!pid_) return attributes;
  sched::Guard guard(TableLock());
  if (const Process* process = Find(pid_)) {
    attributes.uid = process->context.who.euid;
    attributes.gid = process->context.who.egid;
  }
  return attributes;
}

Result<vfs::FileRef> ProcNode::Open(unsigned flags) {
  if (flags & (vfs::kOpenWrite | vfs::kOpenTruncate)) return Errno(EACCES);
  if (kind_ == Kind::kDirectory) return vfs::OpenListing(vfs::NodeRef::Share(this), flags);
  TextFile* file = base::New<TextFile>(vfs::NodeRef::Share(this), flags);
  if (!file) return Errno(ENOMEM);
  vfs::FileRef made = vfs::FileRef::Adopt(file);
  const Error error = file->Fill(entry_, pid_);
  if (!base::Ok(error)) return error;
  return made;
}

Result<size_t> ProcNode::ReadLink(char* to, size_t capacity) {
  if (kind_ != Kind::kSymlink) return Errno(EINVAL);
  TextBuilder text;
  if (entry_ == Entry::kSelf) {
    if (!Current()) return Errno(ENOENT);
    text.Add("%d", Current()->pid);
  } else {
    const Error error = WriteText(entry_, pid_, text);
    if (!base::Ok(error)) return error;
  }
  if (!text.ok()) return Errno(ENOMEM);
  if (text.text().empty()) return Errno(ENOENT);
  const size_t length = text.text().size() < capacity ? text.text().size() : capacity;
  std::memcpy(to, text.text().data(), length);
  return length;
}

Result<vfs::NodeRef> ProcNode::Lookup(std::string_view name) {
  if (entry_ == Entry::kProcess) return LookupIn(kProcessEntries, name);
  if (entry_ != Entry::kRoot) return Errno(ENOTDIR);
  const int32_t pid = ParsePid(name);
  if (!pid) return LookupIn(kRootEntries, name);
  {
    sched::Guard guard(TableLock());
    if (!Find(pid)) return Errno(ENOENT);
  }
  return Make(Entry::kProcess, Kind::kDirectory, pid);
}

bool ProcNode::Give(const Named& named, vfs::DirectoryEntry* entry, char* name) const {
  const size_t length = base::StringLength(named.name);
  std::memcpy(name, named.name, length);
  *entry = {{name, length}, InodeOf(named.entry, pid_), named.kind};
  return true;
}

bool ProcNode::GiveProcess(int32_t above, uint64_t* cursor, vfs::DirectoryEntry* entry,
                           char* name) const {
  sched::Guard guard(TableLock());
  for (const Process* at = First(); at; at = at->next) {
    if (at->pid <= above) continue;
    const size_t length = base::Format(name, vfs::kNameMax, "%d", at->pid);
    *entry = {{name, length}, InodeOf(Entry::kProcess, at->pid), Kind::kDirectory};
    *cursor = kRootCount + static_cast<uint64_t>(at->pid);
    return true;
  }
  return false;
}

// Cursors: 1 .. kRootCount the fixed entries, behind them kRootCount + pid.
bool ProcNode::Next(uint64_t* cursor, vfs::DirectoryEntry* entry, char* name) {
  if (entry_ == Entry::kProcess) {
    if (*cursor >= kProcessCount) return false;
    return Give(kProcessEntries[(*cursor)++], entry, name);
  }
  if (*cursor < kRootCount) return Give(kRootEntries[(*cursor)++], entry, name);
  return GiveProcess(static_cast<int32_t>(*cursor - kRootCount), cursor, entry, name);
}

size_t ProcNode::NameInParent(char* to) {
  return entry_ == Entry::kProcess ? base::Format(to, vfs::kNameMax, "%d", pid_) : 0;
}

}  // namespace

Result<vfs::NodeRef> CreateProcTree() {
  ProcNode* root =
      base::New<ProcNode>(Entry::kRoot, Kind::kDirectory, 0, vfs::NextFilesystem(), nullptr);
  if (!root) return Errno(ENOMEM);
  return vfs::NodeRef::Adopt(root);
}

}  // namespace proc
