// SPDX-License-Identifier: BSD-3-Clause
//
// Sums kept with map_with_state, and the same over a std::map.
#pragma once

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "../support/pipeline.hpp"

namespace sluice::test {

using input_pair = std::pair<std::string_view, int>;
using emitted_pair = std::pair<std::string_view, std::int64_t>;
using emitted = std::vector<std::pair<std::string, std::int64_t>>;
using states = std::map<std::string, std::int64_t>;

inline constexpr int look = 0;
inline constexpr int forget = 1000;

/// Adds up the values of a key. Emits (key, value), and (key, minus its sum) when it times out.
inline emitted_pair add_up(const std::string_view& key, const std::optional<int>& value, state<std::int64_t>& sum) {
  if (sum.is_timing_out())
    return {key, value ? forget : -sum.get()};
  if (*value == forget)
    sum.remove();
  else if (*value != look)
    sum.update(sum.get_option().value_or(0) + *value);
  return {key, *value};
}

struct batch_of_input {
  std::vector<std::pair<std::string, int>> records;
  bool has_dataset = true;
};

/// Keys of many ages. What a batch does with one key does not depend on the order: that is not the same everywhere.
inline std::vector<batch_of_input> random_input(std::mt19937_64& random, std::size_t batches) {
  std::vector<batch_of_input> result(batches);
  for (auto& batch : result) {
    batch.has_dataset = random() % 5 != 0;
    if (!batch.has_dataset || random() % 5 == 0)
      continue;
    for (std::size_t k = random() % 20; k != 0; --k) {
      const auto key = "key " + std::to_string(k * k) + std::string(k % 2 * 20, '.');
      if (const auto what = random() % 10; what == 0)
        batch.records.emplace_back(key, forget);
      else if (what == 1)
        batch.records.emplace_back(key, look);
      else if (what < 6)
        for (std::size_t n = random() % 4 + 1; n != 0; --n)
          batch.records.emplace_back(key, static_cast<int>(random() % 5));
    }
    std::ranges::shuffle(batch.records, random);
  }
  return result;
}

/// What map_with_state is to do, over a std::map.
struct model {
  std::optional<std::int64_t> timeout;                                    ///< ms
  std::map<std::string, std::pair<std::int64_t, std::int64_t>> sums = {}; ///< and when they were touched

  emitted run(std::int64_t t, const batch_of_input& batch) {
    emitted result;
    for (const auto& [key, value] : batch.records) {
      result.emplace_back(key, value);
      if (value == forget)
        sums.erase(key);
      else if (value != look)
        sums[key].first += value;
      if (sums.contains(key))
        sums[key].second = t;
    }
    for (auto i = sums.begin(); i != sums.end();) {
      const auto [key, x] = *i++;
      if (timeout && x.second < t - *timeout) {
        result.emplace_back(key, -x.first);
        sums.erase(key);
      }
    }
    std::ranges::sort(result);
    return result;
  }

  states now() const {
    states result;
    for (const auto& [key, x] : sums)
      result.emplace(key, x.first);
    return result;
  }
};

template <class Spec>
struct program {
  explicit program(const Spec& spec)
      : mapped{in.map_with_state(spec).named("sums")}, out{collect(mapped)},
        snapshots{collect(mapped.state_snapshots())} {}

  emitted emitted_at(std::int64_t t) const {
    auto result = out->at(t);
    std::ranges::sort(result);
    return result;
  }

  states states_at(std::int64_t t) const {
    const auto& records = snapshots->at(t);
    states result(records.begin(), records.end());
    BOOST_REQUIRE_EQUAL(result.size(), records.size());
    return result;
  }

  composing composed;
  dstream<input_pair> in = composed.input<input_pair>();
  mapped_stream<emitted_pair, std::string_view, std::int64_t> mapped;
  std::shared_ptr<batches<emitted_pair>> out;
  std::shared_ptr<batches<emitted_pair>> snapshots;
};

inline auto sums_with(std::optional<std::int64_t> timeout) {
  const auto spec = state_spec<std::int64_t>(add_up);
  return timeout ? spec.timeout(duration{*timeout}) : spec;
}

template <class Program>
batch_time feed(pipeline& run, const Program& p, const batch_of_input& batch) {
  run.feed(p.in, 0, std::vector<input_pair>(batch.records.begin(), batch.records.end()));
  return run.cut(batch.has_dataset ? std::set<std::uint32_t>{} : std::set<std::uint32_t>{0});
}

/// No timeout; some between batch times, and some that are batch times.
inline std::optional<std::int64_t> some_timeout(std::uint64_t seed) {
  constexpr std::array<std::int64_t, 5> timeouts{0, 1000, 1500, 2000, 4999};
  const auto result = timeouts[seed % timeouts.size()];
  return result == 0 ? std::nullopt : std::optional{result};
}

/// One partition that runs batch by batch.
template <class Program>
struct one_partition {
  explicit one_partition(const Program& p, pipeline::options how = {}) : program{p}, run{p.composed, how} {}

  emitted operator()(std::vector<std::pair<std::string, int>> records, bool has_dataset = true) {
    const auto t = feed(run, program, {std::move(records), has_dataset});
    run.run();
    return program.emitted_at(t.ms());
  }

  const Program& program;
  pipeline run;
};

} // namespace sluice::test
