// SPDX-License-Identifier: BSD-3-Clause
//
// Random programs of all operators, compared with a naive evaluation, stream by stream and batch by batch: whatever
// the number of partitions is, and in whatever order messages of different senders arrive.
#include <algorithm>
#include <limits>
#include <map>
#include <random>
#include <set>

#include <boost/test/unit_test.hpp>

#include <sluice/testkit/pipeline.hpp>

#include <support/environment.hpp>

#include "row_streams.hpp"

using namespace sluice;
using namespace sluice::test;

namespace {

struct setting {
  std::uint32_t partitions = 1;
  std::uint64_t order = 0;                                         ///< see pipeline::options::seed
  std::size_t lives_for = std::numeric_limits<std::size_t>::max(); ///< batches before it dies and recovers
};

/// The streams of a program with what their outputs saw.
struct composed {
  testkit::composing program;
  std::vector<row_stream> streams;
  std::vector<history> seen;
};

template <class T>
rows to_rows(const rdd<T>& records) {
  rows result;
  records.for_each([&result](const T& x) {
    if constexpr (std::same_as<T, row>)
      result.push_back(x);
    else
      result.emplace_back(0, x);
  });
  return result;
}

row_stream add_input(testkit::composing& program, shape gives) {
  if (gives == shape::pairs)
    return program.input<row>();
  return program.input<std::int64_t>();
}

void add_output(const row_stream& stream, history& seen) {
  std::visit(
      [&seen](const auto& s) {
        using record_type = typename std::remove_cvref_t<decltype(s)>::record_type;
        s.foreach_rdd([&seen](const rdd<record_type>& records, batch_time t) {
          seen.at(static_cast<std::size_t>(t.ms() / 1000 - 1)) = to_rows(records);
        });
      },
      stream);
}

/// `result` must stay where it is: its outputs write to it.
void compose(const random_program& from, composed& result) {
  result.seen.assign(from.streams.size(), history(from.batches));
  for (std::size_t i = 0; i < from.streams.size(); ++i) {
    const auto& how = from.streams[i].how;
    if (how.parents.empty())
      result.streams.push_back(add_input(result.program, how.gives));
    else
      result.streams.push_back(
          make_stream(how, result.streams[how.parents.front()], result.streams[how.parents.back()]));
    if (from.streams[i].is_output)
      add_output(result.streams[i], result.seen[i]);
  }
}

void feed(testkit::pipeline& run, const random_program& from, const composed& to, std::size_t t) {
  std::set<std::uint32_t> without;
  for (std::uint32_t i = 0; i < from.streams.size() && from.streams[i].how.parents.empty(); ++i) {
    const auto& batch = from.streams[i].expected[t];
    if (!batch) {
      without.insert(i);
    } else if (from.streams[i].how.gives == shape::pairs) {
      run.feed(std::get<pair_stream>(to.streams[i]), i, *batch);
    } else {
      std::vector<std::int64_t> numbers;
      for (const auto& [key, value] : *batch)
        numbers.push_back(value);
      run.feed(std::get<number_stream>(to.streams[i]), i, numbers);
    }
  }
  run.cut(without);
}

void sort_batches(history& content) {
  for (auto& batch : content)
    if (batch)
      std::ranges::sort(*batch);
}

/// Feeds and runs the batches from `first` to before `last`.
void run_batches(testkit::pipeline& pipeline, const random_program& program, const composed& streams,
                 std::uint64_t order, std::size_t first, std::size_t last) {
  std::mt19937_64 random{order};
  for (auto t = first; t < last; ++t) {
    feed(pipeline, program, streams, t);
    if (order % 2 == 0)
      pipeline.run();
    else
      pipeline.run_some(random() % 50);
  }
  pipeline.run();
}

testkit::pipeline::options options_for(const setting& how, std::size_t first, bool recovers) {
  return {.partitions = how.partitions,
          .seed = how.order,
          .block_records = 1 + how.order % 4,
          .first = batch_time{static_cast<std::int64_t>(first + 1) * 1000},
          .zero = recovers ? std::optional{batch_time{0}} : std::nullopt};
}

/// Runs a program, and returns what is wrong; empty if nothing is. It dies after `how.lives_for` batches, if it lives
/// so long, and continues with the state that it committed.
std::string run(const random_program& program, const setting& how) {
  composed streams;
  compose(program, streams);
  testkit::pipeline pipeline{streams.program, options_for(how, 0, false)};
  const auto death = std::min(how.lives_for, program.batches);
  run_batches(pipeline, program, streams, how.order, 0, death);
  if (death != program.batches) {
    composed next;
    compose(program, next);
    testkit::pipeline recovered{next.program, options_for(how, death, true)};
    recovered.restore(pipeline.updates(), batch_time{static_cast<std::int64_t>(death) * 1000});
    run_batches(recovered, program, next, how.order, death, program.batches);
    for (std::size_t i = 0; i < program.streams.size(); ++i)
      std::ranges::move(next.seen[i].begin() + static_cast<std::ptrdiff_t>(death), next.seen[i].end(),
                        streams.seen[i].begin() + static_cast<std::ptrdiff_t>(death));
  }
  for (std::size_t i = 0; i < program.streams.size(); ++i) {
    if (!program.streams[i].is_output)
      continue;
    auto expected = program.streams[i].expected;
    sort_batches(expected);
    sort_batches(streams.seen[i]);
    if (streams.seen[i] != expected)
      return describe(program, i) + "expected " + describe(expected) + "\nbut saw  " + describe(streams.seen[i]);
  }
  return {};
}

bool check(std::uint64_t seed, const setting& how) {
  const auto program = make_program(seed);
  std::string problem;
  try {
    problem = run(program, how);
  } catch (const std::exception& e) {
    problem = describe(program, program.streams.size() - 1) + "it throws: " + e.what();
  }
  BOOST_TEST(problem.empty(), "seed " << seed << ", " << how.partitions << " partitions, order " << how.order
                                      << ", dies after " << how.lives_for << ":\n"
                                      << problem);
  return problem.empty();
}

/// `few`, or as many for each of SLUICE_TEST_SEEDS as the fifty that are asked for by default stand for.
std::uint64_t seeds(std::uint64_t few) {
  return std::max(few, number_from_environment("SLUICE_TEST_SEEDS", 50) * few / 50);
}

/// Tries many programs; gives up after a few that are wrong.
template <class How>
void try_programs(std::uint64_t few, How how) {
  for (std::uint64_t seed = 0, wrong = 0; seed < seeds(few) && wrong < 3; ++seed)
    if (const std::optional<setting> chosen = how(seed))
      wrong += check(seed, *chosen) ? 0 : 1;
}

/// Whether a program goes on after a crash as if there had been none. A state without keys does not know then whether
/// its parent ever had a dataset.
bool survives_a_crash(const random_program& program) {
  return std::ranges::all_of(program.streams, [](const auto& x) {
    return x.how.kind != step_kind::update_state_by_key || x.expected.front();
  });
}

} // namespace

