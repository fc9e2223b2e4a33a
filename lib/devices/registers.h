// SPDX-License-Identifier: BSD-2-Clause
//
// How a driver reaches the registers of its device: 8-bit ones by index, 32-bit ones by offset. A driver is a template over this
// concept, so that one text serves ports, memory and the tests' fake; what an access costs and where
// the device is are the accessor's business.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>

namespace devices {

template <class R>
concept ByteRegisters = requires(R registers, unsigned index, uint8_t value) {
  { registers.Read(index) } -> std::same_as<uint8_t>;
  {registers.Write(index, value)};
};

// A bus of I/O ports, as a type with static functions: a CPU that has them gives the instructions.
template <class P>
concept Ports = requires(uint16_t port, uint8_t byte, uint16_t word) {
  { P::In8(port) } -> std::same_as<uint8_t>;
  {P::Out8(port, byte)};
  {P::Out16(port, word)};
};

// Registers at consecutive ports.
template <Ports P, uint16_t kBase>
struct PortRegisters {
  uint8_t Read(unsigned index) const { return P::In8(static_cast<uint16_t>(kBase + index)); }
  void Write(unsigned index, uint8_t value) const {
    P::Out8(static_cast<uint16_t>(kBase + index), value);
  }
};

// Registers in memory that is mapped as a device, 1 << `shift` bytes apart (a device tree's
// "reg-shift"), read and written a byte at a time.
struct MemoryRegisters {
  uintptr_t base = 0;
  unsigned shift = 0;

  uint8_t Read(unsigned index) const { return *At(index); }
  void Write(unsigned index, uint8_t value) const { *At(index) = value; }

 private:
  volatile uint8_t* At(unsigned index) const {
    return reinterpret_cast<volatile uint8_t*>(base + (uintptr_t{index} << shift));
  }
};

static_assert(ByteRegisters<MemoryRegisters>);

// 32-bit registers, by their offset in bytes.
template <class R>
concept WordRegisters = requires(R registers, unsigned offset, uint32_t value) {
  { registers.Read(offset) } -> std::same_as<uint32_t>;
  {registers.Write(offset, value)};
};

// Such registers in memory that is mapped as a device.
struct MemoryWordRegisters {
  uintptr_t base = 0;

  uint32_t Read(unsigned offset) const { return *At(offset); }
  void Write(unsigned offset, uint32_t value) const { *At(offset) = value; }

 private:
  volatile uint32_t* At(unsigned offset) const {
    return reinterpret_cast<volatile uint32_t*>(base + offset);
  }
};

static_assert(WordRegisters<MemoryWordRegisters>);

}  // namespace devices
