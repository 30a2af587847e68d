// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>

#include <sluice/actors/base/expected.hpp>
#include <sluice/state/store/keyed_store.hpp>
#include <sluice/state/store/lmdb_environment.hpp>

namespace sluice {

/// A keyed store in one directory. A batch is one LMDB transaction, synced to disk; the map grows by itself.
class lmdb_store final : public keyed_store {
public:
  /// Opens the store in `dir` or creates it. Errors are those of `lmdb_environment::open`.
  static expected<std::unique_ptr<lmdb_store>> open(const std::filesystem::path& dir, const lmdb_options& options = {});

  std::filesystem::path place() const override { return environment_->directory(); }

private:
  explicit lmdb_store(std::unique_ptr<lmdb_environment> environment);

  write_result do_apply(const write_batch& batch) override;
  error do_scan(std::string_view from, std::string_view end, const visitor& visit) const override;
  error do_scan_keys(std::string_view from, std::string_view end, const key_visitor& visit) const override;
  write_result apply_growing(const write_batch& batch);
  int try_apply(const write_batch& batch);
  int let_time_pass(); ///< a transaction that changes nothing in the end

  /// Calls `look(key, stored)` for the entries of a range, until it returns false.
  template <class F>
  error for_each(std::string_view from, std::string_view end, F&& look) const;

  std::unique_ptr<lmdb_environment> environment_;
};

} // namespace sluice
