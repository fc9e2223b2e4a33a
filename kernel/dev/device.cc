// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/dev/device.h"

#include <cstring>

#include "kernel/base/new.h"
#include "kernel/base/string.h"
#include "kernel/dev/gate.h"
#include "kernel/dynlink/owner.h"
#include "kernel/kpi/device.h"
#include "kernel/kpi/errno.h"
#include "kernel/mm/address_space.h"
#include "kernel/mm/heap.h"
#include "kernel/sched/thread.h"
#include "kernel/vfs/ramfs.h"
#include "kernel/vfs/vfs.h"

using base::Errno;
using base::Error;
using base::Result;

namespace dev {
class ModuleFile;
}

// A module's device. Counted: by itself until kdev_destroy, and by every open file.
struct kdev {
  kld::Registration registration;
  kdev_ops ops{};
  void* softc = nullptr;
  uint32_t flags = 0;
  uint64_t number = 0;
  char name[kld::Registration::kNameMax] = {};  // below /dev
  dev::Gate gate;
  std::atomic<uint32_t> references{1};
  // With the registry's lock held:
  dev::ModuleFile* files = nullptr;
  kdev* next = nullptr;

  void Retain() { references.fetch_add(1, std::memory_order_relaxed); }
  void Release() {
    if (references.fetch_sub(1, std::memory_order_acq_rel) == 1) base::Delete(this);
  }
};

namespace dev {

namespace {

constexpr uint32_t kFirstMajor = 240;  // Linux: 240-254 are for local use
constexpr uint32_t kMajors = 15;
constexpr uint32_t kMinorsPerMajor = 256;
constexpr size_t kMaxIoctl = 16384;
constexpr size_t kMostBuiltins = 8;

struct Builtin {
  uint64_t number;
  BuiltinOpener opener;
};

sched::Mutex g_lock;
sched::Condition g_abandoned;
Builtin g_builtins[kMostBuiltins];
size_t g_builtin_count = 0;
kdev* g_devices = nullptr;
uint32_t g_next_number = 0;

// One call into a module: inside the device's gate and counted with its owner.
class Use {
 public:
  explicit Use(kdev& device) : device_(device) {
    if (!device_.gate.Enter()) return;
    if (kld::Enter(device_.registration.owner)) {
      inside_ = true;
    } else {
      device_.gate.Leave();
    }
  }
  ~Use() {
    if (!inside_) return;
    kld::Leave(device_.registration.owner);
    device_.gate.Leave();
  }
  Use(const Use&) = delete;
  Use& operator=(const Use&) = delete;
  explicit operator bool() const { return inside_; }

 private:
  kdev& device_;
  bool inside_ = false;
};

// With the lock held: a number that no device has, 0 when all are taken.
uint64_t FreeNumber() {
  for (uint32_t tries = 0; tries < kMajors * kMinorsPerMajor; ++tries) {
    const uint32_t next = g_next_number++;
    const uint64_t number =
        DeviceNumber(kFirstMajor + next / kMinorsPerMajor % kMajors, next % kMinorsPerMajor);
    const kdev* at = g_devices;
    while (at && at->number != number) at = at->next;
    if (!at) return number;
  }
  return 0;
}

Result<size_t> Moved(int64_t result, size_t bytes) {
  if (result < 0) return Errno(static_cast<int>(-result));
  return static_cast<uint64_t>(result) > bytes ? bytes : static_cast<size_t>(result);
}

}  // namespace

class ModuleFile final : public vfs::File {
 public:
  ModuleFile(base::Ref<kdev> device, vfs::NodeRef node, unsigned flags)
      : File(std::move(node), flags), device_(std::move(device)) {}
  ~ModuleFile() { Close(); }

  // ops->open, then the file counts as one that keeps the device's owner.
  Error Start() {
    if (!kld::EnterLive(device_->registration.owner)) return Errno(ENXIO);
    const Error error = StartInside();
    kld::Leave(device_->registration.owner);
    return error;
  }

  unsigned Poll() override {
    Use use(*device_);
    if (!use) return vfs::kPollError | vfs::kPollHangup;
    if (!device_->ops.poll) return File::Poll();
    return device_->ops.poll(device_->softc, Current());
  }

  Result<int64_t> Ioctl(uint32_t command, uintptr_t argument) override;

  // Ends it from the device's side: the last calls of the module's code. No Use: the caller is the
  // module itself, which is leaving.
  void Abandon() {
    CallClose();
    kld::Release(device_->registration);
    sched::Guard guard(g_lock);
    open_ = false;  // and the file may be gone
    g_abandoned.Broadcast();
  }

