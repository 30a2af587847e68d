// SPDX-License-Identifier: BSD-3-Clause
#include "random_program.hpp"

#include <algorithm>
#include <array>
#include <random>
#include <set>
#include <string_view>

#include "naive_streams.hpp"

namespace sluice::test {

namespace {

constexpr std::size_t most_rows = 150; ///< of a batch; joins of joins would grow without end

/// What an operator takes and gives.
struct kind_info {
  step_kind kind;
  std::string_view name;
  std::optional<shape> takes; ///< any if it does not say
  std::optional<shape> gives; ///< the same if it does not say
  std::size_t parents = 1;
  bool has_window = false;
  bool has_partitions = false;
};

constexpr auto numbers = shape::numbers;
constexpr auto pairs = shape::pairs;
constexpr std::nullopt_t any = std::nullopt;
constexpr std::nullopt_t same = std::nullopt;

constexpr std::array kinds{
    kind_info{step_kind::map, "map", any, same},
    kind_info{step_kind::flat_map, "flat_map", any, same},
    kind_info{step_kind::filter, "filter", any, same},
    kind_info{step_kind::union_with, "union_with", any, same, 2},
    kind_info{step_kind::count, "count", any, numbers},
    kind_info{step_kind::reduce, "reduce", any, same},
    kind_info{step_kind::count_by_value, "count_by_value", any, pairs, 1, false, true},
    kind_info{step_kind::repartition, "repartition", any, same, 1, false, true},
    kind_info{step_kind::map_partitions, "map_partitions", any, same},
    kind_info{step_kind::glom, "glom", any, same},
    kind_info{step_kind::transform, "transform", any, same},
    kind_info{step_kind::transform_with, "transform_with", any, same, 2},
    kind_info{step_kind::to_pairs, "to_pairs", numbers, pairs},
    kind_info{step_kind::to_numbers, "to_numbers", pairs, numbers},
    kind_info{step_kind::map_values, "map_values", pairs, pairs},
    kind_info{step_kind::flat_map_values, "flat_map_values", pairs, pairs},
    kind_info{step_kind::partition_by, "partition_by", pairs, pairs, 1, false, true},
    kind_info{step_kind::reduce_by_key, "reduce_by_key", pairs, pairs, 1, false, true},
    kind_info{step_kind::group_by_key, "group_by_key", pairs, pairs, 1, false, true},
    kind_info{step_kind::combine_by_key, "combine_by_key", pairs, pairs, 1, false, true},
    kind_info{step_kind::cogroup, "cogroup", pairs, pairs, 2, false, true},
    kind_info{step_kind::join, "join", pairs, pairs, 2, false, true},
    kind_info{step_kind::left_outer_join, "left_outer_join", pairs, pairs, 2, false, true},
    kind_info{step_kind::right_outer_join, "right_outer_join", pairs, pairs, 2, false, true},
    kind_info{step_kind::full_outer_join, "full_outer_join", pairs, pairs, 2, false, true},
    kind_info{step_kind::update_state_by_key, "update_state_by_key", pairs, pairs, 1, false, true},
    kind_info{step_kind::window, "window", any, same, 1, true},
    kind_info{step_kind::reduce_by_window, "reduce_by_window", any, same, 1, true},
    kind_info{step_kind::reduce_by_window_inverse, "reduce_by_window with inverse", any, same, 1, true},
    kind_info{step_kind::count_by_window, "count_by_window", any, numbers, 1, true},
    kind_info{step_kind::count_by_value_and_window, "count_by_value_and_window", any, pairs, 1, true, true},
    kind_info{step_kind::reduce_by_key_and_window, "reduce_by_key_and_window", pairs, pairs, 1, true, true},
    kind_info{step_kind::reduce_by_key_and_window_inverse, "reduce_by_key_and_window with inverse", pairs, pairs, 1,
              true, true},
    kind_info{step_kind::reduce_by_key_and_window_filter, "reduce_by_key_and_window with inverse and filter", pairs,
              pairs, 1, true, true},
    kind_info{step_kind::group_by_key_and_window, "group_by_key_and_window", pairs, pairs, 1, true, true},
};

class generator {
public:
  explicit generator(std::uint64_t seed) : random_{seed} {}

  random_program make() {
    program_.batches = 3 + below(6);
    for (auto n = 1 + below(3); n-- != 0;)
      add_input();
    const auto wanted = program_.streams.size() + 2 + below(9);
    for (int tries = 0; tries < 400 && program_.streams.size() < wanted; ++tries)
      try_step(kinds[below(kinds.size())]);
    choose_outputs();
    return std::move(program_);
  }

private:
  std::size_t below(std::size_t n) { return random_() % n; }
  std::int64_t number_below(std::size_t n) { return static_cast<std::int64_t>(below(n)); }

