// SPDX-License-Identifier: BSD-2-Clause
#include "libexec/ld.elf_so/exports.h"

#define EXPORTED [[gnu::visibility("default")]]

namespace ldso {
namespace {

std::span<Module* const> images;

}  // namespace

void SetImages(std::span<Module* const> modules) { images = modules; }

}  // namespace ldso

extern "C" {

EXPORTED void* __tls_get_addr(const ldso::TlsIndex* index) {
  return ldso::static_tls.Address(*index);
}

EXPORTED int dl_iterate_phdr(int (*visit)(ldso::ImageInfo*, size_t, void*), void* argument) {
  for (const ldso::Module* module : ldso::images) {
    ldso::ImageInfo info = {};
    info.address = module->bias;
    info.name = module->path.data();
    info.headers = reinterpret_cast<const void*>(module->RunTime(module->plan.phdrs.begin));
    info.header_count = module->plan.phdrs.size / sizeof(arch::Current::Layout::Phdr);
    info.added = ldso::images.size();
    info.tls_module = module->tls_module;
    info.tls_data = ldso::static_tls.BlockOf(module->tls_module);
    if (const int result = visit(&info, sizeof(info), argument)) return result;
  }
  return 0;
}
}
