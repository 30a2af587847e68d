// SPDX-License-Identifier: BSD-3-Clause
//
// Whatever composes a program or says how it runs is refused, in true words, once the context was started or stopped.
#include "contexts.hpp"

#include <sluice/actors/base/log.hpp>

#include <filesystem>
#include <functional>
#include <string>
#include <utility>
#include <vector>

using namespace std::chrono_literals;
using namespace sluice;
using namespace sluice::test;

namespace {

using pair = std::pair<int, int>;
using pairs = dstream<pair>;

struct way_to_compose {
  std::string name;
  std::function<void(streaming_context&, const pairs&)> call;
};

pair add_pairs(const pair& a, const pair& b) { return {a.first + b.first, a.second + b.second}; }

class no_receiver : public receiver<int> {
  void on_start() override {}
  void on_stop() override {}
};

struct no_operator {
  using emits = int;
  void on_record(const pair&, emitter<int>&) {}
};

struct no_output {
  void on_batch(const rdd<pair>&, batch_time) {}
};

class no_source : public source<int> {
  std::optional<std::vector<int>> compute(batch_time) override { return std::nullopt; }
};

const auto here = std::filesystem::temp_directory_path().string();

#define SLUICE_WAY(...)                                                                                                \
  {#__VA_ARGS__, [](streaming_context& c, const pairs& s) {                                                            \
     (void)s;                                                                                                          \
     c.batch_interval();                                                                                               \
     __VA_ARGS__;                                                                                                      \
   }}

const std::vector<way_to_compose> ways{
    // inputs
    SLUICE_WAY(c.socket_text_stream("localhost", 9999)),
    SLUICE_WAY(c.raw_socket_stream<int>("localhost", 9999)),
    SLUICE_WAY(c.text_file_stream(here)),
    SLUICE_WAY(c.binary_records_stream(here, 8)),
    SLUICE_WAY(c.queue_stream(std::make_shared<record_queue<int>>())),
    SLUICE_WAY(c.receiver_stream<no_receiver>()),
    SLUICE_WAY(c.input_stream<int>([] { return std::make_unique<no_source>(); })),
    SLUICE_WAY(c.generator_stream()),
    SLUICE_WAY(c.stream(source_input<int>([] { return std::make_unique<no_source>(); }))),
    // operators
    SLUICE_WAY(s.map([](const pair& x) { return x; })),
    SLUICE_WAY(s.filter([](const pair&) { return true; })),
    SLUICE_WAY(s.flat_map([](const pair& x) { return std::vector{x}; })),
    SLUICE_WAY(s.apply(no_operator{})),
    SLUICE_WAY(s.map_partitions([](std::span<const pair> x) { return std::vector<pair>(x.begin(), x.end()); })),
    SLUICE_WAY(s.glom()),
    SLUICE_WAY(s.repartition(2)),
    SLUICE_WAY(s.union_with(s)),
    SLUICE_WAY(s.count()),
    SLUICE_WAY(s.reduce(&add_pairs)),
    SLUICE_WAY(s.count_by_value()),
    SLUICE_WAY(s.transform([](const rdd<pair>& x) { return x; })),
    SLUICE_WAY(s.map_values([](int x) { return x; })),
    SLUICE_WAY(s.group_by_key()),
    SLUICE_WAY(s.reduce_by_key(std::plus<>{})),
    SLUICE_WAY(s.cogroup(s)),
    SLUICE_WAY(s.join(s)),
    SLUICE_WAY(s.partition_by()),
    SLUICE_WAY(s.window(interval)),
    SLUICE_WAY(s.reduce_by_key_and_window(std::plus<>{}, interval)),
    SLUICE_WAY(s.reduce_by_key_and_window(std::plus<>{}, std::minus<>{}, interval)),
    SLUICE_WAY(s.update_state_by_key([](std::span<const int>, std::optional<int> old) { return old; })),
    SLUICE_WAY(s.map_with_state(state_spec<int>([](int x, const std::optional<int>&, state<int>&) { return x; }))),
    SLUICE_WAY(s.named("late")),
    SLUICE_WAY(s.checkpoint(interval)),
    SLUICE_WAY(c.union_all({s, s})),
    SLUICE_WAY(c.transform_all({s, s}, [](const std::vector<rdd<pair>>& x) { return x[0]; })),
    // outputs
    SLUICE_WAY(s.print()),
    SLUICE_WAY(s.pprint()),
    SLUICE_WAY(s.foreach_rdd([](const rdd<pair>&) {})),
    SLUICE_WAY(s.write_to(no_output{})),
    SLUICE_WAY(s.save_as_text_files("late")),
    SLUICE_WAY(s.save_as_object_files("late")),
    SLUICE_WAY(s.persist()),
    SLUICE_WAY(s.cache()),
    // settings
    SLUICE_WAY(c.make_accumulator("late", 0)),
    SLUICE_WAY(c.make_broadcast(1)),
    SLUICE_WAY(c.checkpoint("late")),
    SLUICE_WAY(c.on_error(error_policy::skip_batch)),
    SLUICE_WAY(c.remember(interval)),
    SLUICE_WAY(c.set_print_limit(1)),
    SLUICE_WAY(c.start()),
};

#undef SLUICE_WAY

/// Tries all of them; none may be allowed, or say something else.
void check_refused(streaming_context& ctx, const pairs& stream, const std::string& why) {
  for (const auto& way : ways)
    BOOST_TEST_CONTEXT(way.name) { BOOST_CHECK_EXCEPTION(way.call(ctx, stream), usage_error, says(why)); }
}

pairs keyed(streaming_context& ctx) {
  return numbers(ctx).map([](auto x) { return pair{static_cast<int>(x), 1}; });
}

} // namespace

BOOST_AUTO_TEST_SUITE(composition_)

BOOST_AUTO_TEST_CASE(everything_is_allowed_before_the_start_once) {
  for (const auto& way : ways) {
    if (way.name == "c.start()")
      continue;
    streaming_context ctx{interval};
    const auto stream = keyed(ctx);
    BOOST_TEST_CONTEXT(way.name) { BOOST_CHECK_NO_THROW(way.call(ctx, stream)); }
  }
}

BOOST_AUTO_TEST_CASE(after_the_start_and_after_the_end_nothing_is_and_the_reason_is_true) {
  set_log_level("off");
  streaming_context ctx{interval};
  const auto stream = keyed(ctx);
  stream.foreach_rdd([](const auto&) {});
  ctx.start();
  check_refused(ctx, stream, "already been started");
  ctx.stop();
  check_refused(ctx, stream, "already been stopped; make a new one");
}

BOOST_AUTO_TEST_CASE(a_context_that_was_stopped_before_its_start_says_that) {
  streaming_context ctx{interval};
  const auto stream = keyed(ctx);
  ctx.stop();
  check_refused(ctx, stream, "already been stopped; make a new one");
}

BOOST_AUTO_TEST_CASE(a_context_whose_start_has_failed_says_why) {
  streaming_context ctx{interval};
  const auto stream = keyed(ctx);
  BOOST_CHECK_THROW(ctx.start(), usage_error); // no output
  check_refused(ctx, stream, "the start of this context has failed (no output operations registered");
}

BOOST_AUTO_TEST_SUITE_END()
