// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <map>

#include <sluice/actors/base/errors.hpp>
#include <sluice/state/store/keyed_store.hpp>

namespace sluice {

/// A keyed store that lives as long as the object: for programs without a checkpoint directory, and for tests.
class memory_store final : public keyed_store {
public:
  std::filesystem::path place() const override { return "memory"; }

private:
  write_result do_apply(const write_batch& batch) override;
  error do_scan(std::string_view from, std::string_view end, const visitor& visit) const override;
  error do_scan_keys(std::string_view from, std::string_view end, const key_visitor& visit) const override;

  using entries = std::map<std::string, bytes, std::less<>>;

  /// Calls `look(entry)` for the entries of a range, until it returns false.
  template <class F>
  void for_each(std::string_view from, std::string_view end, F&& look) const {
    for (auto i = entries_.lower_bound(from); i != entries_.end() && (end.empty() || i->first < end); ++i)
      if (!look(*i))
        return;
  }

  entries entries_; // sealed, as on disk
};

} // namespace sluice
