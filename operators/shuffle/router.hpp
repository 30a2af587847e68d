// SPDX-License-Identifier: BSD-3-Clause
//
// What partitioners come to where records are sent. The type of the partitioner is known there, so that a hash costs no
// call and no test.
#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <type_traits>
#include <utility>

#include <sluice/actors/record/record.hpp>
#include <sluice/actors/record/record_hash.hpp>
#include <sluice/operators/shuffle/partitioner.hpp>

namespace sluice::detail {

/// A function that gives an integer for a key.
template <class F, class K>
concept places_keys = std::invocable<F&, const K&> && std::is_integral_v<std::invoke_result_t<F&, const K&>>;

template <class T>
inline constexpr bool is_partitioner = std::same_as<T, hash_partitioner>;
template <class F>
inline constexpr bool is_partitioner<partitioner<F>> = true;

template <class K, class F>
constexpr bool can_place(const partitioner<F>*) {
  return places_keys<F, K>;
}
template <class K>
constexpr bool can_place(const hash_partitioner*) {
  return true;
}

/// What was given for keys K, a number of partitions or a partitioner, as a partitioner.
template <record K, class By>
auto to_partitioner(const By& by) {
  if constexpr (std::convertible_to<const By&, std::optional<std::uint32_t>>) {
    return hash_partitioner{by};
  } else {
    static_assert(is_partitioner<By>, "sluice: the partitions are neither a number nor a partitioner");
    if constexpr (is_partitioner<By>) {
      static_assert(can_place<K>(static_cast<const By*>(nullptr)),
                    "sluice: partitioner: the function cannot be called with the keys, or returns no integer");
      return by;
    } else {
      return hash_partitioner{};
    }
  }
}

/// The names of the user's partitioners among them.
inline std::set<std::string> names_of(const hash_partitioner&) { return {}; }
template <class F>
std::set<std::string> names_of(const partitioner<F>& by) {
  return {by.name()};
}

/// The partition of each key, by a partitioner. For one thread.
template <class By>
class router;

template <>
class router<hash_partitioner> {
public:
  router(const hash_partitioner&, const std::string&) {}

  template <record K>
  std::uint32_t operator()(const K& key, std::uint32_t partitions) {
    return partitions == 1 ? 0 : partition_of(hash_record(key), partitions);
  }
};

template <class F>
class router<partitioner<F>> {
public:
  /// @param user who routes keys; empty if the caller says that.
  router(const partitioner<F>& by, std::string user) : f_{by.function()}, name_{by.name()}, user_{std::move(user)} {}

  /// Throws usage_error for a partition that there is not.
  template <record K>
  std::uint32_t operator()(const K& key, std::uint32_t partitions) {
    const auto result = +std::invoke(f_, key);
    if (std::cmp_less(result, 0) || std::cmp_greater_equal(result, partitions)) [[unlikely]]
      throw usage_error{user_ + (user_.empty() ? "" : ": ") + "the partitioner '" + name_
                        + "' puts a key into partition " + std::to_string(result) + " of " + std::to_string(partitions)
                        + "; it must return a number in [0, " + std::to_string(partitions) + ")"};
    return static_cast<std::uint32_t>(result);
  }

private:
  F f_;
  std::string name_;
  std::string user_;
};

} // namespace sluice::detail