BOOST_AUTO_TEST_SUITE(random_topologies)

BOOST_AUTO_TEST_CASE(every_stream_has_what_a_naive_evaluation_gives) {
  try_programs(2000, [](std::uint64_t seed) { return setting{1 + static_cast<std::uint32_t>(seed % 3)}; });
}

BOOST_AUTO_TEST_CASE(the_order_of_messages_and_the_number_of_partitions_make_no_difference) {
  try_programs(2000, [](std::uint64_t seed) {
    return setting{1 + static_cast<std::uint32_t>((seed + 1 + seed / 3 % 2) % 3), seed + 1};
  });
}

BOOST_AUTO_TEST_CASE(a_program_that_dies_and_recovers_goes_on_as_if_nothing_had_happened) {
  try_programs(2000, [](std::uint64_t seed) -> std::optional<setting> {
    if (!survives_a_crash(make_program(seed)))
      return std::nullopt;
    return setting{1 + static_cast<std::uint32_t>(seed % 3), seed, 1 + seed / 3 % 5};
  });
}

BOOST_AUTO_TEST_CASE(every_operator_occurs_often_with_records) {
  std::map<step_kind, std::pair<int, int>> seen;
  for (std::uint64_t seed = 0; seed < 500; ++seed)
    for (const auto& x : make_program(seed).streams) {
      auto& [with, without] = seen[x.how.kind];
      ++(std::ranges::any_of(x.expected, [](const auto& batch) { return batch && !batch->empty(); }) ? with : without);
    }
  BOOST_TEST(seen.size() == static_cast<std::size_t>(step_kind::group_by_key_and_window) + 1);
  for (const auto& [kind, count] : seen)
    BOOST_TEST(count.first >= 30, "step " << static_cast<int>(kind) << ": " << count.first << ", " << count.second);
}

BOOST_AUTO_TEST_CASE(one_wrong_record_is_noticed) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    auto program = make_program(seed);
    program.streams.back().is_output = true;
    auto& last = program.streams.back().expected.back();
    if (last)
      last->emplace_back(0, 0);
    else
      last.emplace();
    BOOST_TEST(!run(program, {}).empty(), "seed " << seed);
  }
}

BOOST_AUTO_TEST_SUITE_END()
