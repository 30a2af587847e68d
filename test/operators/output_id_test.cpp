// SPDX-License-Identifier: BSD-3-Clause
//
// What outputs learn of their batches, and that each kind of output gets each batch as often as it says.
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <sluice/operators/output/output_id.hpp>
#include <sluice/operators/output/transaction.hpp>

#include "../support/pipeline.hpp"

using namespace sluice;
using test::pipeline;

namespace {

/// Another system, which outlives the program: its records, and what it keeps of the batches that it took.
struct other_system {
  std::vector<int> records;
  std::map<std::uint32_t, batch_time> last; ///< by partition
  std::vector<std::string> calls;
};

class transactional_sink {
public:
  static constexpr auto guarantee = output_guarantee::transactional;

  /// @param dies_at fails before the commit of so many partitions
  explicit transactional_sink(std::shared_ptr<other_system> to, int dies_at = -1)
      : to_{std::move(to)}, dies_at_{dies_at} {}

  std::optional<batch_time> begin(const output_id& id) {
    to_->calls.push_back("begin " + to_string(id));
    const auto found = to_->last.find(id.partition);
    return found == to_->last.end() ? std::nullopt : std::optional{found->second};
  }
  void write(std::span<const int> records, const output_id&) {
    to_->calls.emplace_back("write");
    open_.assign(records.begin(), records.end());
  }
  void commit(const output_id& id) {
    if (dies_at_-- == 0)
      throw std::runtime_error{"gone"};
    to_->calls.emplace_back("commit");
    to_->records.insert(to_->records.end(), open_.begin(), open_.end());
    to_->last[id.partition] = id.time;
  }
  void roll_back() noexcept { to_->calls.emplace_back("roll back"); }

private:
  std::shared_ptr<other_system> to_;
  int dies_at_;
  std::vector<int> open_;
};

void run_batch_of(const std::shared_ptr<other_system>& to, pipeline::options how, const std::vector<int>& records,
                  int dies_at = -1) {
  test::composing program;
  const auto in = program.input<int>();
  in.write_to(transactional_sink{to, dies_at}, "sink");
  pipeline run{program, how};
  run.feed(in, 0, records);
  run.run_batch();
}

const pipeline::options two_partitions{.partitions = 2, .block_records = 2};

pipeline::options again(pipeline::options how) {
  how.reruns_until = how.first;
  return how;
}

} // namespace

BOOST_AUTO_TEST_SUITE(output_id_of_batches)

BOOST_AUTO_TEST_CASE(an_id_says_which_output_and_batch_it_is_and_whether_it_may_have_run_before) {
  std::vector<output_id> ids;
  std::vector<std::int64_t> times;
  test::composing program;
  const auto in = program.input<int>();
  in.foreach_rdd([&](const rdd<int>&, const output_id& id) { ids.push_back(id); });
  in.foreach_rdd([&](const rdd<int>&, auto t) { times.push_back(t.ms()); }); // whatever it is called with: the time
  pipeline run{program, {.reruns_until = batch_time{2000}}};
  for (auto n = 0; n < 3; ++n)
    run.run_batch();
  BOOST_TEST_REQUIRE(ids.size() == 3U);
  BOOST_TEST((ids[0] == output_id{"foreach_rdd#1", batch_time{1000}, 0, 1, true}));
  BOOST_TEST((ids[1] == output_id{"foreach_rdd#1", batch_time{2000}, 0, 1, true}));
  BOOST_TEST((ids[2] == output_id{"foreach_rdd#1", batch_time{3000}, 0, 1, false}));
  BOOST_TEST((times == std::vector<std::int64_t>{1000, 2000, 3000}));
}

BOOST_AUTO_TEST_CASE(nothing_has_run_before_in_a_program_that_starts_afresh) {
  test::composing program;
  const auto in = program.input<int>();
  auto before = true;
  in.foreach_rdd([&](const rdd<int>&, const output_id& id) { before = id.may_have_run_before; });
  pipeline{program}.run_batch();
  BOOST_TEST(!before);
}