  ModuleFile* next_file = nullptr;

 private:
  void Destroy() override { base::Delete(this); }
  bool Seekable() const override { return (device_->flags & KDEV_SEEKABLE) != 0; }
  bool RunsModuleCode() const override { return true; }

  kdev_file* Current() {
    file_.flags = (flags() & vfs::kOpenRead ? KDEV_READ : 0) |
                  (flags() & vfs::kOpenWrite ? KDEV_WRITE : 0) |
                  (flags() & vfs::kOpenNonblock ? KDEV_NONBLOCK : 0);
    return &file_;
  }

  Result<size_t> DoRead(uint64_t offset, void* to, size_t bytes) override {
    Use use(*device_);
    if (!use) return Errno(ENXIO);
    if (!device_->ops.read) return Errno(EINVAL);
    return Moved(device_->ops.read(device_->softc, Current(), to, bytes, offset), bytes);
  }
  Result<size_t> DoWrite(uint64_t offset, const void* from, size_t bytes) override {
    Use use(*device_);
    if (!use) return Errno(ENXIO);
    if (!device_->ops.write) return Errno(EINVAL);
    return Moved(device_->ops.write(device_->softc, Current(), from, bytes, offset), bytes);
  }

  Error StartInside() {
    Use use(*device_);
    if (!use) return Errno(ENXIO);
    if (!kld::Hold(device_->registration)) return Errno(ENXIO);
    if (device_->ops.open) {
      const int error = device_->ops.open(device_->softc, Current());
      if (error) {
        kld::Release(device_->registration);
        return Errno(error);
      }
    }
    sched::Guard guard(g_lock);
    next_file = device_->files;
    device_->files = this;
    open_ = true;
    return Error::kOk;
  }

  void CallClose() {
    if (device_->ops.close) device_->ops.close(device_->softc, Current());
  }

  // From the user's side. The hold keeps the owner, so this call needs no Enter. When the device is
  // going, kdev_destroy closes the file, and this waits until it has.
  void Close() {
    const bool inside = device_->gate.Enter();
    bool close = false;
    {
      sched::Guard guard(g_lock);
      while (!inside && open_) (void)g_abandoned.Wait(g_lock);
      close = std::exchange(open_, false);
      for (ModuleFile** link = &device_->files; close && *link; link = &(*link)->next_file) {
        if (*link != this) continue;
        *link = next_file;
        break;
      }
    }
    if (close) {
      CallClose();
      kld::Release(device_->registration);
    }
    if (inside) device_->gate.Leave();
  }

