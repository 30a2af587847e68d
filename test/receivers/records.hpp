// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <sluice/actors/batch/batch_io.hpp>
#include <sluice/actors/record/owned.hpp>

#include <cstdint>
#include <limits>
#include <vector>

namespace sluice::test {

/// Of a pull that may bring everything.
inline constexpr auto unlimited_room = std::numeric_limits<std::uint64_t>::max();

/// The records of some batches, one after another. Throws if a batch holds another type.
template <record T>
std::vector<owned_t<T>> records_of(const std::vector<batch>& batches) {
  std::vector<owned_t<T>> result;
  for (const auto& x : batches) {
    const auto reader = batch_reader<T>::open(x);
    if (!reader)
      throw std::runtime_error(describe(reader.error()));
    for (std::uint32_t i = 0; i < reader->size(); ++i)
      result.push_back(to_owned<T>((*reader)[i]));
  }
  return result;
}

} // namespace sluice::test
