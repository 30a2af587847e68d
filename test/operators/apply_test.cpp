// SPDX-License-Identifier: BSD-3-Clause
//
// Operators and outputs of the user's own: what they are called with, in which order, and what is said when they throw.
#include <memory>
#include <numeric>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "../support/pipeline.hpp"

using namespace sluice;
using test::pipeline;

namespace {

std::vector<int> numbers(int n) {
  std::vector<int> result(static_cast<std::size_t>(n));
  std::iota(result.begin(), result.end(), 0);
  return result;
}

/// Twice each number that is no multiple of three.
struct doubled {
  using emits = std::int64_t;

  void on_record(int x, auto& emit) const {
    if (x % 3 != 0)
      for (auto i = 0; i < 2; ++i)
        emit(x);
  }
};

/// Each number with how many there were before it; at the end of the batch its time and the number of all. Its emitter
/// has a type that can be named.
class numbered {
public:
  using emits = std::pair<std::int64_t, std::int64_t>;

  void on_record(int x, emitter<emits>& emit) { emit({x, seen_++}); }
  void on_batch_end(batch_time t, emitter<emits>& emit) { emit({t.ms(), seen_}); }

private:
  std::int64_t seen_ = 0;
};

/// All texts of a batch in one, of which it emits views.
class joined {
public:
  using emits = std::string_view;

  void on_record(std::string_view x, auto& /*emit*/) { text_.append(x); }

  void on_batch_end(batch_time, auto& emit) {
    for (std::size_t i = 0; i + 2 <= text_.size(); i += 2)
      emit(std::string_view{text_}.substr(i, 2));
  }

private:
  std::string text_;
};

struct unlucky {
  using emits = int;
  static constexpr auto kind = "unlucky";

  void on_record(int x, auto& emit) const {
    if (x == 13)
      throw std::invalid_argument{"boom"};
    emit(x);
  }
};

struct unlucky_at_the_end : unlucky {
  const std::string kind = "omen";

  static void on_batch_end(batch_time, auto& /*emit*/) { throw std::invalid_argument{"late"}; }
};

/// Notes what it is called with. Not copyable.
class journal {
public:
  using entries = std::vector<std::pair<std::int64_t, std::vector<int>>>;

  explicit journal(entries& to, int starts_that_fail = 0)
      : to_{std::make_unique<entries*>(&to)}, starts_that_fail_{starts_that_fail} {}

  void on_start() {
    (*to_)->emplace_back(0, std::vector<int>{});
    if (starts_that_fail_-- > 0)
      throw std::runtime_error{"no journal"};
  }

  void on_batch(const rdd<int>& records, batch_time t) { (*to_)->emplace_back(t.ms(), records.collect()); }

private:
  std::unique_ptr<entries*> to_;
  int starts_that_fail_;
};

struct full_disk {
  static constexpr auto kind = "full_disk";
  static void on_batch(const auto& /*records*/, batch_time) { throw std::runtime_error{"no space"}; }
};

/// What is said of a batch of these records.
template <class Compose>
std::string failure_of(Compose compose, const std::vector<int>& records) {
  test::composing program;
  const auto in = program.input<int>();
  compose(in);
  pipeline run{program};
  run.feed(in, 0, records);
  try {
    run.run_batch();
  } catch (const operator_failure& e) {
    return e.what();
  }
  return "nothing";
}

void use(const auto& stream) {
  stream.foreach_rdd([](const auto&) {});
}

const std::string here = "batch 1000 ms, partition 0: ";

} // namespace

BOOST_AUTO_TEST_SUITE(apply)

BOOST_AUTO_TEST_CASE(any_number_of_records_keep_their_order_on_any_number_of_partitions) {
  for (const auto n : {0, 1, 1023, 1024, 1025, 5000})
    for (const std::uint32_t partitions : {1, 2, 3}) {
      test::composing program;
      const auto in = program.input<int>();
      const auto out = test::collect(in.apply(doubled{}).map([](std::int64_t x) { return x + 1; }));
      pipeline run{program, {.partitions = partitions, .block_records = 7}};
      run.feed(in, 0, numbers(n));
      const auto t = run.run_batch();
      std::vector<std::int64_t> expected;
      for (std::uint32_t p = 0; p < partitions; ++p)
        for (auto x = 0; x < n; ++x)
          if (static_cast<std::uint32_t>(x / 7) % partitions == p && x % 3 != 0)
            expected.insert(expected.end(), 2, x + 1);
      BOOST_TEST((out->at(t.ms()) == expected), n << " records, " << partitions << " partitions");
    }
}

BOOST_AUTO_TEST_CASE(at_the_end_of_a_batch_each_partition_emits_behind_its_records) {
  using pairs = std::vector<std::pair<std::int64_t, std::int64_t>>;
  test::composing program;
  const auto in = program.input<int>();
  const auto out = test::collect(in.apply(numbered{}));
  pipeline run{program, {.partitions = 2, .block_records = 2}};
  run.feed(in, 0, numbers(5));
  run.run_batch();
  run.run_batch();
  BOOST_TEST((out->at(1000) == pairs{{0, 0}, {1, 1}, {4, 2}, {1000, 3}, {2, 0}, {3, 1}, {1000, 2}}));
  BOOST_TEST((out->at(2000) == pairs{{2000, 0}, {2000, 0}}));
}

