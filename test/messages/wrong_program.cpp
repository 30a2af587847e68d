// SPDX-License-Identifier: BSD-3-Clause
//
// Programs that do not fit, one a statement: `check.py` compiles this and reads what the compiler says. A line with
// "expect:" says which words must come among the first of the errors for the statement on the line after it, and
// "names:" before it which type they name.
#include <deque>
#include <functional>
#include <list>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <variant>

#include <sluice/operators/stream/dstream.hpp>

using namespace std::chrono_literals;

struct apple {};
struct fruit {
  int weight;
};
struct pear : fruit {
  int length;
};
class plum {
public:
  int weight() const { return weight_; }

private:
  int weight_ = 0;
};
struct cherry {
  cherry(int n) : stones{n} {}
  int stones;
};
struct branch {
  int length;
  int leaves[4];
};
struct label {
  const std::string& text;
};
struct handle {
  std::unique_ptr<int> owner;
};
struct chain {
  int* next;
};
struct tree {
  int n;
  std::vector<tree> branches;
};
struct orchard {
  std::vector<std::optional<pear>> pears;
};
struct wide {
  int a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, b0, b1, b2, b3, b4, b5, b6, b7, b8, b9;
  int c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, d0, d1, d2, d3, d4, d5, d6, d7, d8, d9;
  int e0, e1, e2, e3, e4, e5, e6, e7, e8, e9, f0, f1, f2, f3, f4, f5, f6, f7, f8, f9;
  int g0, g1, g2, g3, g4, g5, g6, g7, g8, g9, h0, h1, h2, h3, h4, h5, h6, h7, h8, h9;
  int i0, i1, i2, i3, i4, i5, i6, i7, i8, i9, j0, j1, j2, j3, j4, j5, j6, j7, j8, j9, k0;
};
enum weather { sunny, cloudy };

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
struct half_transactional {
  static constexpr auto guarantee = sluice::output_guarantee::transactional;
  std::optional<sluice::batch_time> begin(const sluice::output_id&) { return {}; }
  void write(std::span<const std::string_view>, const sluice::output_id&) {}
  void commit(const sluice::output_id&) {}
  void roll_back() {}
};
struct says_yes {
  static constexpr auto guarantee = true;
  void on_batch(const sluice::rdd<std::string_view>&, sluice::batch_time) {}
};

