// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>

#include <sluice/actors/errors.hpp>

struct MDB_env;

namespace sluice {

struct lmdb_options {
  std::size_t initial_map = std::size_t{64} << 20; ///< bytes the store may hold before it grows for the first time
  std::size_t quota = std::size_t{64} << 30;       ///< bytes beyond which it does not grow
};

/// One directory that holds an LMDB environment and has one owner at a time, over all processes.
///
/// The directory holds `data.mdb` and `lock.mdb`, which are LMDB's, and `sluice.store`, which says that the directory
/// is ours and carries the lock of its owner (released by the kernel when the owner dies). `data.mdb` is a sparse file
/// of the size of the map, so that no read of the map can fall behind its end. See docs/formats/checkpoint.md.
class lmdb_environment {
public:
  /// Opens the environment in `dir` and creates what is missing. Errors are sentences that say what to do:
  /// ec::storage_locked if another owner has it, ec::checkpoint_mismatch if a later version wrote it, else
  /// ec::storage_failed.
  static caf::expected<std::unique_ptr<lmdb_environment>> open(const std::filesystem::path& dir,
                                                               const lmdb_options& options = {});

  ~lmdb_environment();
  lmdb_environment(const lmdb_environment&) = delete;
  lmdb_environment& operator=(const lmdb_environment&) = delete;

  MDB_env* handle() const { return env_; }

  /// Makes room for at least `more` bytes by doubling the map. No transaction may be open.
  caf::error grow(std::size_t more);

  /// LMDB's return code `rc` as an error that names the directory.
  caf::error failure(int rc) const;

private:
  explicit lmdb_environment(std::filesystem::path dir, const lmdb_options& options);

  caf::error take_ownership();
  caf::error start(bool fresh);
  caf::error check_complete();
  caf::error extend_file();
  caf::error write_stamp(const std::string& stamp);
  caf::error storage_error(const std::string& what) const;
  std::filesystem::path data_file() const { return dir_ / "data.mdb"; }
  std::filesystem::path stamp_file() const { return dir_ / "sluice.store"; }

  std::filesystem::path dir_;
  lmdb_options options_;
  int stamp_fd_ = -1;
  MDB_env* env_ = nullptr;
};

} // namespace sluice
