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
  record_buffer<T> chunk{std::min<std::size_t>(chunk_size, reader->size())};
  for (std::size_t i = 0; i < reader->size(); ++i) {
    chunk.push_back((*reader)[i]);
    if (chunk.is_full() || i + 1 == reader->size()) [[unlikely]] {
      push(chunk.records());
      chunk.clear();
    }
  }
  return {};
}

} // namespace sluice