  base::Ref<kdev> device_;
  kdev_file file_{};
  bool open_ = false;
};

Result<int64_t> ModuleFile::Ioctl(uint32_t command, uintptr_t argument) {
  Use use(*device_);
  if (!use) return Errno(ENXIO);
  if (!device_->ops.ioctl) return Errno(ENOTTY);
  // asm-generic/ioctl.h: bits 16-29 are the size, 30 means the user writes, 31 the user reads.
  const size_t size = command >> 16 & 0x3fff;
  const bool in = command >> 30 & 1;
  const bool out = command >> 31 & 1;
  if ((!in && !out) || size == 0) {
    const int error = device_->ops.ioctl(device_->softc, Current(), command, &argument, 0);
    if (error) return Errno(error);
    return int64_t{0};
  }
  static_assert(kMaxIoctl > 0x3fff);
  void* copy = mm::Allocate(size);
  if (!copy) return Errno(ENOMEM);
  std::memset(copy, 0, size);
  Error error = in ? mm::CopyIn(copy, argument, size) : Error::kOk;
  if (base::Ok(error)) {
    error = Errno(device_->ops.ioctl(device_->softc, Current(), command, copy, size));
  }
  if (base::Ok(error) && out) error = mm::CopyOut(argument, copy, size);
  mm::Free(copy);
  if (!base::Ok(error)) return error;
  return int64_t{0};
}

namespace {

Result<vfs::FileRef> OpenByNumber(vfs::Node& node, uint64_t number, unsigned flags) {
  BuiltinOpener opener = nullptr;
  base::Ref<kdev> device;
  {
    sched::Guard guard(g_lock);
    for (size_t i = 0; i < g_builtin_count; ++i) {
      if (g_builtins[i].number == number) opener = g_builtins[i].opener;
    }
    for (kdev* at = g_devices; at; at = at->next) {
      if (at->number == number) device = base::Ref<kdev>::Share(at);
    }
  }
  if (opener) return opener(node, flags);
  if (!device) return Errno(ENXIO);
  ModuleFile* file = base::New<ModuleFile>(std::move(device), vfs::NodeRef::Share(&node), flags);
  if (!file) return Errno(ENOMEM);
  vfs::FileRef made = vfs::FileRef::Adopt(file);
  const Error error = file->Start();
  if (!base::Ok(error)) return error;
  return made;
}

// The directory /dev, whatever was done to the rest of the tree.
Result<vfs::NodeRef> DevDirectory() { return vfs::Walk(vfs::KernelContext(), "/dev"); }

Error MakeName(const char* name, uint64_t number, uint32_t mode, uint32_t uid, uint32_t gid) {
  Result<vfs::NodeRef> directory = DevDirectory();
  if (!directory.ok()) return directory.error();
  vfs::Attributes attributes;
  attributes.kind = vfs::Kind::kCharacter;
  attributes.mode = mode & vfs::kPermissionMask;
  attributes.uid = uid;
  attributes.gid = gid;
  attributes.device = number;
  return directory.value()->Create(name, attributes, {}).error();
}

// Removes the name if it still is this device's.
void RemoveName(const char* name, uint64_t number) {
  Result<vfs::NodeRef> directory = DevDirectory();
  if (!directory.ok()) return;
  Result<vfs::NodeRef> node = directory.value()->Lookup(name);
  if (!node.ok()) return;
  const vfs::Attributes attributes = node.value()->Stat();
  if (attributes.kind != vfs::Kind::kCharacter || attributes.device != number) return;
  (void)directory.value()->Unlink(name, false);
}

bool ValidName(const char* name) {
  if (!name || !*name) return false;
  size_t length = 0;
  for (; name[length]; ++length) {
    const char c = name[length];
    const bool good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '_' || c == '-';
    if (!good || length + 1 >= kld::Registration::kNameMax) return false;
  }
  return true;
}

}  // namespace

void InitializeDevices() { vfs::SetDeviceOpener(OpenByNumber); }

Error AddBuiltin(const char* name, uint64_t number, uint32_t mode, BuiltinOpener opener) {
  {
    sched::Guard guard(g_lock);
    if (g_builtin_count == kMostBuiltins) return Errno(ENOMEM);
    g_builtins[g_builtin_count++] = {number, opener};
  }
  return MakeName(name, number, mode, 0, 0);
}

size_t CountDevices() {
  sched::Guard guard(g_lock);
  size_t count = 0;
  for (const kdev* at = g_devices; at; at = at->next) ++count;
  return count;
}

}  // namespace dev

extern "C" {

int kdev_create_from(const void* owner, const struct kdev_spec* spec, struct kdev** out) {
  if (!spec || !out || !spec->ops || !dev::ValidName(spec->name)) return EINVAL;
  if (spec->ops->version != sizeof(kdev_ops)) return EINVAL;
  kdev* device = base::New<kdev>();
  if (!device) return ENOMEM;
  device->ops = *spec->ops;
  device->softc = spec->softc;
  device->flags = spec->flags;
  base::CopyString(device->name, spec->name, sizeof device->name);
  // The owner is entered before the device can be found, the name appears last.
  kld::Register(device->registration, kld::FileOf(owner), kld::Kind::kDevice, spec->name);
  {
    sched::Guard guard(dev::g_lock);
    device->number = dev::FreeNumber();
    device->next = dev::g_devices;
    dev::g_devices = device;
  }
  const Error error = !device->number ? Errno(ENOSPC)
                                      : dev::MakeName(device->name, device->number, spec->mode,
                                                      spec->uid, spec->gid);
  if (!base::Ok(error)) {
    kdev_destroy(device);
    return base::Number(error);
  }
  *out = device;
  return 0;
}

void kdev_destroy(struct kdev* device) {
  if (!device) return;
  // 1. Nobody finds it any more.
  dev::RemoveName(device->name, device->number);
  {
    sched::Guard guard(dev::g_lock);
    for (kdev** link = &dev::g_devices; *link; link = &(*link)->next) {
      if (*link != device) continue;
      *link = device->next;
      break;
    }
  }
  // 2. Nobody is inside, nobody gets in.
  device->gate.Close();
  // 3. Open files are closed on the module's side; they answer ENXIO from here on.
  for (dev::ModuleFile* file = std::exchange(device->files, nullptr); file;) {
    dev::ModuleFile* const next = file->next_file;
    file->Abandon();
    file = next;
  }
  kld::Unregister(device->registration);
  device->Release();
  vfs::PollNotify();
}

void kdev_poll_notify(struct kdev*) { vfs::PollNotify(); }

int kdev_interrupted(void) { return sched::Interrupted() ? 1 : 0; }

}  // extern "C"
