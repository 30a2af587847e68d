// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/runtime/monitor/reason.hpp>

#include <boost/test/unit_test.hpp>

using namespace sluice;
using namespace std::chrono_literals;

namespace {

/// A program with a receiver, a map, a keyed reduction over four partitions and an output, which keeps up.
struct program {
  run_picture picture;

  program() {
    picture.state = run_state::running;
    picture.now = 100s;
    picture.interval = 1s;
    picture.outputs = 1;
    picture.inputs.push_back({stream_id{0}, "lines", "socket_text_stream", true, true});
    picture.inputs[0].records_per_second = 1000;
    for (const auto* name : {"lines", "map#1", "reduce_by_key#2", "print#3"}) {
      auto& x = picture.operators.emplace_back();
      x.id = node_index{static_cast<std::uint32_t>(picture.operators.size() - 1)};
      x.name = name;
      x.partitions.resize(4);
    }
    at(2).inbound = edge_kind::hash;
    at(2).stage = stage_id{1};
    for (std::uint32_t i = 0; i < 4; ++i)
      load(i, {0.05, 0.05, 0.05, 0.05});
    batches(200ms, 50ms);
  }

  operator_picture& at(std::uint32_t i) { return picture.operators[i]; }

  void load(std::uint32_t i, const std::vector<double>& busy) {
    auto& x = at(i);
    x.load.busy_share = 0;
    for (std::size_t p = 0; p < busy.size(); ++p) {
      x.partitions[p].busy_share = busy[p];
      x.partitions[p].records_per_second = 1000 * busy[p];
      x.load.busy_share += busy[p];
    }
  }

