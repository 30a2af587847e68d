// SPDX-License-Identifier: BSD-3-Clause
#include "row_streams.hpp"

namespace sluice::test {

namespace {

using number = std::int64_t;
using numbers = std::vector<number>;

/// Puts the two sides of what a join or cogroup gives together.
template <class F>
auto with_sides(F f) {
  return [f](const auto& x) { return row{x.first, f(x.second.first, x.second.second)}; };
}

row_stream combine(const pair_stream& s, const step& how) {
  return s
      .combine_by_key([](number x) { return row{x, 1}; }, [](const row& c, number x) { return add(c, row{x, 1}); },
                      plus{}, how.partitions)
      .map([](const std::pair<number, row>& x) { return row{x.first, fold(x.second)}; });
}

row_stream update_state(const pair_stream& s, const step& how) {
  const auto next = [a = how.a](std::span<const number> values, std::optional<number> old) {
    number sum = 0;
    for (const auto x : values)
      sum = add(sum, x);
    return next_state(sum, old, a);
  };
  return s.update_state_by_key(next, how.partitions);
}

} // namespace

std::optional<row_stream> make_pair_stream(const step& how, const row_stream& parent, const row_stream& other) {
  const auto a = how.a;
  if (how.kind == step_kind::to_pairs)
    return std::get<number_stream>(parent).map([a](number x) { return to_pair(x, a); });
  if (!std::holds_alternative<pair_stream>(parent))
    return std::nullopt;
  const auto& s = std::get<pair_stream>(parent);
  const auto& t = std::get<pair_stream>(other);
  const auto n = how.partitions;
  switch (how.kind) {
    case step_kind::to_numbers: return s.map([](const row& x) { return fold(x); });
    case step_kind::map_values: return s.map_values([a](number x) { return twist(x, a); });
    case step_kind::flat_map_values:
      return s.flat_map_values([a](number x) {
        numbers result;
        for (number i = 0; i < repetitions(x, a); ++i)
          result.push_back(repeated(x, i));
        return result;
      });
    case step_kind::partition_by: return s.partition_by(n);
    case step_kind::reduce_by_key: return s.reduce_by_key(plus{}, n);
    case step_kind::group_by_key: return s.group_by_key(n).map_values([](const numbers& x) { return fold(x); });
    case step_kind::combine_by_key: return combine(s, how);
    case step_kind::cogroup:
      return s.cogroup(t, n).map(
          with_sides([](const numbers& left, const numbers& right) { return fold(fold(left), fold(right)); }));
    case step_kind::join: return s.join(t, n).map(with_sides(meet));
    case step_kind::left_outer_join: return s.left_outer_join(t, n).map(with_sides(meet));
    case step_kind::right_outer_join: return s.right_outer_join(t, n).map(with_sides(meet));
    case step_kind::full_outer_join: return s.full_outer_join(t, n).map(with_sides(meet));
    case step_kind::update_state_by_key: return update_state(s, how);
    default: return std::nullopt;
  }
}

} // namespace sluice::test
