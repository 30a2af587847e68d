// SPDX-License-Identifier: BSD-3-Clause
#include "naive_streams.hpp"

#include <functional>
#include <map>
#include <stdexcept>

namespace sluice::test {

namespace {

using values_by_key = std::map<std::int64_t, std::vector<std::int64_t>>;

values_by_key by_key(const rows& all) {
  values_by_key result;
  for (const auto& [key, value] : all)
    result[key].push_back(value);
  return result;
}

std::int64_t sum(const std::vector<std::int64_t>& all) {
  std::int64_t result = 0;
  for (const auto x : all)
    result = add(result, x);
  return result;
}

row sum(const rows& all) {
  row result;
  for (const auto& x : all)
    result = add(result, x);
  return result;
}

/// f(row) of each row.
template <class F>
rows each(const rows& all, F f) {
  rows result;
  for (const auto& x : all)
    result.push_back(f(x));
  return result;
}

/// (key, f(values)) of each key.
template <class F>
rows each_key(const rows& all, F f) {
  rows result;
  for (const auto& [key, values] : by_key(all))
    result.emplace_back(key, f(values));
  return result;
}

rows count_values(const rows& all) {
  std::map<row, std::int64_t> counts;
  for (const auto& x : all)
    ++counts[x];
  rows result;
  for (const auto& [x, n] : counts)
    result.emplace_back(fold(x), n);
  return result;
}

rows repeat(const rows& all, std::int64_t a, bool by_value) {
  rows result;
  for (const auto& x : all)
    for (std::int64_t i = 0; i < (by_value ? repetitions(x.second, a) : repetitions(x, a)); ++i)
      result.push_back(repeated(x, i));
  return result;
}

rows join(const rows& left, const rows& right, bool keeps_left, bool keeps_right) {
  rows result;
  const auto ours = by_key(left);
  const auto theirs = by_key(right);
  for (const auto& [key, v] : left) {
    for (const auto& [other, w] : right)
      if (key == other)
        result.emplace_back(key, meet(v, w));
    if (keeps_left && !theirs.contains(key))
      result.emplace_back(key, meet(v, {}));
  }
  for (const auto& [key, w] : right)
    if (keeps_right && !ours.contains(key))
      result.emplace_back(key, meet({}, w));
  return result;
}

rows cogroup(const rows& left, const rows& right) {
  auto ours = by_key(left);
  auto theirs = by_key(right);
  rows result;
  for (const auto& [key, values] : ours)
    result.emplace_back(key, fold(fold(values), fold(theirs[key])));
  for (const auto& [key, values] : theirs)
    if (!ours.contains(key))
      result.emplace_back(key, fold(fold({}), fold(values)));
  return result;
}

/// The rows of a stream, at batch `t`, that came after `from`.
rows arrived(const history& content, std::int64_t from, std::int64_t t) {
  rows result;
  for (auto b = std::max(from, std::int64_t{0}); b < t; ++b)
    if (const auto& batch = content[static_cast<std::size_t>(b)])
      result.insert(result.end(), batch->begin(), batch->end());
  return result;
}

using window_function = std::function<rows(const rows&)>;

/// f(what came in the window) every slide.
history windows(const step& how, const history& parent, const window_function& f) {
  history result(parent.size());
  for (auto t = how.slide; t <= static_cast<std::int64_t>(parent.size()); t += how.slide)
    result[static_cast<std::size_t>(t) - 1] = f(arrived(parent, t - how.length, t));
  return result;
}

template <class Keeps>
history windows_with_inverse(const step& how, const history& parent, Keeps keeps) {
  // A key is there from its first window with a value on, until it is rejected when it has none.
  std::map<std::int64_t, bool> keys;
  for (const auto& [key, values] : by_key(arrived(parent, 0, static_cast<std::int64_t>(parent.size()))))
    keys[key] = false;
  history result(parent.size());
  for (auto t = how.slide; t <= static_cast<std::int64_t>(parent.size()); t += how.slide) {
    auto& now = result[static_cast<std::size_t>(t) - 1].emplace();
    auto groups = by_key(arrived(parent, t - how.length, t));
    for (auto& [key, is_there] : keys) {
      const auto has_values = groups.contains(key);
      is_there |= has_values;
      if (!is_there)
        continue;
      if (const auto total = sum(groups[key]); keeps(total))
        now.emplace_back(key, total);
      else
        is_there = has_values;
    }
  }
  return result;
}

bool always(std::int64_t) { return true; }

/// Rows with the key 0, as all of a stream are when they are reduced to one.
history with_one_key(const history& content, const std::function<std::int64_t(const row&)>& f) {
  auto result = content;
  for (auto& batch : result)
    if (batch)
      batch = each(*batch, [&f](const row& x) { return row{0, f(x)}; });
  return result;
}

/// With an inverse, keys and values are added up side by side.
history reduce_with_inverse(const step& how, const history& parent) {
  const auto keys = windows_with_inverse(how, with_one_key(parent, &row::first), always);
  auto result = windows_with_inverse(how, with_one_key(parent, &row::second), always);
  for (std::size_t i = 0; i < result.size(); ++i)
    if (result[i] && !result[i]->empty())
      result[i]->front().first = keys[i]->front().second;
  return result;
}

/// Every slide of the parent, once it has had a dataset, also when it has none.
history update_state(const step& how, const history& parent) {
  std::map<std::int64_t, std::int64_t> states;
  bool has_begun = false;
  history result(parent.size());
  for (auto t = how.slide; t <= static_cast<std::int64_t>(parent.size()); t += how.slide) {
    const auto& batch = parent[static_cast<std::size_t>(t) - 1];
    has_begun |= batch.has_value();
    if (!has_begun)
      continue;
    auto values = by_key(batch.value_or(rows{}));
    for (const auto& [key, state] : states)
      values.try_emplace(key);
    for (const auto& [key, arriving] : values) {
      const auto old = states.find(key);
      const auto now =
          next_state(sum(arriving), old == states.end() ? std::nullopt : std::optional{old->second}, how.a);
      if (now)
        states.insert_or_assign(key, *now);
      else
        states.erase(key);
    }
    result[static_cast<std::size_t>(t) - 1] = rows(states.begin(), states.end());
  }
  return result;
}

/// One batch of an operator that looks at nothing else.
rows evaluate_batch(const step& how, const rows& x, const rows& other) {
  const auto a = how.a;
  const auto is_number = how.gives == shape::numbers;
  switch (how.kind) {
    case step_kind::map:
    case step_kind::map_partitions:
    case step_kind::transform:
      return each(x, [&](const row& r) { return is_number ? row{0, twist(r.second, a)} : twist(r, a); });
    case step_kind::flat_map: return repeat(x, a, false);
    case step_kind::flat_map_values: return repeat(x, a, true);
    case step_kind::filter: {
      rows result;
      std::ranges::copy_if(x, std::back_inserter(result), [a](const row& r) { return is_kept(r, a); });
      return result;
    }
    case step_kind::union_with: {
      auto result = x;
      result.insert(result.end(), other.begin(), other.end());
      return result;
    }
    case step_kind::count: return {{0, static_cast<std::int64_t>(x.size())}};
    case step_kind::reduce: return x.empty() ? rows{} : rows{sum(x)};
    case step_kind::count_by_value: return count_values(x);
    case step_kind::repartition:
    case step_kind::glom:
    case step_kind::partition_by: return x;
    case step_kind::transform_with:
      return each(x, [&](const row& r) { return repeated(r, static_cast<std::int64_t>(other.size())); });
    case step_kind::to_pairs: return each(x, [a](const row& r) { return to_pair(r.second, a); });
    case step_kind::to_numbers: return each(x, [](const row& r) { return row{0, fold(r)}; });
    case step_kind::map_values: return each(x, [a](const row& r) { return row{r.first, twist(r.second, a)}; });
    case step_kind::reduce_by_key: return each_key(x, [](const auto& values) { return sum(values); });
    case step_kind::group_by_key: return each_key(x, [](const auto& values) { return fold(values); });
    case step_kind::combine_by_key:
      return each_key(x,
                      [](const auto& values) { return fold(sum(values), static_cast<std::int64_t>(values.size())); });
    case step_kind::cogroup: return cogroup(x, other);
    case step_kind::join: return join(x, other, false, false);
    case step_kind::left_outer_join: return join(x, other, true, false);
    case step_kind::right_outer_join: return join(x, other, false, true);
    case step_kind::full_outer_join: return join(x, other, true, true);
    default: throw std::logic_error{"a step that no one evaluates"};
  }
}

} // namespace

history evaluate(const step& how, const std::vector<const history*>& parents) {
  const auto& parent = *parents.front();
  const auto a = how.a;
  switch (how.kind) {
    case step_kind::window: return windows(how, parent, [](const rows& x) { return x; });
    case step_kind::reduce_by_window:
      return windows(how, parent, [](const rows& x) { return x.empty() ? rows{} : rows{sum(x)}; });
    case step_kind::reduce_by_window_inverse: return reduce_with_inverse(how, parent);
    case step_kind::count_by_window:
      return windows_with_inverse(how, with_one_key(parent, [](const row&) { return 1; }), always);
    case step_kind::count_by_value_and_window: return windows(how, parent, count_values);
    case step_kind::reduce_by_key_and_window:
      return windows(how, parent,
                     [](const rows& x) { return each_key(x, [](const auto& values) { return sum(values); }); });
    case step_kind::reduce_by_key_and_window_inverse: return windows_with_inverse(how, parent, always);
    case step_kind::reduce_by_key_and_window_filter:
      return windows_with_inverse(how, parent, [a](std::int64_t x) { return is_kept_value(x, a); });
    case step_kind::group_by_key_and_window:
      return windows(how, parent,
                     [](const rows& x) { return each_key(x, [](const auto& values) { return fold(values); }); });
    case step_kind::update_state_by_key: return update_state(how, parent);
    default: break;
  }
  history result;
  for (std::size_t i = 0; i < parent.size(); ++i)
    if (parent[i])
      result.emplace_back(evaluate_batch(how, *parent[i], parents.size() > 1 ? *(*parents[1])[i] : rows{}));
    else
      result.emplace_back();
  return result;
}

} // namespace sluice::test
