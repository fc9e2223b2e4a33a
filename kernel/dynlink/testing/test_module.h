// SPDX-License-Identifier: BSD-2-Clause
//
// Modules for tests of the manager, made without a linker: an ImageBuilder image of the host's CPU
// with a note, sets, constructors and references to other modules.
//
//   TestModule module("net.kld");
//   module.Needs("mbuf.kld").Module("net").On(Event::kLoad, "net");
//   PutFile("/boot/modules/net.kld", module.Build());
#pragma once

#include <string>
#include <vector>

#include "arch/current/elf_traits.h"
#include "kernel/dynlink/kld.h"
#include "rtld_shared/testing/image_builder.h"

namespace kld::testing {

using Builder = rtld::testing::ImageBuilder<arch::Current>;

class TestModule {
 public:
  explicit TestModule(const std::string& soname);

  // ---- What it is linked with ----
  TestModule& Needs(const std::string& soname);
  TestModule& Exports(const std::string& symbol, const std::string& version);
  // A reference to symbol@version of a file; without a version, an unversioned one.
  TestModule& Uses(const std::string& symbol, const std::string& version = {},
                   const std::string& file = {});
  // Likewise, by a PLT slot.
  TestModule& Calls(const std::string& symbol, const std::string& version, const std::string& file);
  // What a relocation of `symbol` has stored, after loading: link-time address of the first word.
  uint64_t PlaceOf(const std::string& symbol) const;

  // ---- What it says ----
  TestModule& Module(const std::string& name, const std::string& version = "1.0");
  TestModule& Note(const std::string& module, const std::string& pair);
  TestModule& On(Event event, const std::string& module);
  TestModule& Hook(const std::string& module, int order);
  TestModule& Parameter(const std::string& module, const std::string& name, uint32_t type);
  // An entry of a set of the file's own: the address of a word.
  TestModule& Object(const std::string& set);
  TestModule& Constructor();
  TestModule& Destructor();
  // An IRELATIVE relocation, if the CPU has them: of a word of RELRO, by a resolver that chooses
  // Chosen(), which is kChosenOffset behind it.
  TestModule& Ifunc();
  uint64_t Chosen() const { return chosen_; }
  static constexpr uint64_t kChosenOffset = []<class A>(A) -> uint64_t {
    if constexpr (arch::HasDescriptors<A>) return A::kDescriptorSize;
    return 16;
  }(arch::Current());
  // What a PLT slot has: a function's address, or its descriptor.
  static constexpr size_t kSlotWords = []<class A>(A) -> size_t {
    if constexpr (arch::HasDescriptors<A>) return A::kDescriptorSize / sizeof(uintptr_t);
    return 1;
  }(arch::Current());
  // Link-time address of the function of a hook.
  uint64_t FunctionOfHook(int order) const;
  // Link-time address of the word that holds a parameter.
  uint64_t VariableOf(const std::string& name) const;

  // For defects.
  Builder& builder() { return builder_; }
  // The directory's first word becomes this.
  TestModule& Magic(uint32_t magic);

  std::vector<std::byte> Build();

 private:
  struct Entry {
    std::string set, module, name;
    uint32_t number;
    uint64_t variable;
  };

  uint64_t NewFunction();
  uint64_t StringWord(const std::string& text);  // link-time address of the text
  uint64_t Pointer(uint64_t target);             // a relocated word; its address
  void EmitNotes();
  void EmitSets();
  void EmitArrays();

  Builder builder_;
  std::string soname_;
  bool library_ = true;
  std::vector<std::pair<std::string, std::string>> notes_;
  std::vector<Entry> entries_;
  std::vector<std::pair<std::string, uint64_t>> places_;
  size_t constructors_ = 0, destructors_ = 0;
  uint64_t next_function_ = Builder::kText;
  uint64_t chosen_ = 0;
  uint32_t magic_;
};

// Relocation types by meaning, so that tests name no CPU's.
uint32_t TypeFor(arch::Op op);
// Whether there is one for IRELATIVE.
bool HasIfunc();

}  // namespace kld::testing
