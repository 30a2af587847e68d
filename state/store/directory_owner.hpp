// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <filesystem>
#include <memory>
#include <string_view>

#include <sluice/actors/base/errors.hpp>
#include <sluice/actors/base/expected.hpp>

namespace sluice {

/// The one owner of a store's directory, over all processes and inside this one.
///
/// Its file `sluice.store` marks the directory as Sluice's, and records whether the creation of the store was finished.
/// It carries the owner's lock, which the kernel releases when the owner dies. See docs/formats/checkpoint.md.
class directory_owner {
public:
  /// Takes `dir`, creating it if missing, for a store whose data is the file `data_name` in it. Nothing is written into
  /// a directory that is another program's. ec::storage_locked if it has an owner, ec::checkpoint_mismatch if a later
  /// version of Sluice wrote it, else ec::storage_failed.
  static expected<std::unique_ptr<directory_owner>> take(const std::filesystem::path& dir, std::string_view data_name);

  ~directory_owner();
  directory_owner(const directory_owner&) = delete;
  directory_owner& operator=(const directory_owner&) = delete;

  /// Whether the store has to be created: there is no data, that of an interrupted creation was removed.
  bool fresh() const { return fresh_; }

  /// Call it when a fresh store's data is on disk.
  error creation_finished();

private:
  explicit directory_owner(std::filesystem::path dir) : dir_{std::move(dir)} {}

  error lock();
  error read_stamp(const std::filesystem::path& data);
  error write_stamp(std::string_view stamp);

  std::filesystem::path dir_;
  int fd_ = -1;
  bool fresh_ = false;
};

} // namespace sluice