  void batches(std::chrono::microseconds total, std::chrono::microseconds output, std::uint64_t records = 1000) {
    picture.completed.clear();
    for (int i = 0; i < 5; ++i) {
      batch_info x;
      x.time = batch_time{95'000 + i * 1000};
      x.submitted = std::chrono::milliseconds{x.time.ms()};
      x.stream_id_to_input_info[stream_id{0}] = {stream_id{0}, records, {}};
      x.processing_start = x.submitted;
      x.processing_end = x.submitted + total;
      output_operation_info ran{x.time, output_number{0}, "print#3", "print of reduce_by_key#2", x.submitted};
      ran.end_time = x.submitted + output;
      x.output_operation_infos[ran.id] = ran;
      picture.completed.push_back(std::make_shared<const batch_info>(x));
    }
  }

  void fail_output(const std::string& why) {
    auto last = *picture.completed.back();
    last.output_operation_infos.at(output_number{0}).failure_reason = why;
    picture.completed.back() = std::make_shared<const batch_info>(last);
  }

  /// In two stages; the second one has the reduction, on these nodes.
  void place(const std::vector<std::string>& nodes) {
    picture.stages = {{stage_id{0}, true, {node_index{0}, node_index{1}}, std::vector<std::string>(4, "driver")},
                      {stage_id{1}, false, {node_index{2}}, nodes}};
    for (auto& stage : picture.stages)
      stage.partitions.resize(4);
    at(0).stage = at(1).stage = stage_id{0};
    at(0).is_input = true;
    at(3).stage = stage_id{1};
  }

  /// Each partition of each stage, in a second.
  void stages(const stage_load& x) {
    for (auto& stage : picture.stages)
      stage.partitions.assign(stage.nodes.size(), x);
  }

  /// Batches are done in time, and cut later and later.
  void fall_behind(std::chrono::microseconds last) {
    for (std::size_t i = 0; i < picture.completed.size(); ++i) {
      auto x = *picture.completed[i];
      const auto by = last * (i + 1) / picture.completed.size();
      x.submitted += by;
      *x.processing_start += by;
      *x.processing_end += by;
      picture.completed[i] = std::make_shared<const batch_info>(x);
    }
  }

  std::string cause() const { return find_reason(picture).cause; }
  std::string sentence() const { return find_reason(picture).sentence; }
  std::string where() const {
    const auto at = find_reason(picture).at;
    return at ? picture.operators[at->value()].name : "";
  }
};

} // namespace

BOOST_AUTO_TEST_SUITE(reason_suite)

BOOST_AUTO_TEST_CASE(of_a_program_that_keeps_up_nothing_is_said_against_it) {
  program x;
  BOOST_TEST(x.cause() == "source_slower");
  BOOST_TEST((find_reason(x.picture).how == run_reason::level::ok));
  x.load(1, {0.5, 0.5, 0.5, 0.5});
  BOOST_TEST(x.cause() == "healthy");
  BOOST_TEST(x.sentence()
             == "Batches take 20 % of the interval; `map#1` is the busiest operator, with 200 % of one core.");
  x.batches(100ms, 1ms, 0);
  BOOST_TEST(x.cause() == "no_records");
}

BOOST_AUTO_TEST_CASE(a_slow_function_is_named) {
  program x;
  x.batches(1800ms, 50ms);
  x.load(1, {0.9, 0.92, 0.95, 0.91});
  BOOST_TEST(x.cause() == "slow_function");
  BOOST_TEST(x.where() == "map#1");
  BOOST_TEST(x.sentence()
             == "Batches take 1.8 × the interval: `map#1` is the bottleneck; it is busy for 368 % of one core.");
  BOOST_TEST((find_reason(x.picture).how == run_reason::level::warning));
}

BOOST_AUTO_TEST_CASE(one_partition_with_most_of_the_records_is_skew) {
  program x;
  x.batches(3000ms, 50ms);
  x.load(2, {0.1, 0.1, 0.95, 0.1});
  BOOST_TEST(x.cause() == "skewed_key");
  BOOST_TEST(x.where() == "reduce_by_key#2");
  BOOST_TEST(x.sentence()
             == "Batches take 3.0 × the interval: `reduce_by_key#2` is the bottleneck; partition 2 of 4 does 76 % of "
                "its work, and has 76 % of the records.");
}

BOOST_AUTO_TEST_CASE(a_partition_that_gets_more_is_no_skew_of_keys_where_records_come_in_turn) {
  program x;
  x.batches(3000ms, 50ms);
  x.load(1, {0.1, 0.1, 0.95, 0.1});
  BOOST_TEST(x.cause() == "slow_function");
}

BOOST_AUTO_TEST_CASE(a_slow_output_is_named_also_while_it_runs) {
  program x;
  x.batches(2000ms, 1900ms);
  BOOST_TEST(x.cause() == "slow_output");
  BOOST_TEST(x.where() == "print#3");
  BOOST_TEST(x.sentence()
             == "Batches take 2.0 × the interval: waiting for output `print#3`, which takes 1900 ms per batch.");
  batch_info stuck;
  stuck.time = batch_time{90'000};
  stuck.submitted = 90s;
  output_operation_info runs{stuck.time, output_number{0}, "print#3", "", 91s};
  stuck.output_operation_infos[runs.id] = runs;
  x.picture.active.push_back(stuck);
  BOOST_TEST(x.sentence()
             == "Batch 90000 ms has taken 10000 ms so far: output `print#3` has been running for 9000 ms.");
}

BOOST_AUTO_TEST_CASE(a_slow_disk_is_told_from_slow_operators) {
  program x;
  x.batches(1500ms, 50ms);
  x.load(1, {0.4, 0.4, 0.4, 0.4});
  x.picture.commits = {100, 900ms, 1200ms};
  BOOST_TEST(x.cause() == "slow_disk");
  BOOST_TEST(x.sentence() == "Batches take 1.5 × the interval: commits wait for the disk, 900 ms each.");
}

BOOST_AUTO_TEST_CASE(outputs_that_wait_for_the_log_are_held_up_by_the_disk) {
  program x;
  x.batches(1500ms, 50ms);
  x.load(1, {0.4, 0.4, 0.4, 0.4});
  x.place({"driver"});
  x.picture.stages[1].partitions[0].gate_share = 0.9;
  BOOST_TEST(x.cause() == "slow_disk");
  BOOST_TEST(x.sentence() == "Batches take 1.5 × the interval: outputs wait for the write-ahead log 90 % of the time.");
  x.picture.stages[1].partitions[0].gate_share = 0.1;
  BOOST_TEST(x.cause() != "slow_disk");
}

BOOST_AUTO_TEST_CASE(late_batches_without_a_busy_operator_are_the_fault_of_the_machine) {
  program x;
  x.batches(1500ms, 50ms);
  BOOST_TEST(x.cause() == "shared_cpu");
}

BOOST_AUTO_TEST_CASE(a_receiver_that_has_stopped_is_told_with_its_error) {
  program x;
  x.picture.inputs[0].is_active = false;
  x.picture.inputs[0].last_error = "connection refused";
  BOOST_TEST(x.cause() == "silent_receiver");
  BOOST_TEST(x.sentence() == "Input `lines` does not receive: connection refused");
}

BOOST_AUTO_TEST_CASE(failing_outputs_and_dead_letters_are_told) {
  program x;
  x.at(1).dead_letters = 7;
  BOOST_TEST(x.cause() == "dead_letters");
  BOOST_TEST(x.where() == "map#1");
  x.fail_output("no space");
  BOOST_TEST(x.cause() == "failing_output");
  BOOST_TEST(x.sentence() == "Output `print#3` failed in 1 of the last 5 batches: no space");
}

BOOST_AUTO_TEST_CASE(an_input_that_gives_nothing_while_others_do_is_told) {
  program x;
  x.picture.inputs.push_back({stream_id{1}, "orders", "queue_stream"});
  BOOST_TEST(x.cause() == "silent_input");
}

BOOST_AUTO_TEST_CASE(a_paused_input_is_told_before_what_follows_from_it) {
  program x;
  x.picture.inputs[0].is_paused = true;
  x.picture.inputs.push_back({stream_id{1}, "orders", "queue_stream"});
  BOOST_TEST(x.cause() == "paused_input");
  BOOST_TEST(x.sentence() == "Input `lines` is paused, as somebody has asked for it.");
}

BOOST_AUTO_TEST_CASE(a_program_that_does_not_run_says_why) {
  program x;
  x.picture.failure = "the disk is full";
  x.picture.state = run_state::failed;
  BOOST_TEST(x.sentence() == "The program has failed: the disk is full");
  x.picture.state = run_state::restarting;
  BOOST_TEST(x.cause() == "restarting");
  x.picture.state = run_state::stopping;
  BOOST_TEST(x.cause() == "stopping");
}

BOOST_AUTO_TEST_CASE(batches_that_are_cut_later_and_later_are_late_and_listeners_may_be_the_cause) {
  program x;
  x.fall_behind(3s);
  BOOST_TEST(x.cause() == "shared_cpu");
  BOOST_TEST(x.sentence().starts_with("Batches begin 3000 ms late"));
  x.picture.listening_share = 0.9;
  BOOST_TEST(x.cause() == "slow_listener");
  BOOST_TEST(x.sentence()
             == "Batches begin 3000 ms late: streaming listeners take 90 % of the time, and batches wait for them.");
  program catches_up;
  catches_up.picture.listening_share = 0.9;
  BOOST_TEST(catches_up.cause() == "source_slower"); // nobody waits for them
}

BOOST_AUTO_TEST_CASE(others_are_blamed_if_the_program_would_keep_up_alone) {
  program x;
  x.place(std::vector<std::string>(4, "driver"));
  x.batches(1800ms, 50ms);
  x.load(1, {0.9, 0.9, 0.9, 0.9});
  x.stages({0.5, 1, 0});
  x.picture.processor = {4, 1.5, 2.5}; // 4 cores were wanted
  BOOST_TEST(x.cause() == "shared_cpu");
  BOOST_TEST(x.sentence().starts_with(
      "Batches take 1.8 × the interval: other programs use 2.5 of 4 cores, and this one gets 38 %"));
  x.picture.processor = {4, 3.5, 0.5}; // it got what it wanted
  BOOST_TEST(x.cause() == "slow_function");
  x.picture.processor = {4, 1.5, 0.5}; // there is room
  BOOST_TEST(x.cause() == "slow_function");
  x.picture.processor = {4, 2.5, 1.5};
  x.picture.now += 15s; // one batch in three intervals: too slow for a machine of its own, too
  x.picture.completed.erase(x.picture.completed.begin(), x.picture.completed.end() - 1);
  auto last = *x.picture.completed.back();
  last.processing_end = x.picture.now - 5s;
  last.submitted = *last.processing_end - 1800ms;
  x.picture.completed.back() = std::make_shared<const batch_info>(last);
  BOOST_TEST(x.cause() == "slow_function");
}

BOOST_AUTO_TEST_CASE(batches_that_are_mostly_overhead_are_too_small_or_in_too_many_parts) {
  program x;
  x.place(std::vector<std::string>(4, "driver"));
  x.batches(1800ms, 50ms);
  x.load(1, {0.01, 0.01, 0.01, 0.01}); // 40 records a second
  x.load(2, {0.01, 0.01, 0.01, 0.01});
  x.stages({0.5, 4, 0});
  x.picture.processor = {4, 2.5, 0};
  BOOST_TEST(x.cause() == "tiny_batches");
  BOOST_TEST(x.where().empty());
  for (auto& stage : x.picture.stages)
    stage.nodes.assign(16, "driver");
  x.stages({0.1, 4, 0});
  BOOST_TEST(x.cause() == "too_many_partitions");
  BOOST_TEST(x.where() == "lines");
  x.load(1, {0.6, 0.6, 0.6, 0.6}); // the function is what takes the time
  BOOST_TEST(x.cause() == "slow_function");
}

BOOST_AUTO_TEST_CASE(a_node_where_a_record_takes_longer_than_elsewhere_is_named) {
  program x;
  x.place({"driver", "driver", "10.0.0.7:4000", "10.0.0.7:4000"});
  x.batches(1800ms, 50ms);
  x.load(2, {0.3, 0.3, 0.95, 0.95});
  BOOST_TEST(x.cause() == "slow_function"); // each partition has the records for its time
  for (auto& part : x.at(2).partitions)
    part.records_per_second = 300;
  BOOST_TEST(x.cause() == "slow_node");
  BOOST_TEST(x.where() == "reduce_by_key#2");
  BOOST_TEST(x.sentence().find("10.0.0.7:4000: a record takes 3.2 × the time") != std::string::npos, x.sentence());
}

BOOST_AUTO_TEST_CASE(where_nobody_is_busy_and_the_machine_is_not_the_link_is_slow) {
  program x;
  x.place({"driver", "driver", "10.0.0.7:4000", "10.0.0.7:4000"});
  x.batches(1800ms, 50ms);
  x.picture.processor = {4, 0.2, 0.1};
  BOOST_TEST(x.cause() == "slow_link");
  BOOST_TEST(x.sentence().find("10.0.0.7:4000") != std::string::npos);
  x.picture.processor = {4, 0.2, 3.7};
  BOOST_TEST(x.cause() == "shared_cpu");
}

BOOST_AUTO_TEST_CASE(huge_records_are_named_if_their_size_is_what_makes_an_operator_slow) {
  program x;
  x.place(std::vector<std::string>(4, "driver"));
  x.batches(1800ms, 50ms);
  x.load(1, {0.9, 0.9, 0.9, 0.9});
  for (auto& part : x.at(0).partitions)
    part.records_per_second = 10;
  x.stages({0.9, 1, 10.0 * 1024 * 1024}); // 1 MiB each
  BOOST_TEST(x.cause() == "huge_records");
  BOOST_TEST(x.where() == "map#1");
  BOOST_TEST(x.sentence()
             == "Batches take 1.8 × the interval: `map#1` is the bottleneck; its records have 1024 KiB each.");
  for (auto& part : x.at(0).partitions)
    part.records_per_second = 1000;
  BOOST_TEST(x.cause() == "slow_function");
  x.stages({0.9, 1, 100.0 * 1024}); // few bytes for so much time
  for (auto& part : x.at(0).partitions)
    part.records_per_second = 1;
  BOOST_TEST(x.cause() == "slow_function");
}

BOOST_AUTO_TEST_CASE(a_state_that_grows_and_grows_is_told_but_not_that_of_a_window) {
  program x;
  auto& grown = x.at(2);
  grown.load.keys = 50'000;
  grown.growth = {8, true, 4000, 0.6, 0, 0};
  BOOST_TEST(x.cause() == "growing_state");
  BOOST_TEST(x.where() == "reduce_by_key#2");
  BOOST_TEST((find_reason(x.picture).how == run_reason::level::notice));
  grown.growth.seconds = 3;
  BOOST_TEST(x.cause() == "source_slower");
  grown.growth.seconds = 8;
  grown.growth.is_steady = false;
  BOOST_TEST(x.cause() == "source_slower");
  grown.growth.is_steady = true;
  grown.kind = "reduce_by_key_and_window";
  BOOST_TEST(x.cause() == "source_slower");
  grown.kind = "update_state_by_key";
  grown.growth = {60, false, 0, 0, 5, 0.8};
  grown.load.state_bytes = 1 << 24;
  BOOST_TEST(x.cause() == "growing_state");
  grown.load.state_bytes = 1 << 10;
  BOOST_TEST(x.cause() == "source_slower");
}

BOOST_AUTO_TEST_CASE(a_log_that_nothing_is_let_go_of_is_told) {
  program x;
  x.picture.log = {30, 3 << 20, 92s};
  BOOST_TEST(x.cause() == "growing_log");
  BOOST_TEST(x.sentence()
             == "The write-ahead log grows: it holds 30 batches with 3072 KiB, as no commit has let go of any for "
                "8.0 s.");
  x.picture.log.released = 98s;
  BOOST_TEST(x.cause() == "source_slower");
  x.picture.log = {3, 3 << 20, 50s};
  BOOST_TEST(x.cause() == "source_slower");
}

BOOST_AUTO_TEST_CASE(restarts_again_and_again_are_told_also_while_the_next_one_waits) {
  program x;
  x.picture.lately_restarted = {3, "the other side says no"};
  BOOST_TEST(x.sentence()
             == "The program has been restarted 3 times in the last minute, the last time after: the other side says "
                "no");
  x.picture.state = run_state::restarting;
  BOOST_TEST(x.cause() == "restarts");
  x.picture.state = run_state::running;
  x.picture.lately_restarted.count = 2;
  BOOST_TEST(x.cause() == "source_slower");
}

BOOST_AUTO_TEST_CASE(an_input_that_waits_for_memory_while_nobody_works_has_too_little) {
  program x;
  x.picture.inputs[0].waits_for_credit = 0.9;
  BOOST_TEST(x.cause() == "little_credit");
  BOOST_TEST(x.where() == "lines");
  x.load(1, {0.9, 0.9, 0.9, 0.9}); // it waits for the program, and rightly
  BOOST_TEST(x.cause() == "healthy");
  x.load(1, {0.05, 0.05, 0.05, 0.05});
  x.picture.inputs[0].waits_for_credit = 0.2;
  BOOST_TEST(x.cause() == "source_slower");
}

BOOST_AUTO_TEST_CASE(a_clock_that_has_been_set_is_told) {
  program x;
  x.picture.clock_ahead = 3600s;
  BOOST_TEST(x.cause() == "clock_behind");
  BOOST_TEST(x.sentence().starts_with("The wall clock is 3600.0 s behind the times of batches"));
  x.picture.clock_ahead = -1s;
  BOOST_TEST(x.cause() == "source_slower");
}

BOOST_AUTO_TEST_SUITE_END()
