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

  std::map<std::string, bytes, std::less<>> entries_; // sealed, as on disk
};

} // namespace sluice
