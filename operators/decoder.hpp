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
  const std::size_t size = reader->size();
  record_buffer<T> chunk{std::min(chunk_size<T>, size)};
  for (std::size_t begin = 0; begin < size; begin += chunk_size<T>) {
    chunk.clear();
    reader->for_each_run(begin, std::min(begin + chunk_size<T>, size), [&](std::size_t first, std::size_t count) {
      chunk.append_each(count, [&](std::size_t i) { return (*reader)[first + i]; });
    });
    push(chunk.records());
  }
  return {};
}

} // namespace sluice
