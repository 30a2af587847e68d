// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <sluice/actors/batch/batch_io.hpp>
#include <sluice/runtime/program/streaming_context.hpp>
#include <sluice/runtime/web/web_routes.hpp>
#include <sluice/state/store/memory_store.hpp>

#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

namespace sluice::test {

using namespace std::chrono_literals;
using detail::http_request;
using detail::http_response;
using nlohmann::json;

class hands : public wall_clock {
public:
  std::chrono::microseconds now() const override { return at; }
  std::chrono::microseconds at = 1'000'000s;
};

class silent : public receiver<std::string_view> {
protected:
  void on_start() override {}
  void on_stop() override {}
};

/// A checkpoint in memory, in which an operator "counts" keeps the numbers of some words, and "places" of pairs.
class kept_counts {
public:
  kept_counts() {
    if (auto err = log_->declare({"counts", 2, "(text,i64)"}))
      throw runtime_failure{describe(err)};
    if (auto err = log_->declare({"places", 1, "((text,i32),f64?)"}))
      throw runtime_failure{describe(err)};
    commit(1000, {counts(0, {{"a", 1}, {"b", 2}}), counts(1, {{"c", 3}}), places()});
  }

  std::shared_ptr<checkpoint_log> log() { return log_; }

  using count = std::pair<std::string, std::optional<std::int64_t>>;
  static state_update counts(std::uint32_t partition, const std::vector<count>& x) {
    return {{"counts", partition_id{partition}}, {}, change_kind::delta, {make_batch<count>(x)}, {}};
  }

  /// As a program does it: written, then told.
  void commit(std::int64_t t, std::vector<state_update> updates) {
    const auto guard = log_->lock();
    std::vector<state_change> changes;
    for (auto& x : updates) {
      x.time = batch_time{t};
      changes.push_back({x.id, x.time, x.kind, {x.content.front().bytes()}});
    }
    commit_record record;
    record.time = batch_time{t};
    if (auto err = log_->commit(record, changes))
      throw runtime_failure{describe(err)};
    log_->feed().tell(batch_time{t}, std::move(updates));
  }

private:
  static state_update places() {
    using place = std::pair<std::pair<std::string, std::int32_t>, std::optional<std::optional<double>>>;
    const std::vector<place> x{{{"x", -1}, std::optional<double>{0.5}}, {{"y,z", 2}, std::optional<double>{}}};
    return {{"places", partition_id{0}}, {}, change_kind::delta, {make_batch<place>(x)}, {}};
  }

  memory_store log_store_;
  memory_store snapshots_;
  std::shared_ptr<checkpoint_log> log_ =
      std::make_shared<checkpoint_log>(std::move(*checkpoint_log::open(log_store_, snapshots_)));
};

/// A program with a receiver, a queue and two outputs, of which one batch is committed, one failed in an output and
/// one runs.
struct fixture {
  std::shared_ptr<hands> clock = std::make_shared<hands>();
  std::shared_ptr<run_monitor> monitor;
  std::optional<bool> stopped; ///< whether gracefully
  std::string restarted;       ///< why
  bool can_restart = true;
  kept_counts counts;
  std::shared_ptr<detail::state_window> states = std::make_shared<detail::state_window>();
  std::optional<detail::web_routes> routes;

  fixture() {
    streaming_context ctx{1s};
    auto lines = ctx.receiver_stream<silent>().named("lines");
    auto more = ctx.queue_stream(std::make_shared<record_queue<int>>()).named("more");
    lines.map([](std::string_view x) { return std::pair{std::string{x}, 1}; }).reduce_by_key(std::plus<>{}).print();
    more.foreach_rdd([](const auto&) {});
    monitor = std::make_shared<run_monitor>(std::make_shared<const composition>(ctx.compose()), clock);
    routes.emplace(detail::program_identity{"count", "count-1", "1.2.3", 2}, monitor,
                   std::vector<detail::shown_setting>{{"--interval", "1s", true, "Batch interval"}},
                   std::vector<std::string>{"--interval", "1s"},
                   detail::web_actions{[this](bool graceful) { stopped = graceful; },
                                       [](const std::string& directory) -> batch_time {
                                         if (directory == "/bad")
                                           throw usage_error{"it exists already"};
                                         return batch_time{7};
                                       },
                                       states,
                                       [this](stream_id input, const auto& limit) {
                                         monitor->limited(input, limit.is_paused, limit.max_rate);
                                       },
                                       [this](const std::string& why) {
                                         restarted = why;
                                         return can_restart;
                                       }});
    states->open(counts.log());
    monitor->placed({{stage_id{0}, false, {node_index{0}, node_index{2}}, {"driver", "driver"}},
                     {stage_id{1}, true, {node_index{1}, node_index{3}, node_index{4}, node_index{5}}, {"driver"}}});
    monitor->on_streaming_started(clock->at);
    monitor->on_epoch_started({1, {}, {}, 5});
    monitor->on_receiver_started({stream_id{0}, "lines", true, "driver"});
    run(batch_time{1'000'000'000}, {});
    run(batch_time{1'000'001'000}, "no space");
    begin(batch_time{1'000'002'000});
  }

  void begin(batch_time t) {
    clock->at = std::chrono::milliseconds{t.ms()};
    monitor->cut(t);
    clock->at += 2ms;
    monitor->taken({{}, stream_id{0}, t, 10, 0, {}, "a socket"});
    monitor->taken({{}, stream_id{1}, t, 5, 0, {}, {}});
  }

  void run(batch_time t, const std::optional<std::string>& failure) {
    begin(t);
    for (std::uint32_t i = 0; i < 2; ++i)
      monitor->output_started(output_number{i}, t);
    clock->at += 10ms;
    monitor->output_ended(output_number{0}, t, {});
    monitor->output_ended(output_number{1}, t, failure);
    clock->at += 8ms;
    monitor->added_up(t, {{"seen", accumulated_sum::of(std::int64_t{12})}});
    monitor->committed(t);
  }

  http_response get(const std::string& path, std::vector<std::pair<std::string, std::string>> query = {}) {
    http_request x;
    x.method = "GET";
    x.path = path;
    x.query = std::move(query);
    return answer(x);
  }

  /// States are read when they are first asked for.
  http_response answer(const http_request& x) {
    for (;;) {
      auto result = routes->answer(x);
      const bool is_list = x.path == "/api/v1/state" && json::parse(result.body)["status"] == "reading";
      if (!is_list && (result.status != 503 || !x.path.starts_with("/api/v1/state")))
        return result;
      std::this_thread::sleep_for(1ms);
    }
  }

  http_response post(const std::string& path, const std::string& body) {
    http_request x;
    x.method = "POST";
    x.path = path;
    x.body = body;
    return answer(x);
  }

  json read(const std::string& path) {
    const auto answer = get(path);
    BOOST_REQUIRE_EQUAL(answer.status, 200);
    return json::parse(answer.body);
  }
};

} // namespace sluice::test
