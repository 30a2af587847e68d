// SPDX-License-Identifier: BSD-3-Clause
//
// Batches on a plain connection: a length of 4 bytes, big endian, then that many bytes, which are one batch. The format
// has a section in docs/formats/batch.md.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <sluice/actors/base/expected.hpp>
#include <sluice/actors/batch/batch.hpp>

namespace sluice {

/// The bytes of a frame that holds the batch: what a sender writes to its connection.
std::string to_raw_frame(const batch& content);

/// The first frame of some bytes.
struct raw_frame {
  std::size_t size = 0; ///< in bytes, with its length; 0: it is not all there yet
  batch content;
};

/// Fails, with `ec::malformed_batch`, for a frame of more than `max_frame` bytes, which it knows from the length alone,
/// and for one that holds no batch. Allocates nothing for a frame that is not all there.
expected<raw_frame> read_raw_frame(std::string_view bytes, std::size_t max_frame);

} // namespace sluice
