// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <sluice/actors/base/expected.hpp>
#include <sluice/state/store/lmdb_store.hpp>
#include <sluice/state/store/memory_store.hpp>

#include <support/environment.hpp>

#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

#include "../support/temporary_directory.hpp"

namespace sluice::test {

inline bytes_view as_bytes(std::string_view s) { return std::as_bytes(std::span{s}); }
inline std::string as_text(bytes_view b) { return {reinterpret_cast<const char*>(b.data()), b.size()}; }

template <class T>
T value_or_throw(expected<T> result) {
  if (!result)
    throw std::runtime_error{describe(result.error())};
  return std::move(*result);
}

inline void require_ok(const error& err) { BOOST_REQUIRE_MESSAGE(!err, describe(err)); }

/// A map so small that most tests make it grow.
inline lmdb_options small_map() { return {.initial_map = std::size_t{256} << 10}; }

/// Stores by name, which close and open again: in memory (closing keeps the object) and on LMDB.
struct memory_backend {
  keyed_store& open(const std::string& name) { return stores_[name]; }
  void close() {}

private:
  std::map<std::string, memory_store> stores_;
};

struct lmdb_backend {
  keyed_store& open(const std::string& name) {
    auto& store = stores_[name];
    store = value_or_throw(lmdb_store::open(directory_.path() / name, small_map()));
    return *store;
  }
  void close() { stores_.clear(); }
  const std::filesystem::path& path() const { return directory_.path(); }

private:
  temporary_directory directory_;
  std::map<std::string, std::unique_ptr<lmdb_store>> stores_;
};

/// All entries from `from` to `end`.
inline std::map<std::string, std::string> contents(const keyed_store& store, std::string_view from = {},
                                                   std::string_view end = {}) {
  std::map<std::string, std::string> result;
  require_ok(store.scan(from, end, [&result](std::string_view key, bytes_view value) {
    result.emplace(key, as_text(value));
    return true;
  }));
  return result;
}

} // namespace sluice::test
