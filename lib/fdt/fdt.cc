// SPDX-License-Identifier: BSD-2-Clause
#include "lib/fdt/fdt.h"

#include <cstring>

namespace fdt {
namespace {

constexpr uint32_t kMagic = 0xd00dfeed;
constexpr uint32_t kOldestVersion = 16;  // from which on blocks have the sizes that are read here
constexpr uint32_t kVersion = 17;

// Words of the header (5.2).
constexpr size_t kTotalBytes = 4, kStructure = 8, kStrings = 12, kReservations = 16;
constexpr size_t kVersionAt = 20, kLastCompatible = 24, kStringsBytes = 32, kStructureBytes = 36;
constexpr size_t kHeaderBytes = 40;

// Tokens (5.4.1).
constexpr uint32_t kBeginNode = 1, kEndNode = 2, kProperty = 3, kNop = 4;
constexpr uint64_t kTokenBytes = 4;
constexpr uint64_t kPropertyHeader = 8;  // length and name, after the token

uint32_t Load(const std::byte* at) {
  uint32_t value = 0;
  for (int i = 0; i < 4; ++i) value = value << 8 | static_cast<uint32_t>(at[i]);
  return value;
}

constexpr uint64_t Aligned(uint64_t offset) { return (offset + 3) & ~uint64_t{3}; }

// Never substr(): its error path wants a C++ run time.
std::string_view Prefix(std::string_view text, size_t bytes) { return {text.data(), bytes}; }

// Up to the first `mark`.
std::string_view Before(std::string_view text, char mark) {
  size_t length = 0;
  while (length < text.size() && text[length] != mark) ++length;
  return Prefix(text, length);
}

bool Inside(uint64_t offset, uint64_t bytes, uint64_t size) {
  return offset <= size && bytes <= size - offset;
}

}  // namespace

std::optional<uint64_t> Number(Bytes property, size_t first, size_t cells) {
  constexpr size_t kCell = 4;
  if (cells == 0 || first > property.size() / kCell || cells > property.size() / kCell - first) {
    return std::nullopt;
  }
  uint64_t value = 0;
  for (size_t i = 0; i < cells; ++i) {
    if (value >> 32 != 0) return std::nullopt;
    value = value << 32 | Load(property.data() + (first + i) * kCell);
  }
  return value;
}

std::string_view Text(Bytes property) {
  const char* text = reinterpret_cast<const char*>(property.data());
  size_t length = 0;
  while (length < property.size() && text[length] != '\0') ++length;
  return {text, length};
}

std::optional<Tree> Tree::At(const std::byte* start, uint64_t reach) {
  if (reach < kHeaderBytes || Load(start) != kMagic) return std::nullopt;
  const uint64_t bytes = Load(start + kTotalBytes);
  if (bytes < kHeaderBytes || bytes > reach) return std::nullopt;
  if (Load(start + kVersionAt) < kOldestVersion || Load(start + kLastCompatible) > kVersion) {
    return std::nullopt;
  }
  const uint64_t structure = Load(start + kStructure);
  const uint64_t strings = Load(start + kStrings);
  const uint64_t strings_bytes = Load(start + kStringsBytes);
  // Version 16 does not say how long the structure block is.
  const uint64_t structure_bytes = Load(start + kVersionAt) >= kVersion
                                       ? Load(start + kStructureBytes)
                                       : (structure <= bytes ? bytes - structure : 0);
  if (structure % kTokenBytes != 0 || !Inside(structure, structure_bytes, bytes) ||
      !Inside(strings, strings_bytes, bytes)) {
    return std::nullopt;
  }
  Tree tree;
  tree.start_ = start;
  tree.bytes_ = bytes;
  tree.structure_ = {start + structure, static_cast<size_t>(structure_bytes)};
  tree.strings_ = {start + strings, static_cast<size_t>(strings_bytes)};
  tree.reservations_ = Load(start + kReservations);
  return tree;
}

std::optional<uint32_t> Tree::Word(uint64_t offset) const {
  if (!Inside(offset, kTokenBytes, structure_.size())) return std::nullopt;
  return Load(structure_.data() + offset);
}

std::string_view Tree::String(Bytes block, uint64_t offset) const {
  if (offset >= block.size()) return {};
  return Text(block.subspan(static_cast<size_t>(offset)));
}

Node Tree::Root() const {
  Node node;
  uint64_t at = 0;
  while (Word(at) == kNop) at += kTokenBytes;
  if (Word(at) != kBeginNode) return node;
  node.tree_ = this;
  node.starts_[0] = static_cast<uint32_t>(at + kTokenBytes);
  return node;
}

Node Tree::Child(std::string_view name) const {
  Node node = Root();
  while (node.valid() && !(node.depth() == 1 && node.BaseName() == name)) node.Next();
  return node;
}

Node Tree::ByPath(std::string_view path) const {
  Node node = Root();
  if (!path.starts_with('/')) {
    const std::string_view alias = Before(path, '/');
    path.remove_prefix(alias.size());
    const std::string_view whole = Child("aliases").PropertyText(alias);
    if (!whole.starts_with('/')) return {};  // not an alias of an alias either
    node = ByPath(whole);
  }
  while (!path.empty() && node.valid()) {
    path.remove_prefix(1);  // the slash
    const std::string_view name = Before(path, '/');
    path.remove_prefix(name.size());
    const size_t depth = node.depth() + 1;
    do {
      node.Next();
      if (node.valid() && node.depth() < depth) return {};
    } while (node.valid() && (node.depth() != depth || node.name() != name));
  }
  return node;
}

Node Tree::Compatible(std::string_view text) const {
  Node node = Root();
  while (node.valid() && !(node.IsCompatible(text) && node.IsEnabled())) node.Next();
  return node;
}

Node Tree::Console(std::string_view text) const {
  // Behind a colon are the rate and the like.
  const Node named = ByPath(Before(Child("chosen").PropertyText("stdout-path"), ':'));
  return named.IsCompatible(text) && named.IsEnabled() ? named : Compatible(text);
}

Node Tree::ByHandle(uint32_t handle) const {
  Node node = Root();
  while (node.valid() && node.PropertyWord("phandle") != handle) node.Next();
  return node;
}

std::optional<Range> Tree::Reservation(size_t index) const {
  constexpr uint64_t kEntry = 16;
  const uint64_t at = reservations_ + index * kEntry;
  if (index > bytes_ / kEntry || !Inside(at, kEntry, bytes_)) return std::nullopt;
  const Bytes entry{start_ + at, static_cast<size_t>(kEntry)};
  const Range range = {.base = *Number(entry, 0, 2), .bytes = *Number(entry, 2, 2)};
  if (range.base == 0 && range.bytes == 0) return std::nullopt;  // the block's end
  return range;
}

std::string_view Node::name() const {
  return valid() ? tree_->String(tree_->structure_, starts_[depth_]) : std::string_view{};
}

std::string_view Node::BaseName() const {
  const std::string_view whole = name();
  size_t length = 0;
  while (length < whole.size() && whole[length] != '@') ++length;
  return Prefix(whole, length);
}

Node Node::Parent() const {
  Node parent = *this;
  if (!valid() || depth_ == 0) return {};
  --parent.depth_;
  return parent;
}

// Calls `visit(name, value)` for each property until it returns false. Returns the offset of the
// first token that is no property, or of where it ended.
template <class Visit>
uint64_t Node::VisitProperties(Visit&& visit) const {
  const Bytes structure = tree_->structure_;
  uint64_t at = Aligned(starts_[depth_] + uint64_t{name().size()} + 1);
  for (;;) {
    const std::optional<uint32_t> token = tree_->Word(at);
    if (token == kNop) {
      at += kTokenBytes;
      continue;
    }
    if (token != kProperty) return at;
    const std::optional<uint32_t> bytes = tree_->Word(at + kTokenBytes);
    const std::optional<uint32_t> name = tree_->Word(at + 2 * kTokenBytes);
    const uint64_t value = at + kTokenBytes + kPropertyHeader;
    if (!bytes || !name || !Inside(value, *bytes, structure.size())) return structure.size();
    if (!visit(tree_->String(tree_->strings_, *name),
               structure.subspan(static_cast<size_t>(value), *bytes))) {
      return at;
    }
    at = Aligned(value + *bytes);
  }
}

void Node::Next() {
  if (!valid()) return;
  uint64_t at = VisitProperties([](std::string_view, Bytes) { return true; });
  // How many nodes are open at `at`; this one is.
  size_t open = depth_ + 1;
  for (;; at += kTokenBytes) {
    const std::optional<uint32_t> token = tree_->Word(at);
    if (token == kNop) continue;
    if (token == kBeginNode && open != 0 && open < kMaxDepth) {
      depth_ = open;
      starts_[depth_] = static_cast<uint32_t>(at + kTokenBytes);
      return;
    }
    if (token != kEndNode || open == 0) break;
    --open;
  }
  tree_ = nullptr;
}

std::optional<Bytes> Node::Property(std::string_view name) const {
  std::optional<Bytes> found;
  if (!valid()) return found;
  VisitProperties([&](std::string_view here, Bytes value) {
    if (here == name) found = value;
    return !found;
  });
  return found;
}

std::string_view Node::PropertyText(std::string_view name) const {
  const std::optional<Bytes> value = Property(name);
  return value ? Text(*value) : std::string_view{};
}

std::optional<uint32_t> Node::PropertyWord(std::string_view name) const {
  const std::optional<Bytes> value = Property(name);
  if (!value || value->size() != kTokenBytes) return std::nullopt;
  return Load(value->data());
}

bool Node::IsCompatible(std::string_view text) const {
  Bytes list = Property("compatible").value_or(Bytes{});
  while (!list.empty()) {
    const std::string_view one = Text(list);
    if (one == text) return true;
    list = list.subspan(one.size() < list.size() ? one.size() + 1 : list.size());
  }
  return false;
}

bool Node::IsEnabled() const {
  const std::string_view status = PropertyText("status");
  return status.empty() || status == "okay" || status == "ok";
}

Node::Cells Node::ChildCells() const {
  Cells cells;
  if (const auto word = PropertyWord("#address-cells")) cells.address = *word;
  if (const auto word = PropertyWord("#size-cells")) cells.size = *word;
  return cells;
}

// From the addresses of this node's children to those of its parent's.
bool Node::TranslateUp(Range* range) const {
  const std::optional<Bytes> ranges = Property("ranges");
  if (!ranges) return false;
  if (ranges->empty()) return true;  // the same on both sides
  const Cells below = ChildCells();
  const Cells above = Parent().ChildCells();
  const size_t line = below.address + above.address + below.size;
  for (size_t at = 0;; at += line) {
    const auto child = Number(*ranges, at, below.address);
    const auto parent = Number(*ranges, at + below.address, above.address);
    const auto bytes = Number(*ranges, at + below.address + above.address, below.size);
    if (!child || !parent || !bytes) return false;
    if (range->base < *child || !Inside(range->base - *child, range->bytes, *bytes)) continue;
    range->base = *parent + (range->base - *child);
    return true;
  }
}

std::optional<Range> Node::Reg(size_t index) const {
  const std::optional<Bytes> reg = Property("reg");
  if (!reg || depth_ == 0) return std::nullopt;
  Node bus = Parent();
  const Cells cells = bus.ChildCells();
  constexpr size_t kMostCells = 4;
  if (cells.address > kMostCells || cells.size > kMostCells || index > reg->size()) {
    return std::nullopt;
  }
  const size_t at = index * (cells.address + cells.size);
  const auto base = Number(*reg, at, cells.address);
  const auto bytes =
      cells.size == 0 ? std::optional<uint64_t>(0) : Number(*reg, at + cells.address, cells.size);
  if (!base || !bytes) return std::nullopt;
  Range range = {.base = *base, .bytes = *bytes};
  for (; bus.depth() > 0; bus = bus.Parent()) {
    if (!bus.TranslateUp(&range)) return std::nullopt;
  }
  return range;
}

}  // namespace fdt
