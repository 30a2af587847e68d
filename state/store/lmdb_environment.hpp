// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>

#include <sluice/actors/base/errors.hpp>
#include <sluice/actors/base/expected.hpp>
#include <sluice/state/store/directory_owner.hpp>
#include <sluice/state/store/write_result.hpp>

struct MDB_env;

namespace sluice {

struct lmdb_options {
  std::size_t initial_map = std::size_t{64} << 20; ///< bytes the store may hold before it grows for the first time
  std::size_t quota = std::size_t{64} << 30;       ///< bytes beyond which it does not grow

  /// What to do when it has come to its quota, for messages.
  const char* quota_advice = "raise the quota, keep less state, or write snapshots more often";
};

/// An LMDB environment in a directory that has one owner at a time. Its file `data.mdb` is sparse and as long as the
/// map, so that no read of the map can fall behind its end. See docs/formats/checkpoint.md.
class lmdb_environment {
public:
  /// Opens the environment in `dir` and creates what is missing. Errors are sentences that say what to do: those of
  /// `directory_owner::take`, or ec::storage_failed.
  static expected<std::unique_ptr<lmdb_environment>> open(const std::filesystem::path& dir,
                                                          const lmdb_options& options = {});

  ~lmdb_environment();
  lmdb_environment(const lmdb_environment&) = delete;
  lmdb_environment& operator=(const lmdb_environment&) = delete;

  MDB_env* handle() const { return env_; }
  const std::filesystem::path& directory() const { return dir_; }

  /// Makes room for at least `more` bytes by doubling the map. No transaction may be open. The quota is a lack of room.
  write_result grow(std::size_t more);

  /// To be told of values that were looked at, written or erased, of `bytes` together. Each 16 MiB, it gives back the
  /// memory of the pages that were looked at: a file of any size would otherwise come to count as memory of the
  /// process. A transaction may be open: a page is mapped again when it is next looked at.
  void looked_at(std::size_t bytes) const;

  /// The return code `rc` of a transaction that wrote, and was aborted. A full disk is a lack of room: pages that were
  /// written before it was full are in nobody's tree, and are written again with the next transaction.
  write_result failed_write(int rc) const;

  /// LMDB's return code `rc` as an error that names the directory.
  error failure(int rc) const;

private:
  lmdb_environment(std::filesystem::path dir, const lmdb_options& options, std::unique_ptr<directory_owner> owner);

  struct map_sizes {
    std::size_t total; ///< bytes
    std::size_t used;  ///< bytes up to the last page in use
  };

  expected<map_sizes> sizes() const;
  error start();
  error check_pages(std::uintmax_t size) const;
  error check_complete();
  error extend_file(std::size_t map_size);
  error find_map();

  std::filesystem::path dir_;
  lmdb_options options_;
  std::unique_ptr<directory_owner> owner_;
  MDB_env* env_ = nullptr;
  std::span<std::byte> map_;                       ///< where LMDB has mapped the file, which it does not tell
  mutable std::atomic<std::size_t> looked_at_ = 0; ///< bytes since pages were last given back
};

} // namespace sluice
