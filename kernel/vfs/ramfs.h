// SPDX-License-Identifier: BSD-2-Clause
//
// The writable RAM file system. Regular files are lists of page frames with holes; directories are
// arrays of entries in order of creation, each with a position that never changes, so that a
// listing goes on correctly while names come and go.
//
// One mutex guards all trees. A directory holds its entries' nodes; a removed one holds its parent
// instead, so that ".." of a removed working directory still leads out. Thus a tree lives as long as
// its root is held, and an unmounted one goes but for what is open: an open file or directory, and
// what is below the latter. Such a directory is a root then.
#pragma once

#include "kernel/vfs/node.h"

namespace vfs {

// A new, empty, root directory (mode 0755, owner 0). ENOMEM.
base::Result<NodeRef> CreateRamTree();

// Gives an empty regular file of a RAM tree its contents without copying them: pages are copied
// when they are written. The bytes must stay for ever.
void BackWith(Node& node, const void* bytes, size_t count);

// An open directory (or regular file) that lists, reads and writes through its node; for file
// systems of other rooms too. ENOMEM.
base::Result<base::Ref<File>> OpenListing(NodeRef node, unsigned flags);

// The opener of character nodes, set once by kernel/dev: makes the open file of device `number`
// (Attributes::device). Without one, or for an unknown number, opening is ENXIO.
using DeviceOpener = base::Result<base::Ref<File>> (*)(Node& node, uint64_t number, unsigned flags);
void SetDeviceOpener(DeviceOpener opener);
base::Result<base::Ref<File>> OpenDevice(Node& node, uint64_t number, unsigned flags);

}  // namespace vfs
