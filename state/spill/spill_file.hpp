// SPDX-License-Identifier: BSD-3-Clause
//
// Batches that are kept on disk while the process runs, in unnamed files of the system's temporary directory. So they
// are gone with the process, however it ends. A file ends when it is large enough. Its space is free again when the
// last batch in it has been forgotten.
#pragma once

#include <cstdint>
#include <memory>
#include <utility>

#include <sluice/actors/batch/batch.hpp>

namespace sluice::detail {

/// A new file of a home is begun where the last one has this size.
inline constexpr std::uint64_t disk_file_bytes = std::uint64_t{64} << 20;

/// A temporary file without a name.
class unnamed_file;

/// A batch on disk. Cheap to copy; for any thread.
class spilled_batch {
public:
  spilled_batch(std::shared_ptr<const unnamed_file> file, std::uint64_t offset, std::uint32_t size, std::uint32_t crc)
      : file_{std::move(file)}, offset_{offset}, size_{size}, crc_{crc} {}

  /// The batch, in memory. Throws runtime_failure if it cannot be read back as it was.
  batch read() const;

private:
  std::shared_ptr<const unnamed_file> file_;
  std::uint64_t offset_;
  std::uint32_t size_;
  std::uint32_t crc_;
};

/// Puts batches on disk. Makes no file before the first. For one thread.
class spill_file {
public:
  /// Throws runtime_failure, with the directory and the reason, if it cannot be written. Then nothing was kept, and the
  /// next batch may be tried.
  spilled_batch write(const batch& x);

private:
  std::shared_ptr<unnamed_file> file_; ///< the last one
  std::uint64_t size_ = 0;             ///< of it
};

} // namespace sluice::detail
