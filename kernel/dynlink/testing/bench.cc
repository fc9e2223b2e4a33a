// SPDX-License-Identifier: BSD-2-Clause

#include "kernel/dynlink/testing/bench.h"

#include <sys/mman.h>

#include <cstring>

#include "kernel/dynlink/debug_map.h"
#include "kernel/dynlink/host.h"
#include "kernel/dynlink/manager.h"

namespace kld::testing {
namespace {

using Layout = arch::Current::Layout;

constexpr uint64_t kPlenty = 60'000'000'000;

const char* EventName(Event event) {
  constexpr const char* kNames[] = {"load", "quiesce", "resume", "unload", "shutdown"};
  return kNames[static_cast<size_t>(event)];
}

}  // namespace

BootImage::BootImage(const std::string& soname, const std::string& path,
                     const std::vector<std::byte>& file, uint64_t flags)
    : file_(kFileAt + file.size()) {
  const auto& header = *reinterpret_cast<const Layout::Ehdr*>(file.data());
  const auto* const phdrs = reinterpret_cast<const Layout::Phdr*>(file.data() + header.phoff);
  uint64_t low = ~uint64_t{0}, high = 0;
  for (uint16_t i = 0; i < header.phnum; ++i) {
    if (phdrs[i].type != elf::kPtLoad) continue;
    low = std::min<uint64_t>(low, phdrs[i].vaddr / KLD_HOST_PAGE * KLD_HOST_PAGE);
    high = std::max<uint64_t>(high, phdrs[i].vaddr + phdrs[i].memsz);
  }
  bytes_ = (high - low + KLD_HOST_PAGE - 1) / KLD_HOST_PAGE * KLD_HOST_PAGE;
  // A preload's memory is given back by way of the host, so it comes from there.
  const bool kernel = (flags & dynamic::kHandoffKernel) != 0;
  uintptr_t start;
  if (kernel) {
    memory_ = mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    start = reinterpret_cast<uintptr_t>(memory_);
  } else {
    start = kld_host_reserve(bytes_, 0);
    for (uint16_t i = 0; i < header.phnum; ++i) {
      if (phdrs[i].type != elf::kPtLoad) continue;
      const uint64_t first = phdrs[i].vaddr / KLD_HOST_PAGE * KLD_HOST_PAGE;
      const uint64_t end =
          (phdrs[i].vaddr + phdrs[i].memsz + KLD_HOST_PAGE - 1) / KLD_HOST_PAGE * KLD_HOST_PAGE;
      EXPECT_EQ(kld_host_map(start + (first - low), end - first), 0);
    }
  }
  const uint64_t bias = start - low;
  for (uint16_t i = 0; i < header.phnum; ++i) {
    if (phdrs[i].type != elf::kPtLoad) continue;
    std::memcpy(reinterpret_cast<void*>(phdrs[i].vaddr + bias), file.data() + phdrs[i].offset,
                phdrs[i].filesz);
  }
  std::memcpy(file_.data() + kFileAt, file.data(), file.size());
  record_.flags = flags;
  record_.bias = bias;
  record_.link_start = low;
  record_.bytes = bytes_;
  record_.program_headers = low + header.phoff;
  record_.program_header_count = header.phnum;
  record_.file = reinterpret_cast<uintptr_t>(file_.data() + kFileAt);
  record_.file_bytes = file.size();
  std::strncpy(record_.soname, soname.c_str(), sizeof(record_.soname) - 1);
  std::strncpy(record_.path, path.c_str(), sizeof(record_.path) - 1);
}

BootImage::~BootImage() {
  if (memory_ != nullptr) {
    munmap(memory_, bytes_);  // the kernel's; others were given back by the manager
  }
}

void BootImage::Seal(uint64_t vaddr, size_t bytes) {
  auto* const start = reinterpret_cast<void*>(static_cast<uintptr_t>(vaddr + record_.bias));
  EXPECT_EQ(mprotect(start, bytes, PROT_READ), 0);
}

std::vector<std::byte> Bench::KernelImage() {
  Builder builder("kernel");
  const auto define = [&](const char* name, uint64_t at, const char* version) {
    builder.Define(name, Builder::kText + at,
                   {.type = elf::kSttFunc, .size = 16, .version = version});
  };
  define("kernel_add", 0, "KERNEL_1.0");
  define("kernel_print", 16, "KERNEL_1.0");
  define("kernel_new", 32, "KERNEL_1.1");
  builder.Dynamic(elf::kDtDebug, 0);
  return builder.Build();
}

void Bench::Preload(const std::string& soname, const std::vector<std::byte>& image,
                    uint64_t flags) {
  images_.push_back(std::make_unique<BootImage>(soname, "/boot/modules/" + soname, image, flags));
}

void Bench::SetDrain(uint64_t ns) { manager.options.drain_ns = ns; }

void Bench::SetUp() {
  SetFrames({});
  Options options;
  options.drain_ns = kPlenty;
  options.executor = {
      .context = this, .function = OnFunction, .handler = OnHandler, .resolver = OnResolver};
  ASSERT_EQ(Start(options), 0);
  if (kernel_file_.empty()) kernel_file_ = KernelImage();
  images_.insert(images_.begin(),
                 std::make_unique<BootImage>("kernel", "/boot/kernel", kernel_file_,
                                             dynamic::kHandoffKernel | dynamic::kHandoffRelocated));
  if (kernel_is_sealed_) images_[0]->Seal(Builder::kRelro, Builder::kPage);
  auto handoff = std::make_unique<dynamic::Handoff>();
  *handoff = {};
  for (const auto& image : images_) handoff->images[handoff->image_count++] = image->record();
  ASSERT_EQ(AdoptBootImages(*handoff), 0);
}

void Bench::TearDown() {
  // Whatever is loaded still goes, whoever needs it first.
  actions_.clear();
  SetFrames({});
  SetDrain(kPlenty);
  const std::vector<std::string> files = Files();
  for (size_t i = files.size(); i-- > 1;) {
    // One that came by DT_NEEDED has gone with who needed it.
    const Result result = Unload(files[i], KLD_UNLOAD_FORCE);
    EXPECT_TRUE(result.error == 0 || result.error == ENOENT) << result.report;
  }
  EXPECT_EQ(Stop(), 0);
  images_.clear();
  RemoveAllFiles();
  EXPECT_EQ(HeldNow(), Held{});
  TakeLog();
}

Bench::Result Bench::Load(const std::string& file, uint32_t flags, const std::string& plist) {
  Result result;
  auto report = std::make_unique<Report>();
  result.error =
      kld::Load(file.c_str(), plist.empty() ? nullptr : plist.c_str(), flags, &result.id, *report);
  result.report = report->text();
  return result;
}

Bench::Result Bench::Unload(const std::string& name, uint32_t flags) {
  Result result;
  auto report = std::make_unique<Report>();
  // By the list, not by Find: dead files cannot be found.
  kld_file_stat stat;
  stat.version = sizeof(stat);
  for (int id = 0; Next(id, &id) == 0 && id != 0;) {
    if (Stat(id, &stat) == 0 && stat.name == name) result.id = id;
  }
  result.error = kld::Unload(result.id, flags, *report);
  result.report = report->text();
  return result;
}

int Bench::MustLoad(const std::string& soname) {
  const Result result = Load(soname);
  EXPECT_EQ(result.error, 0) << result.report;
  return result.id;
}

void Bench::WhenCalled(Event event, const std::string& module, std::function<int()> action) {
  const std::scoped_lock lock(mutex_);
  actions_[{event, module}] = std::move(action);
}

std::vector<std::string> Bench::TakeCalls() {
  const std::scoped_lock lock(mutex_);
  return std::exchange(calls_, {});
}

void Bench::Called(std::string what) {
  const std::scoped_lock lock(mutex_);
  calls_.push_back(std::move(what));
}

void Bench::OnFunction(void* context, uintptr_t address) {
  File* const file = FileOf(reinterpret_cast<const void*>(address));
  const bool constructor = file->constructors.Contains(address);
  static_cast<Bench*>(context)->Called((constructor ? "construct " : "destruct ") +
                                       std::string(NameOf(file)));
}

int Bench::OnHandler(void* context, Event event, const char* module, uintptr_t address) {
  auto& bench = *static_cast<Bench*>(context);
  // No lock is held while code of modules runs.
  kld_host_lock();
  kld_host_unlock();
  if (*module == '\0') {
    bench.Called("hook +" + std::to_string(address % KLD_HOST_PAGE));
    return 0;
  }
  std::function<int()> action;
  {
    const std::scoped_lock lock(bench.mutex_);
    bench.calls_.push_back(std::string(EventName(event)) + " " + module);
    const auto found = bench.actions_.find({event, module});
    if (found != bench.actions_.end()) action = found->second;
  }
  return action ? action() : 0;
}

uintptr_t Bench::OnResolver(void* context, uintptr_t address) {
  static_cast<Bench*>(context)->Called("resolve");
  return address + TestModule::kChosenOffset;
}

kld_file_stat Bench::StatOf(const std::string& name) {
  kld_file_stat stat = {};
  stat.version = sizeof(stat);
  for (int id = 0; Next(id, &id) == 0 && id != 0;) {
    if (Stat(id, &stat) == 0 && stat.name == name) return stat;
  }
  ADD_FAILURE() << "there is no file " << name;
  return {};
}

State Bench::StateOf(int id) {
  kld_file_stat stat = {};
  stat.version = sizeof(stat);
  EXPECT_EQ(Stat(id, &stat), 0);
  return static_cast<State>(stat.state);
}

std::vector<std::string> Bench::Files() {
  std::vector<std::string> names;
  kld_file_stat stat;
  stat.version = sizeof(stat);
  for (int id = 0; Next(id, &id) == 0 && id != 0;) {
    if (Stat(id, &stat) == 0) names.emplace_back(stat.name);
  }
  return names;
}

File* Bench::FileNamed(const std::string& name) {
  return FileOf(reinterpret_cast<const void*>(StatOf(name).address));
}

Bench::Everything Bench::Now() {
  Everything now;
  now.counters.version = sizeof(now.counters);
  EXPECT_EQ(Counters(&now.counters), 0);
  // Events are counted since boot; all else is a state.
  now.counters.loads = now.counters.unloads = now.counters.failures = 0;
  now.held = HeldNow();
  now.files = Files();
  for (const DebugMap* map = FirstDebugMap(); map != nullptr; map = map->l_next) {
    now.debug_names.emplace_back(map->l_name);
  }
  return now;
}

void Bench::ExpectSame(const Everything& before, const Everything& after) {
  EXPECT_EQ(before.files, after.files);
  EXPECT_EQ(before.debug_names, after.debug_names);
  EXPECT_EQ(before.held, after.held);
  const kld_counters &a = before.counters, &b = after.counters;
  EXPECT_EQ(a.files, b.files);
  EXPECT_EQ(a.modules, b.modules);
  EXPECT_EQ(a.references, b.references);
  EXPECT_EQ(a.symbols, b.symbols);
  EXPECT_EQ(a.generations, b.generations);
  EXPECT_EQ(a.heap_blocks, b.heap_blocks);
  EXPECT_EQ(a.heap_bytes, b.heap_bytes);
  EXPECT_EQ(a.reserved_bytes, b.reserved_bytes);
  EXPECT_EQ(a.mapped_bytes, b.mapped_bytes);
  EXPECT_EQ(a.registrations, b.registrations);
}

}  // namespace kld::testing
