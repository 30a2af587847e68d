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

template <class By>
row_stream combine(const pair_stream& s, const By& by) {
  return s
      .combine_by_key([](number x) { return row{x, 1}; }, [](const row& c, number x) { return add(c, row{x, 1}); },
                      plus{}, by)
      .map([](const std::pair<number, row>& x) { return row{x.first, fold(x.second)}; });
}

template <class By>
row_stream update_state(const pair_stream& s, number a, const By& by) {
  const auto next = [a](std::span<const number> values, std::optional<number> old) {
    number sum = 0;
    for (const auto x : values)
      sum = add(sum, x);
    return next_state(sum, old, a);
  };
  return s.update_state_by_key(next, by);
}

template <class By>
std::optional<row_stream> shuffle(const step& how, const pair_stream& s, const pair_stream& t, const By& by) {
  switch (how.kind) {
    case step_kind::partition_by: return s.partition_by(by);
    case step_kind::reduce_by_key: return s.reduce_by_key(plus{}, by);
    case step_kind::group_by_key: return s.group_by_key(by).map_values([](const numbers& x) { return fold(x); });
    case step_kind::combine_by_key: return combine(s, by);
    case step_kind::cogroup:
      return s.cogroup(t, by).map(
          with_sides([](const numbers& left, const numbers& right) { return fold(fold(left), fold(right)); }));
    case step_kind::join: return s.join(t, by).map(with_sides(meet));
    case step_kind::left_outer_join: return s.left_outer_join(t, by).map(with_sides(meet));
    case step_kind::right_outer_join: return s.right_outer_join(t, by).map(with_sides(meet));
    case step_kind::full_outer_join: return s.full_outer_join(t, by).map(with_sides(meet));
    case step_kind::update_state_by_key: return update_state(s, how.a, by);
    default: return std::nullopt;
  }
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
    default: return with_partitions(how, [&](const auto& by) { return shuffle(how, s, t, by); });
  }
}

} // namespace sluice::test