void compose(const sluice::dstream<std::string_view>& lines, const sluice::dstream<int>& numbers,
             const sluice::dstream<std::pair<std::string_view, int>>& pairs,
             const sluice::dstream<std::pair<std::string, int>>& owned_pairs) {
  // expect: map: the function cannot be called with this stream's records
  lines.map([](apple) { return 1; });
  // expect: filter: the function cannot be called with this stream's records, or does not return a bool
  lines.filter([](std::string_view) { return apple{}; });
  // expect: flat_map: the function cannot be called with this stream's records
  lines.flat_map([](apple) { return std::string{}; });
  // expect: flat_map: the function returns neither a range nor an optional
  lines.flat_map([](std::string_view) { return 1; });
  // names: says_nothing
  // expect: apply: the operator does not say what it emits; give it a public `using emits = X;`
  lines.apply(says_nothing{});
  // expect: apply: the operator has no public on_record(record, emit) that takes this stream's records
  lines.apply(takes_apples{});
  // expect: apply: the operator's on_batch_end cannot be called as on_batch_end(batch_time, emit)
  lines.apply(forgets_the_time{});
  // expect: write_to: the output has no public on_batch(rdd, batch_time), or on_batch(rdd, output_id), that takes
  lines.write_to(apple{});
  // expect: write_to: the output is transactional, and lacks one of these for this stream's records
  lines.write_to(half_transactional{});
  // names: says_yes
  // expect: write_to: the output's guarantee is no sluice::output_guarantee
  lines.write_to(says_yes{});
  // expect: for_each_partition: the function cannot be called as f(span), f(span, time) or f(span, id)
  lines.for_each_partition([](apple) {});
  // expect: map_values: the function cannot be called with the values
  pairs.map_values([](apple) { return 1; });
  // expect: flat_map_values: the function cannot be called with the values
  pairs.flat_map_values([](apple) { return std::string{}; });
  // expect: flat_map_values: the function does not return a range
  pairs.flat_map_values([](int) { return 1; });
  // expect: reduce_by_key: the function cannot be called as value f(value, value)
  pairs.reduce_by_key([](apple, apple) { return 1; });
  // expect: reduce_by_key: the function cannot be called as value f(value, value)
  pairs.reduce_by_key([](int, int) { return std::string{}; });
  // expect: reduce_by_key: the function returns a floating-point number, but the values are integers
  pairs.reduce_by_key([](int a, int b) { return 0.5 * (a + b); });
  // expect: reduce_by_key_and_window: the function returns a floating-point number, but the values are integers
  pairs.reduce_by_key_and_window([](int a, int b) { return 0.5 * (a + b); }, 2s);
  // expect: reduce_by_key: this is no stream of pairs
  lines.reduce_by_key(std::plus<>{});
  // expect: group_by_key: this is no stream of pairs
  lines.group_by_key();
  // expect: join: this is no stream of pairs
  lines.join(pairs);
  // expect: map_values: this is no stream of pairs
  lines.map_values([](int n) { return n; });
  // expect: map: the function cannot be copied
  lines.map([p = std::make_unique<int>(1)](std::string_view) { return *p; });
  // expect: filter: the function cannot be copied
  lines.filter([p = std::make_unique<bool>()](std::string_view) { return *p; });
  // expect: map_values: the function cannot be copied
  pairs.map_values([p = std::make_unique<int>(1)](int) { return *p; });
  // expect: reduce_by_key_and_window: the function cannot be called as value f(value, value)
  pairs.reduce_by_key_and_window([](apple, apple) { return 1; }, 2s);
  // expect: foreach_rdd: the function cannot be called as f(rdd), f(rdd, time) or f(rdd, id)
  lines.foreach_rdd([](apple) {});
  // expect: transform: the function cannot be called as f(rdd) or f(rdd, time)
  lines.transform([](apple) { return 1; });
  // expect: join: the streams have different key types
  pairs.join(pairs.map([](const auto& x) { return std::pair{x.second, x.second}; }));
  // expect: join: the streams have different key types, of which one owns its text and the other is a view
  pairs.join(owned_pairs);
  // expect: join: the streams have different key types, of which one owns its text and the other is a view
  owned_pairs.cogroup(pairs);
  // expect: partitioner: the function cannot be called with the keys, or returns no integer
  pairs.partition_by(sluice::partitioner{"by apple", 2, [](apple) { return 1; }});
  // expect: partitioner: the function cannot be called with the keys, or returns no integer
  pairs.reduce_by_key(std::plus<>{}, sluice::partitioner{"by text", 2, [](std::string_view key) { return key; }});
  // expect: the partitions are neither a number nor a partitioner
  pairs.group_by_key([](std::string_view) { return 1; });
  // expect: update_state_by_key: the state outlives every batch
  pairs.update_state_by_key([](std::span<const int>, std::optional<std::set<std::string_view>> s) { return s; });
  // expect: update_state_by_key: the last parameter of the function is not a std::optional<S>
  pairs.update_state_by_key([](std::span<const int>, int s) { return s; });
  // expect: update_state_by_key: the function cannot be called as
  pairs.update_state_by_key([](apple, std::optional<int> s) { return s; });
  // expect: map_with_state: takes a sluice::state_spec<S>(f)
  pairs.map_with_state([](int) { return 1; });

  // names: pear
  // expect: a struct with a base class cannot be a record: make the base its first field
  numbers.map([](int) { return pear{}; });
  // names: plum
  // expect: this class cannot be part of a record: it has a constructor, a private member or a virtual function
  numbers.map([](int) { return plum{}; });
  // names: cherry
  // expect: this class cannot be part of a record: it has a constructor, a private member or a virtual function
  numbers.map([](int n) { return cherry{n}; });
  // names: branch
  // expect: a record cannot hold a C array: use std::array
  numbers.map([](int) { return branch{}; });
  // names: label
  // expect: a record cannot hold references
  lines.map([](std::string_view x) { return label{std::string{x}}; });
  // names: int&
  // expect: a record cannot hold references
  numbers.map([](int n) { return std::pair<int&, int>{n, n}; });
  // names: wide
  // expect: a struct in a record has at most 100 fields
  numbers.map([](int) { return wide{}; });
  // names: apple
  // expect: a struct, tuple or array without fields cannot be a record: use bool
  numbers.map([](int) { return apple{}; });
  // names: std::unique_ptr<int>
  // expect: a record cannot hold a smart pointer
  numbers.map([](int n) { return std::make_unique<int>(n); });
  // names: std::unique_ptr<int>
  // expect: a record cannot hold a smart pointer
  numbers.map([](int) { return handle{}; });
  // names: int*
  // expect: a record cannot hold a pointer or C array
  numbers.map([](int) { return chain{}; });
  // names: const char*
  // expect: a record cannot hold a pointer or C array
  numbers.map([](int) { return "text"; });
  // names: tree
  // expect: a record cannot contain itself
  numbers.map([](int) { return tree{}; });
  // names: pear
  // expect: a struct with a base class cannot be a record: make the base its first field
  numbers.map([](int) { return orchard{}; });
  // names: weather
  // expect: an enum in a record needs an underlying type
  numbers.map([](int) { return sunny; });
  // names: long double
  // expect: a record's number has at most 8 bytes
  numbers.map([](int n) { return static_cast<long double>(n); });
  // names: std::__cxx11::list<int>
  // expect: this container cannot be part of a record
  numbers.map([](int n) { return std::list<int>{n}; });
  // names: std::array<int, 1000>
  // expect: a std::array in a record has at most 256 elements
  numbers.map([](int) { return std::array<int, 1000>{}; });
  // names: std::variant<int, cherry>
  // expect: what may be missing in a record
  numbers.map([](int n) { return std::variant<int, cherry>{n}; });
  // names: void
  // expect: this type cannot be part of a record
  numbers.map([](int) {});
}
