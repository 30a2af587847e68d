// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>

#include <sluice/actors/batch_io.hpp>
#include <sluice/operators/sink.hpp>

namespace sluice {

/// Reads the records of a batch and hands them on, chunk by chunk. Views in the chunks point into the batch.
template <record T, class Push>
caf::error for_each_chunk(const batch& records, Push&& push) {
  auto reader = batch_reader<T>::open(records);
  if (!reader)
    return std::move(reader.error());
  std::vector<T> chunk;
  chunk.reserve(std::min<std::size_t>(chunk_size, reader->size()));
  for (std::size_t i = 0; i < reader->size();) {
    chunk.clear();
    for (const auto end = std::min<std::size_t>(i + chunk_size, reader->size()); i < end; ++i)
      chunk.push_back((*reader)[i]);
    push(std::span<const T>{chunk});
  }
  return {};
}

} // namespace sluice