BOOST_AUTO_TEST_CASE(for_each_partition_is_called_for_each_partition_in_order) {
  std::vector<std::pair<output_id, std::vector<int>>> calls;
  std::vector<std::size_t> sizes;
  test::composing program;
  const auto in = program.input<int>();
  in.for_each_partition([&](std::span<const int> xs, const output_id& id) {
    calls.emplace_back(id, std::vector<int>(xs.begin(), xs.end()));
  });
  in.for_each_partition([&](std::span<const int> xs) { sizes.push_back(xs.size()); });
  pipeline run{program, {.partitions = 3, .block_records = 2}};
  run.feed(in, 0, std::vector{1, 2, 3});
  run.run_batch();
  const auto id = [](std::uint32_t p) { return output_id{"for_each_partition#1", batch_time{1000}, p, 3}; };
  BOOST_TEST((calls == decltype(calls){{id(0), {1, 2}}, {id(1), {3}}, {id(2), {}}}));
  BOOST_TEST((sizes == std::vector<std::size_t>{2, 1, 0}));
}

BOOST_AUTO_TEST_CASE(an_output_of_ones_own_may_take_the_id_and_have_a_name) {
  struct sink {
    std::shared_ptr<std::vector<output_id>> seen;
    void on_batch(const rdd<int>&, const output_id& id) { seen->push_back(id); }
  };
  const auto seen = std::make_shared<std::vector<output_id>>();
  test::composing program;
  const auto in = program.input<int>();
  in.write_to(sink{seen}, "totals");
  BOOST_CHECK_THROW(in.write_to(sink{seen}, "totals"), usage_error);
  pipeline{program}.run_batch();
  BOOST_TEST((*seen == std::vector<output_id>{{"totals", batch_time{1000}}}));
}

BOOST_AUTO_TEST_CASE(outputs_say_what_they_guarantee) {
  test::composing program;
  const auto in = program.input<int>();
  in.print();
  in.save_as_text_files("x");
  in.write_to(transactional_sink{nullptr});
  const auto& nodes = program.graph().nodes();
  BOOST_TEST((nodes.at(1).guarantee == output_guarantee::at_least_once));
  BOOST_TEST((nodes.at(2).guarantee == output_guarantee::idempotent));
  BOOST_TEST((nodes.at(3).guarantee == output_guarantee::transactional));
}

BOOST_AUTO_TEST_CASE(a_transactional_output_takes_each_partition_that_has_records_in_one_transaction) {
  const auto to = std::make_shared<other_system>();
  run_batch_of(to, {.partitions = 3, .block_records = 2}, {1, 2, 3});
  BOOST_TEST((to->calls
              == std::vector<std::string>{"begin batch 1000 ms of 'sink', partition 0 of 3", "write", "commit",
                                          "begin batch 1000 ms of 'sink', partition 1 of 3", "write", "commit"}));
  BOOST_TEST((to->records == std::vector{1, 2, 3}));
}

BOOST_AUTO_TEST_CASE(a_batch_that_was_taken_before_is_skipped) {
  const auto to = std::make_shared<other_system>();
  run_batch_of(to, two_partitions, {1, 2, 3, 4});
  to->calls.clear();
  run_batch_of(to, again(two_partitions), {1, 2, 3, 4});
  BOOST_TEST((to->calls
              == std::vector<std::string>{"begin batch 1000 ms of 'sink', partition 0 of 2", "roll back",
                                          "begin batch 1000 ms of 'sink', partition 1 of 2", "roll back"}));
  BOOST_TEST((to->records == std::vector{1, 2, 3, 4}));
}

BOOST_AUTO_TEST_CASE(wherever_it_dies_each_record_is_taken_once) {
  for (auto dies_at = 0; dies_at < 3; ++dies_at) {
    const auto to = std::make_shared<other_system>();
    try {
      run_batch_of(to, two_partitions, {1, 2, 3, 4}, dies_at);
    } catch (const std::exception&) {
      BOOST_TEST(to->calls.back() == "roll back");
    }
    run_batch_of(to, again(two_partitions), {1, 2, 3, 4});
    std::ranges::sort(to->records);
    BOOST_TEST((to->records == std::vector{1, 2, 3, 4}));
  }
}

BOOST_AUTO_TEST_CASE(a_new_batch_that_is_not_after_the_last_one_is_refused_rather_than_lost) {
  const auto to = std::make_shared<other_system>();
  to->last[0] = batch_time{1000};
  BOOST_CHECK_EXCEPTION(run_batch_of(to, {}, {1}), std::exception, [](const std::exception& e) {
    return std::string_view{e.what()}.find("batch 1000 ms of 'sink' is new, but its output has taken batch 1000 ms")
           != std::string_view::npos;
  });
  BOOST_TEST(to->calls.back() == "roll back");
}

BOOST_AUTO_TEST_SUITE_END()