BOOST_AUTO_TEST_CASE(batches_that_overtake_each_other_do_not_see_each_other) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    test::composing program;
    const auto in = program.input<int>();
    const auto count = [](const std::pair<std::int64_t, std::int64_t>& x) { return x.first >= 1000; };
    const auto out = test::collect(in.repartition(2)
                                       .apply(numbered{})
                                       .filter(count)
                                       .map([](const auto& x) { return x.second; })
                                       .reduce(std::plus<>{}));
    pipeline run{program, {.partitions = 3, .seed = seed, .block_records = 3}};
    for (const auto n : {50, 7, 20}) {
      run.feed(in, 0, numbers(n));
      run.cut();
    }
    run.run();
    BOOST_TEST((out->at(1000) == std::vector<std::int64_t>{50}));
    BOOST_TEST((out->at(2000) == std::vector<std::int64_t>{7}));
    BOOST_TEST((out->at(3000) == std::vector<std::int64_t>{20}));
  }
}

BOOST_AUTO_TEST_CASE(what_it_emits_at_the_end_may_point_into_it) {
  test::composing program;
  const auto in = program.input<std::string_view>();
  const auto out = test::collect(in.apply(joined{}).map([](std::string_view x) { return x; }));
  pipeline run{program};
  run.feed(in, 0, std::vector<std::string>{"to be ", "or not"});
  run.run_batch();
  BOOST_TEST((out->at(1000) == std::vector<std::string>{"to", " b", "e ", "or", " n", "ot"}));
}

BOOST_AUTO_TEST_CASE(a_failure_names_the_operator_and_the_record) {
  BOOST_TEST(failure_of([](const auto& in) { use(in.apply(unlucky{})); }, {1, 13, 2})
             == here + "unlucky#1 failed: boom; record: 13");
  BOOST_TEST(failure_of([](const auto& in) { use(in.apply(unlucky{}).named("strict")); }, {13})
             == here + "unlucky 'strict' failed: boom; record: 13");
  BOOST_TEST(failure_of([](const auto& in) { use(in.apply(unlucky_at_the_end{})); }, {1})
             == here + "omen#1 failed: late");
  BOOST_TEST(failure_of(
                 [](const auto& in) {
                   use(in.apply(doubled{}).apply(doubled{}).map(
                       [](std::int64_t) -> int { throw std::runtime_error{"not mine"}; }));
                 },
                 {1})
             == here + "map#3 failed: not mine; record: 1");
}

BOOST_AUTO_TEST_CASE(a_batch_that_failed_leaves_nothing_in_the_next) {
  test::composing program;
  const auto in = program.input<int>();
  const auto out = test::collect(in.apply(unlucky{}).apply(numbered{}).map([](const auto& x) { return x.second; }));
  pipeline run{program, {.on_error = error_policy::skip_batch}};
  run.feed(in, 0, std::vector{1, 2});
  run.feed(in, 0, std::vector{13});
  run.run_batch();
  run.feed(in, 0, std::vector{3});
  run.run_batch();
  BOOST_TEST(!out->contains(1000));
  BOOST_TEST((out->at(2000) == std::vector<std::int64_t>{0, 1}));
}

BOOST_AUTO_TEST_CASE(a_record_that_it_cannot_take_is_a_dead_letter) {
  test::composing program;
  const auto in = program.input<int>();
  const auto stream = in.apply(unlucky{});
  const auto out = test::collect(stream);
  const auto dead = test::collect(stream.dead_letters().map([](const dead_letter& x) { return x.error + x.record; }));
  pipeline run{program};
  run.feed(in, 0, std::vector{1, 13, 2});
  run.run_batch();
  BOOST_TEST((out->at(1000) == std::vector{1, 2}));
  BOOST_TEST((dead->at(1000) == std::vector<std::string>{"boom13"}));
}

BOOST_AUTO_TEST_CASE(an_output_is_started_once_and_gets_every_batch_in_order) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    journal::entries seen;
    test::composing program;
    const auto in = program.input<int>();
    in.write_to(journal{seen});
    pipeline run{program, {.partitions = 2, .seed = seed, .block_records = 2}};
    run.feed(in, 0, numbers(5));
    run.cut();
    run.cut();
    run.run();
    BOOST_TEST((seen == journal::entries{{0, {}}, {1000, {0, 1, 4, 2, 3}}, {2000, {}}}));
  }
}

BOOST_AUTO_TEST_CASE(an_output_that_cannot_start_is_started_again_with_the_next_batch) {
  journal::entries seen;
  test::composing program;
  const auto in = program.input<int>();
  in.write_to(journal{seen, 1});
  pipeline run{program, {.on_error = error_policy::skip_batch}};
  for (auto i = 0; i < 3; ++i) {
    run.feed(in, 0, std::vector{i});
    run.run_batch();
  }
  BOOST_TEST((seen == journal::entries{{0, {}}, {0, {}}, {2000, {1}}, {3000, {2}}}));
}

BOOST_AUTO_TEST_CASE(a_failure_names_the_output) {
  BOOST_TEST(failure_of([](const auto& in) { in.write_to(full_disk{}); }, {1})
             == here + "full_disk#1 failed: no space");
  BOOST_TEST(failure_of([](const auto& in) { in.save_as_text_files("/dev/null/x"); }, {1})
                 .starts_with(here + "save_as_text_files#1 failed: "));
}

BOOST_AUTO_TEST_SUITE_END()
