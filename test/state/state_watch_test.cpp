// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/state/view/state_watch.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <sluice/actors/base/memory_meter.hpp>
#include <sluice/actors/batch/batch_io.hpp>

#include "checkpoint_fixtures.hpp"

using namespace sluice;
using namespace sluice::test;
using namespace std::chrono_literals;
using detail::state_view;
using detail::state_watch;

namespace {

using word_change = std::pair<std::string, std::optional<std::int64_t>>;

const auto counts_0 = id_of("counts", 0);

/// A checkpoint with one state: whoever watches it has it to themselves.
struct watched_log {
  memory_store records;
  memory_store snapshots;
  std::shared_ptr<checkpoint_log> log =
      std::make_shared<checkpoint_log>(value_or_throw(checkpoint_log::open(records, snapshots)));

  watched_log() { require_ok(log->declare({"counts", 1, "(text,i64)"})); }

  /// As whoever writes a program's commits does.
  void commit(std::int64_t t, const std::vector<word_change>& changes) const {
    auto content = make_batch<word_change>(changes);
    const auto record = commit_at(t);
    const state_change written{counts_0, batch_time{t}, change_kind::delta, {content.bytes()}};
    const auto guard = log->lock();
    require_ok(log->commit(record, std::span{&written, 1}));
    std::vector<state_update> told;
    told.push_back({counts_0, batch_time{t}, change_kind::delta, {std::move(content)}, {}});
    log->feed().tell(batch_time{t}, std::move(told));
  }
};

std::optional<std::int64_t> newest_value(state_watch& in, const std::string& word) {
  std::string key;
  detail::key_writer{key}.put_text(word);
  std::optional<std::int64_t> result;
  in.show(
      [&](const state_view& view) {
        if (const auto found = view.find(view.operators().at("counts"), key, view.newest()))
          result = found->value().integer(found->row);
      },
      state_watch::clock::now());
  return result;
}

bool eventually(const auto& condition) {
  const auto end = std::chrono::steady_clock::now() + 20s;
  while (!condition() && std::chrono::steady_clock::now() < end)
    std::this_thread::sleep_for(1ms);
  return condition();
}

std::vector<word_change> many_words(std::int64_t value) {
  std::vector<word_change> result;
  for (auto i = 0; i < 10'000; ++i)
    result.emplace_back("word " + std::to_string(i), value);
  return result;
}

} // namespace

BOOST_AUTO_TEST_SUITE(state_watch_suite)

BOOST_AUTO_TEST_CASE(reads_the_last_commit_and_follows_the_next_ones) {
  const watched_log in;
  in.commit(1, {{"a", 1}, {"b", 2}});
  state_watch watch{in.log, {}};
  BOOST_TEST(eventually([&] { return newest_value(watch, "b") == 2; }));
  in.commit(2, {{"a", 10}, {"b", std::nullopt}});
  BOOST_TEST(eventually([&] { return newest_value(watch, "a") == 10; }));
  BOOST_TEST(!newest_value(watch, "b"));
}

BOOST_AUTO_TEST_CASE(inputs_do_not_wait_for_what_it_keeps) {
  const watched_log in;
  in.commit(1, many_words(1));
  const auto in_flight = process_memory().in_flight();
  const auto kept = process_memory().kept();
  state_watch watch{in.log, {}};
  BOOST_TEST(eventually([&] { return newest_value(watch, "word 9999") == 1; }));
  in.commit(2, many_words(2));
  BOOST_TEST(eventually([&] { return newest_value(watch, "word 9999") == 2; }));
  BOOST_TEST(process_memory().in_flight() == in_flight);
  BOOST_TEST(process_memory().kept() >= kept + 2 * make_batch<word_change>(many_words(1)).bytes().size());
}

BOOST_AUTO_TEST_CASE(says_why_there_is_nothing_to_see) {
  const watched_log in; // nothing has been committed
  state_watch watch{in.log, {}};
  BOOST_TEST(eventually([&] { return static_cast<bool>(watch.how_far().failure); }));
  BOOST_TEST(!watch.show([](const state_view&) {}, state_watch::clock::now()));
}

BOOST_AUTO_TEST_SUITE_END()
