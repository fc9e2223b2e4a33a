// SPDX-License-Identifier: BSD-2-Clause
//
// Ownership: whatever is registered through the KPI (a device, a file system, a thread, a timer, an
// interrupt handler, a sysctl) belongs to the file whose code registered it, and everything that
// calls into a file is counted while it is inside. So the linker can tell exactly when a file may
// leave and, when it may not, who is to blame.
//
// A room of the kernel that takes registrations does four things:
//
//   1. Its KPI entry is a macro that passes &__dso_handle, which lies in the file that is
//      compiled: the owner is FileOf(that address).
//   2. The registered object embeds a Registration; Register() when it is created, Unregister()
//      when it is gone.
//   3. Each call of a function pointer it was given is bracketed by Enter() and Leave(). Where the
//      call begins with a user finding the object by name (open of a device, mount) it is
//      EnterLive(), for an object is not visible before its file is LIVE.
//   4. Whatever keeps an object in use between calls (an open file, a mount) is Hold() and
//      Release(): a file with holds cannot be unloaded, and the error names the object.
//
// Null stands for the kernel itself: it never leaves, so nothing is counted.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace kld {

// A file of the linker's list; opaque here. A pointer is good as long as something keeps the file
// from leaving: an entry, a hold, a registration, or being called by it.
class File;

enum class Kind : uint8_t {
  kDevice,
  kFileSystem,
  kThread,
  kTimer,
  kInterrupt,
  kSysctl,
  kOther,
};

// The word for a kind in reports: "device", "thread" ...
const char* KindName(Kind kind);

// One registered object; embedded in it. Neither copied nor moved while registered.
struct Registration {
  static constexpr size_t kNameMax = 32;

  Registration() = default;
  Registration(const Registration&) = delete;
  Registration& operator=(const Registration&) = delete;

  File* owner = nullptr;  // null: the kernel
  Kind kind = Kind::kOther;
  char name[kNameMax] = {};  // cut when longer; for reports
  uint64_t thread = 0;       // of a kThread: its number, as kld_host_current_thread gives it
  std::atomic<uint32_t> holds{0};

  // The linker's.
  Registration* next = nullptr;
  Registration* previous = nullptr;
};

// The file whose image contains `address`, whatever its state; null for the kernel and for
// addresses of nobody. Takes no lock; any context, panic included.
File* FileOf(const void* address);

// Soname of `owner` ("kernel" for null).
const char* NameOf(const File* owner);

// Enters `registration` into (out of) its owner's list. Threads only; takes the monitor, so it is
// called with no spinlock held. Register sets all fields but `thread`, which a kThread's room sets
// before.
void Register(Registration& registration, File* owner, Kind kind, const char* name);
void Unregister(Registration& registration);

// Counts one more caller inside `owner`. False when it is on its way out (QUIESCING or later): the
// caller must not call it. Any context, also interrupt handlers; never waits.
[[nodiscard]] bool Enter(File* owner);
// The same, and false too as long as the owner is not LIVE.
[[nodiscard]] bool EnterLive(File* owner);
// Ends what Enter or EnterLive allowed. Any context.
void Leave(File* owner);

// Keeps the object in use between calls; false unless the owner is LIVE. Any context.
[[nodiscard]] bool Hold(Registration& registration);
void Release(Registration& registration);

// Enter for the length of a scope:  Entry entry(owner); if (!entry) return ENXIO;
class [[nodiscard]] Entry {
 public:
  explicit Entry(File* owner) : owner_(owner), inside_(Enter(owner)) {}
  ~Entry() {
    if (inside_) Leave(owner_);
  }
  Entry(const Entry&) = delete;
  Entry& operator=(const Entry&) = delete;
  explicit operator bool() const { return inside_; }

 private:
  File* owner_;
  bool inside_;
};

}  // namespace kld
