// SPDX-License-Identifier: BSD-2-Clause

#include "kernel/dynlink/testing/posix_host.h"

#include <pthread.h>
#include <sys/mman.h>
#include <time.h>

#include <atomic>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <thread>
#include <utility>

#include "kernel/dynlink/host.h"
#include "kernel/kpi/errno.h"

struct kld_host_file {
  std::shared_ptr<const std::vector<std::byte>> bytes;
};

namespace kld::testing {
namespace {

#define HOST_CHECK(condition)                                                       \
  do {                                                                              \
    if (condition) break;                                                           \
    std::fprintf(stderr, "%s: the contract is broken: %s\n", __func__, #condition); \
    std::abort();                                                                   \
  } while (false)

struct FileEntry {
  std::shared_ptr<const std::vector<std::byte>> bytes;
  int error = 0;
};

struct HostState {
  std::mutex mutex;
  std::condition_variable opens;
  std::map<std::string, int> stopped;  // path -> how many wait there
  std::map<std::string, FileEntry> files;
  struct Opened {
    std::string path;
    uint64_t thread;
  };
  std::vector<Opened> opened;
  std::map<uint64_t, int> interrupted;
  std::vector<Frame> frames;
  std::map<uintptr_t, size_t> reservations;
  std::map<uintptr_t, int> pages;                     // mapped ones, with their permission
  std::map<uintptr_t, std::vector<int>> protections;  // of each page, the test's own too
  std::set<void*> blocks;
  size_t open_files = 0;
  std::vector<std::string> log;
  unsigned fail_nth = 0;
  bool failed = false;
};

HostState& state() {
  static auto* const instance = new HostState;
  return *instance;
}

// The monitor.
pthread_mutex_t monitor = PTHREAD_MUTEX_INITIALIZER;
pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
std::atomic<uint64_t> monitor_owner{0};
unsigned waiters = 0;  // the monitor's
std::atomic<bool> starts_threads{true};

bool Fails() {
  HostState& s = state();
  if (s.fail_nth == 0 || --s.fail_nth != 0) return false;
  s.failed = true;
  return true;
}

bool IsPages(uintptr_t start, size_t bytes) {
  return start % KLD_HOST_PAGE == 0 && bytes % KLD_HOST_PAGE == 0 && bytes != 0;
}

}  // namespace

void PutFile(const std::string& path, std::vector<std::byte> bytes) {
  const std::scoped_lock lock(state().mutex);
  state().files[path] = {std::make_shared<const std::vector<std::byte>>(std::move(bytes)), 0};
}
void PutFile(const std::string& path, const std::string& text) {
  const auto* const data = reinterpret_cast<const std::byte*>(text.data());
  PutFile(path, std::vector<std::byte>(data, data + text.size()));
}
void RemoveFile(const std::string& path) {
  const std::scoped_lock lock(state().mutex);
  state().files.erase(path);
}
void MakeUnreadable(const std::string& path, int error) {
  const std::scoped_lock lock(state().mutex);
  state().files[path] = {nullptr, error};
}
void RemoveAllFiles() {
  const std::scoped_lock lock(state().mutex);
  state().files.clear();
}
void StopOpen(const std::string& path) {
  const std::scoped_lock lock(state().mutex);
  state().stopped[path] = 0;
}
void AwaitOpen(const std::string& path) {
  std::unique_lock lock(state().mutex);
  state().opens.wait(lock, [&] { return state().stopped[path] != 0; });
}
void LetOpen(const std::string& path) {
  const std::scoped_lock lock(state().mutex);
  state().stopped.erase(path);
  state().opens.notify_all();
}
std::vector<std::string> TakeOpened(uint64_t thread) {
  const std::scoped_lock lock(state().mutex);
  std::vector<std::string> paths;
  for (auto& opened : std::exchange(state().opened, {})) {
    if (thread == 0 || opened.thread == thread) paths.push_back(std::move(opened.path));
  }
  return paths;
}

bool FailNth(unsigned n) {
  const std::scoped_lock lock(state().mutex);
  state().fail_nth = n;
  return std::exchange(state().failed, false);
}

void Interrupt(uint64_t thread, int patience) {
  pthread_mutex_lock(&monitor);
  {
    const std::scoped_lock lock(state().mutex);
    state().interrupted[thread] = patience;
  }
  pthread_cond_broadcast(&changed);
  pthread_mutex_unlock(&monitor);
}

void SetFrames(std::vector<Frame> frames) {
  const std::scoped_lock lock(state().mutex);
  state().frames = std::move(frames);
}

void SetStartsThreads(bool starts) { starts_threads = starts; }

void AwaitWaiters(unsigned threads) {
  pthread_mutex_lock(&monitor);
  while (waiters < threads) {
    pthread_mutex_unlock(&monitor);
    std::this_thread::yield();
    pthread_mutex_lock(&monitor);
  }
  pthread_mutex_unlock(&monitor);
}

Held HeldNow() {
  const std::scoped_lock lock(state().mutex);
  return {state().blocks.size(), state().reservations.size(), state().pages.size(),
          state().open_files};
}

int PermissionAt(uintptr_t address) {
  const std::scoped_lock lock(state().mutex);
  const auto page = state().pages.find(address / KLD_HOST_PAGE * KLD_HOST_PAGE);
  return page == state().pages.end() ? 0 : page->second;
}

std::vector<int> TakeProtections(uintptr_t address) {
  const std::scoped_lock lock(state().mutex);
  return std::exchange(state().protections, {})[address / KLD_HOST_PAGE * KLD_HOST_PAGE];
}

std::vector<std::string> TakeLog() {
  const std::scoped_lock lock(state().mutex);
  return std::exchange(state().log, {});
}

}  // namespace kld::testing

using namespace kld::testing;

// ---- Memory ----

void* kld_host_allocate(size_t bytes) {
  HOST_CHECK(bytes != 0);
  const std::scoped_lock lock(state().mutex);
  if (Fails()) return nullptr;
  void* const block = std::malloc(bytes);
  std::memset(block, 0xa5, bytes);  // contents are undefined: let nobody count on zeros
  state().blocks.insert(block);
  return block;
}

void kld_host_free(void* block) {
  if (block == nullptr) return;
  const std::scoped_lock lock(state().mutex);
  HOST_CHECK(state().blocks.erase(block) == 1);
  std::free(block);
}

uintptr_t kld_host_reserve(size_t bytes, uintptr_t) {
  HOST_CHECK(bytes % KLD_HOST_PAGE == 0 && bytes != 0);
  HOST_CHECK(monitor_owner != kld_host_current_thread());
  const std::scoped_lock lock(state().mutex);
  if (Fails()) return 0;
  void* const at =
      mmap(nullptr, bytes + KLD_HOST_PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  HOST_CHECK(at != MAP_FAILED);
  const auto start = reinterpret_cast<uintptr_t>(at);
  state().reservations[start] = bytes;
  return start;
}

void kld_host_unreserve(uintptr_t start, size_t bytes) {
  const std::scoped_lock lock(state().mutex);
  const auto found = state().reservations.find(start);
  HOST_CHECK(found != state().reservations.end() && found->second == bytes);
  const auto page = state().pages.lower_bound(start);
  HOST_CHECK(page == state().pages.end() || page->first >= start + bytes);
  state().reservations.erase(found);
  munmap(reinterpret_cast<void*>(start), bytes + KLD_HOST_PAGE);
}

int kld_host_map(uintptr_t start, size_t bytes) {
  HOST_CHECK(IsPages(start, bytes));
  const std::scoped_lock lock(state().mutex);
  auto within = state().reservations.upper_bound(start);
  HOST_CHECK(within != state().reservations.begin());
  --within;
  HOST_CHECK(start + bytes <= within->first + within->second);
  if (Fails()) return ENOMEM;
  for (uintptr_t page = start; page < start + bytes; page += KLD_HOST_PAGE) {
    HOST_CHECK(state().pages.emplace(page, KLD_HOST_READ_WRITE).second);
  }
  HOST_CHECK(mprotect(reinterpret_cast<void*>(start), bytes, PROT_READ | PROT_WRITE) == 0);
  return 0;
}

void kld_host_unmap(uintptr_t start, size_t bytes) {
  HOST_CHECK(IsPages(start, bytes));
  const std::scoped_lock lock(state().mutex);
  for (uintptr_t page = start; page < start + bytes; page += KLD_HOST_PAGE) {
    HOST_CHECK(state().pages.erase(page) == 1);
  }
  void* const at = reinterpret_cast<void*>(start);
  HOST_CHECK(mmap(at, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == at);
}

void kld_host_protect(uintptr_t start, size_t bytes, int permission) {
  HOST_CHECK(IsPages(start, bytes));
  const std::scoped_lock lock(state().mutex);
  for (uintptr_t page = start; page < start + bytes; page += KLD_HOST_PAGE) {
    state().protections[page].push_back(permission);
    const auto found = state().pages.find(page);
    if (found == state().pages.end()) continue;  // the test's own: an adopted image
    HOST_CHECK(found->second != KLD_HOST_READ_EXECUTE || permission != KLD_HOST_READ_WRITE);
    found->second = permission;
  }
  const int protection = permission == KLD_HOST_READ_WRITE ? PROT_READ | PROT_WRITE : PROT_READ;
  HOST_CHECK(mprotect(reinterpret_cast<void*>(start), bytes, protection) == 0);
}

void kld_host_sync_code(uintptr_t start, size_t bytes) { HOST_CHECK(IsPages(start, bytes)); }

// ---- Waiting and threads ----

void kld_host_lock() {
  HOST_CHECK(monitor_owner != kld_host_current_thread());
  pthread_mutex_lock(&monitor);
  monitor_owner = kld_host_current_thread();
}

void kld_host_unlock() {
  HOST_CHECK(monitor_owner == kld_host_current_thread());
  monitor_owner = 0;
  pthread_mutex_unlock(&monitor);
}

int kld_host_wait(int patience, uint64_t deadline_ns) {
  const uint64_t self = kld_host_current_thread();
  HOST_CHECK(monitor_owner == self);
  const auto interrupted = [&] {
    const std::scoped_lock lock(state().mutex);
    const auto found = state().interrupted.find(self);
    return patience != KLD_HOST_WAIT_FIRM && found != state().interrupted.end() &&
           found->second != 0 && found->second <= patience;
  };
  if (interrupted()) return EINTR;
  const uint64_t now = kld_host_now();
  if (deadline_ns <= now) return ETIMEDOUT;
  monitor_owner = 0;
  ++waiters;
  if (deadline_ns == KLD_HOST_NEVER) {
    pthread_cond_wait(&changed, &monitor);
  } else {
    timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    const uint64_t at = static_cast<uint64_t>(until.tv_nsec) + (deadline_ns - now);
    until.tv_sec += static_cast<time_t>(at / 1'000'000'000);
    until.tv_nsec = static_cast<long>(at % 1'000'000'000);
    pthread_cond_timedwait(&changed, &monitor, &until);
  }
  --waiters;
  monitor_owner = self;
  if (interrupted()) return EINTR;
  return kld_host_now() >= deadline_ns ? ETIMEDOUT : 0;
}

void kld_host_wake_all() {
  HOST_CHECK(monitor_owner == kld_host_current_thread());
  pthread_cond_broadcast(&changed);
}

int kld_host_start_thread(const char*, void (*function)(void*), void* argument) {
  if (!starts_threads) return EOPNOTSUPP;
  std::thread(function, argument).detach();
  return 0;
}

uint64_t kld_host_current_thread() {
  static std::atomic<uint64_t> next{1};
  thread_local const uint64_t id = next++;
  return id;
}

void kld_host_for_each_frame(int (*visit)(void*, uint64_t, const char*, uintptr_t), void* context) {
  HOST_CHECK(monitor_owner != kld_host_current_thread());
  const std::scoped_lock lock(state().mutex);  // the manager may not allocate in `visit`
  for (const Frame& frame : state().frames) {
    if (starts_threads && frame.thread == kld_host_current_thread()) continue;
    const auto address = static_cast<uintptr_t>(frame.address);
    if (visit(context, frame.thread, frame.thread_name.c_str(), address) == 0) return;
  }
}

uint64_t kld_host_now() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(now.tv_nsec);
}

// ---- Files and words ----

int kld_host_open(const char* path, kld_host_file** file, uint64_t* length, char* absolute,
                  size_t capacity) {
  HOST_CHECK(monitor_owner != kld_host_current_thread());
  std::unique_lock lock(state().mutex);
  state().opened.push_back({path, kld_host_current_thread()});
  // The working directory is "/work".
  const std::string whole = path[0] == '/' ? path : std::string("/work/") + path;
  if (const auto stop = state().stopped.find(whole); stop != state().stopped.end()) {
    ++stop->second;
    state().opens.notify_all();
    state().opens.wait(lock, [&] { return state().stopped.count(whole) == 0; });
  }
  if (whole.size() + 1 > capacity) return ENAMETOOLONG;
  const auto found = state().files.find(whole);
  if (found == state().files.end()) return ENOENT;
  if (found->second.error != 0) return found->second.error;
  std::memcpy(absolute, whole.c_str(), whole.size() + 1);
  *length = found->second.bytes->size();
  *file = new kld_host_file{found->second.bytes};
  ++state().open_files;
  return 0;
}

int kld_host_read(kld_host_file* file, uint64_t offset, void* to, size_t bytes) {
  if (offset > file->bytes->size() || bytes > file->bytes->size() - offset) return EIO;
  std::memcpy(to, file->bytes->data() + offset, bytes);
  return 0;
}

void kld_host_close(kld_host_file* file) {
  const std::scoped_lock lock(state().mutex);
  --state().open_files;
  delete file;
}

void kld_host_log(int, const char* line) {
  HOST_CHECK(std::strchr(line, '\n') == nullptr && std::strlen(line) < KLD_HOST_LINE);
  const std::scoped_lock lock(state().mutex);
  state().log.emplace_back(line);
}