  void add_input() {
    random_stream result;
    result.how.gives = below(2) == 0 ? numbers : pairs;
    const auto has_gaps = below(4) == 0;
    for (std::size_t i = 0; i < program_.batches; ++i) {
      auto& batch = result.expected.emplace_back();
      if (has_gaps && below(3) == 0)
        continue;
      batch.emplace();
      for (auto n = below(4) == 0 ? 0 : below(12); n-- != 0;)
        batch->emplace_back(result.how.gives == pairs ? number_below(5) : 0, number_below(10));
    }
    program_.streams.push_back(std::move(result));
  }

  /// Any stream of this shape, if there is one; of late ones rather.
  std::optional<std::size_t> choose(std::optional<shape> takes) {
    std::vector<std::size_t> fitting;
    for (std::size_t i = 0; i < program_.streams.size(); ++i)
      if (!takes || program_.streams[i].how.gives == *takes)
        fitting.push_back(i);
    if (fitting.empty())
      return std::nullopt;
    return fitting[std::max(below(fitting.size()), below(fitting.size()))];
  }

  /// Streams go together if they have a dataset at the same times.
  bool match(const random_stream& a, const random_stream& b) {
    return a.how.slide == b.how.slide && std::ranges::equal(a.expected, b.expected, [](const auto& x, const auto& y) {
             return x.has_value() == y.has_value();
           });
  }

  void try_step(const kind_info& kind) {
    const auto parent = choose(kind.takes);
    if (!parent)
      return;
    const auto& from = program_.streams[*parent];
    random_stream result;
    auto& how = result.how;
    how.kind = kind.kind;
    how.parents = {*parent};
    how.gives = kind.gives.value_or(from.how.gives);
    how.slide = from.how.slide;
    how.a = number_below(4);
    if (kind.has_partitions && (below(2) == 0 || kind.kind == step_kind::repartition))
      how.partitions = static_cast<std::uint32_t>(1 + below(3));
    how.by_remainder = how.partitions && kind.takes == pairs && below(2) == 0;
    if (kind.parents == 2) {
      const auto other = choose(from.how.gives);
      if (!match(from, program_.streams[*other]))
        return;
      how.parents.push_back(*other);
    }
    if (kind.has_window) {
      how.length = from.how.slide * (1 + number_below(4));
      how.slide = from.how.slide * (below(2) == 0 ? 1 : 1 + number_below(4));
    }
    std::vector<const history*> parents;
    for (const auto i : how.parents)
      parents.push_back(&program_.streams[i].expected);
    result.expected = evaluate(how, parents);
    if (std::ranges::none_of(result.expected, [](const auto& batch) { return batch && batch->size() > most_rows; }))
      program_.streams.push_back(std::move(result));
  }

  /// All streams, or those that no other is made of and some.
  void choose_outputs() {
    const auto all = below(2) == 0;
    for (auto& x : program_.streams)
      x.is_output = true;
    if (all)
      return;
    for (const auto& x : program_.streams)
      for (const auto parent : x.how.parents)
        program_.streams[parent].is_output = false;
    for (auto& x : program_.streams)
      x.is_output |= below(5) == 0;
  }

  std::mt19937_64 random_;
  random_program program_;
};

std::string describe_step(const random_stream& x, std::size_t index) {
  const auto* const kind = std::ranges::find(kinds, x.how.kind, &kind_info::kind);
  auto result = 's' + std::to_string(index) + " = " + (kind == kinds.end() ? "input" : std::string{kind->name}) + '(';
  for (const auto parent : x.how.parents)
    result += 's' + std::to_string(parent) + ", ";
  if (x.how.length != 0)
    result += "length " + std::to_string(x.how.length) + ", ";
  result += "slide " + std::to_string(x.how.slide) + ", a " + std::to_string(x.how.a);
  if (x.how.partitions)
    result += ", partitions " + std::to_string(*x.how.partitions) + (x.how.by_remainder ? " by remainder" : "");
  return result + (x.how.gives == numbers ? ") of numbers" : ") of pairs") + (x.is_output ? ", an output" : "");
}

} // namespace

random_program make_program(std::uint64_t seed) { return generator{seed}.make(); }

std::string describe(const random_program& program, std::size_t stream) {
  std::set<std::size_t> needed{stream};
  for (auto i = stream + 1; i-- != 0;)
    if (needed.contains(i))
      needed.insert(program.streams[i].how.parents.begin(), program.streams[i].how.parents.end());
  std::string result;
  for (const auto i : needed) {
    const auto& x = program.streams[i];
    result += describe_step(x, i) + (x.how.parents.empty() ? ": " + describe(x.expected) : "") + '\n';
  }
  return result;
}

std::string describe(const history& content) {
  std::string result;
  for (const auto& batch : content) {
    if (!batch) {
      result += "- ";
      continue;
    }
    auto sorted = *batch;
    std::ranges::sort(sorted);
    result += '{';
    for (const auto& [key, value] : sorted)
      result += '(' + std::to_string(key) + ' ' + std::to_string(value) + ')';
    result += "} ";
  }
  return result;
}

} // namespace sluice::test
