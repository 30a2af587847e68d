// SPDX-License-Identifier: BSD-3-Clause
//
// Functions that do not fit, one an operator: `check.py` compiles this and reads what the compiler says. A line with
// "expect:" says which words must come among the first of the errors for the operator on the line after it.
#include <functional>
#include <string>
#include <utility>

#include <sluice/operators/stream/dstream.hpp>

using namespace std::chrono_literals;

struct apple {};

struct says_nothing {
  void on_record(std::string_view, auto&) {}
};

struct takes_apples {
  using emits = int;
  void on_record(apple, auto&) {}
};

struct forgets_the_time {
  using emits = int;
  void on_record(std::string_view, auto&) {}
  void on_batch_end(auto&) {}
};

void compose(const sluice::dstream<std::string_view>& lines,
             const sluice::dstream<std::pair<std::string_view, int>>& pairs) {
  // expect: map: the function cannot be called with this stream's records
  lines.map([](apple) { return 1; });
  // expect: filter: the function cannot be called with this stream's records, or does not return a bool
  lines.filter([](std::string_view) { return apple{}; });
  // expect: flat_map: the function cannot be called with this stream's records
  lines.flat_map([](apple) { return std::string{}; });
  // expect: apply: the operator does not say what it emits; give it a public `using emits = X;`
  lines.apply(says_nothing{});
  // expect: apply: the operator has no public on_record(record, emit) that takes this stream's records
  lines.apply(takes_apples{});
  // expect: apply: the operator's on_batch_end cannot be called as on_batch_end(batch_time, emit)
  lines.apply(forgets_the_time{});
  // expect: write_to: the output has no public on_batch(rdd, batch_time) that takes this stream's datasets
  lines.write_to(apple{});
  // expect: map_values: the function cannot be called with the values
  pairs.map_values([](apple) { return 1; });
  // expect: reduce_by_key: the function cannot be called as value f(value, value)
  pairs.reduce_by_key([](apple, apple) { return 1; });
  // expect: reduce_by_key_and_window: the function cannot be called as value f(value, value)
  pairs.reduce_by_key_and_window([](apple, apple) { return 1; }, 2s);
  // expect: foreach_rdd: the function cannot be called as f(rdd) or f(rdd, time)
  lines.foreach_rdd([](apple) {});
  // expect: transform: the function cannot be called as f(rdd) or f(rdd, time)
  lines.transform([](apple) { return 1; });
  // expect: join: the streams have different key types
  pairs.join(pairs.map([](const auto& x) { return std::pair{x.second, x.second}; }));
  // expect: partitioner: the function cannot be called with the keys, or returns no integer
  pairs.partition_by(sluice::partitioner{"by apple", 2, [](apple) { return 1; }});
  // expect: partitioner: the function cannot be called with the keys, or returns no integer
  pairs.reduce_by_key(std::plus<>{}, sluice::partitioner{"by text", 2, [](std::string_view key) { return key; }});
  // expect: the partitions are neither a number nor a partitioner
  pairs.group_by_key([](std::string_view) { return 1; });
}
