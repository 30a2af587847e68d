// SPDX-License-Identifier: BSD-3-Clause
//
// Batches that run again are the same batches. Programs with a write-ahead log die at random moments, and every output
// notes what it has seen of which batch: however often a batch runs, it has the same content; what was told to be
// durable is in exactly one batch; and what the state adds up to is what the batches have had. The whole runtime under
// virtual time.
#include <receivers/fake_disk.hpp>
#include <support/cluster.hpp>

#include <sluice/actors/batch/batch_io.hpp>

#include "feed.hpp"
#include "totals.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

using namespace sluice;
using namespace sluice::test;
using namespace std::chrono_literals;

namespace {

/// What the world has seen of a program, over all its lives.
struct world {
  using content = std::multiset<std::string>;

  std::shared_ptr<feed::notes> received = std::make_shared<feed::notes>();
  std::weak_ptr<feed> current;
  std::shared_ptr<fake_disk> disk = std::make_shared<fake_disk>();
  std::map<batch_time, std::vector<content>> runs; ///< of each batch, in order
  std::map<std::string, int> totals;               ///< of the last batch that ran
  std::size_t files = 0;

  /// Numbers from a logged receiver and lines of files, both told to an output and counted.
  cluster::compose_program program(const file_options& options) {
    return [this, options] {
      streaming_context ctx{interval};
      input<int> numbers{.kind = "feed", .description = "feed", .make_receiver = [this] {
                           const auto made = std::make_shared<feed>(received);
                           current = made;
                           return made;
                         }};
      numbers.is_logged = true;
      const auto texts = ctx.stream(std::move(numbers)).named("numbers").map([](int x) { return std::to_string(x); });
      const auto lines =
          ctx.text_file_stream("in").named("lines").map([](std::string_view x) { return std::string{x}; });
      const auto all = ctx.union_all({texts, lines});
      all.foreach_rdd([this](const auto& records, batch_time t) {
        content seen;
        records.for_each([&seen](const auto& x) { seen.emplace(x); });
        runs[t].push_back(std::move(seen));
      });
      all.map([](const std::string& x) { return std::pair{x, 1}; })
          .update_state_by_key(add_up)
          .foreach_rdd([this](const auto& records) {
            totals.clear();
            records.for_each([this](const auto& x) { totals[std::string{x.first}] = x.second; });
          });
      auto result = ctx.compose();
      result.inputs[1] = text_file_input("in", interval, options, environment_of(disk));
      return result;
    };
  }

  void pass(cluster& c, duration d) const {
    c.advance(d);
    disk->now = c.now().ms();
  }

  void put_file(std::mt19937_64& random) {
    const auto name = "f" + std::to_string(files++);
    auto& file = disk->files["in/" + name];
    for (auto i = 0U; i < 1 + random() % 5; ++i)
      file.content += name + '\n';
    file.modified_ms = disk->now;
  }

  void push(int count) const {
    if (const auto to = current.lock())
      to->push(count);
  }

  void check(std::uint64_t seed) const {
    std::map<std::string, int> times;
    for (const auto& [t, seen] : runs) {
      for (const auto& again : seen)
        BOOST_TEST((again == seen.front()), "seed " << seed << ": batch " << to_string(t) << " ran with other content");
      for (const auto& x : seen.front())
        ++times[x];
    }
    for (auto n = 0; n < received->next; ++n) {
      const auto found = times.find(std::to_string(n));
      const auto count = found == times.end() ? 0 : found->second;
      if (received->durable.contains(n))
        BOOST_TEST(count == 1, "seed " << seed << ": " << n << " is durable, and was in " << count << " batches");
      else
        BOOST_TEST(count <= 1, "seed " << seed << ": " << n << " was in " << count << " batches");
    }
    for (const auto& [path, file] : disk->files) {
      const auto lines = std::ranges::count(file.content, '\n');
      BOOST_TEST(times[path.filename().string()] == lines, "seed " << seed << ": " << path);
    }
    BOOST_TEST((totals == times), "seed " << seed << ": the state is not what the batches had");
  }
};

} // namespace

BOOST_AUTO_TEST_SUITE(same_batches)

BOOST_AUTO_TEST_CASE(whenever_the_driver_dies_batches_that_run_again_have_the_same_content) {
  std::size_t again = 0;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    std::mt19937_64 random{seed};
    world w;
    simulated_disk checkpoint;
    cluster c{seed % 3 == 0 ? 2U : 0U, seed};
    c.use_log(checkpoint);
    w.disk->now = c.now().ms();
    const auto how = spread_over(1 + static_cast<std::uint32_t>(seed % 3), 1 + static_cast<std::uint32_t>(seed % 4));
    const auto program = w.program(seed % 2 == 0 ? file_options{} : file_options{.max_bytes_per_batch = 9});
    for (auto life = 0; life < 5; ++life) {
      c.start(program, how, checkpoint.open());
      BOOST_REQUIRE_MESSAGE(c.is_running(), "seed " << seed << ": " << c.reason());
      if (life == 0)
        w.pass(c, 1s); // what dies before its first commit begins anew
      for (auto step = random() % 20; step > 0; --step) {
        w.pass(c, std::chrono::milliseconds{1 + random() % 70});
        if (random() % 3 == 0)
          w.put_file(random);
        w.push(1 + static_cast<int>(random() % 4));
      }
      c.kill_driver();
      w.pass(c, std::chrono::milliseconds{random() % 3 == 0 ? 60'000 : 1});
    }
    c.start(program, how, checkpoint.open());
    BOOST_REQUIRE_MESSAGE(c.is_running(), c.reason());
    w.pass(c, interval); // what runs again has been cut
    c.stop(stop_mode::graceful);
    BOOST_TEST(c.reason() == "", "seed " << seed);
    w.pass(c, 1s);
    c.start(program, how, checkpoint.open());
    w.push(3);
    w.pass(c, 20 * interval);
    c.stop(stop_mode::graceful);
    BOOST_TEST(c.reason() == "", "seed " << seed);
    w.check(seed);
    BOOST_TEST(w.received->committed == w.received->next - 1, "seed " << seed);
    again += static_cast<std::size_t>(std::ranges::count_if(w.runs, [](const auto& x) { return x.second.size() > 1; }));
  }
  BOOST_TEST(again > 20U); // the seeds are such that it happens
}

BOOST_AUTO_TEST_CASE(a_receiver_hears_of_the_commit_of_its_last_records_when_the_program_stops) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const auto received = std::make_shared<feed::notes>();
    std::weak_ptr<feed> current;
    const auto compose = [&](streaming_context& ctx) {
      input<int> from{.kind = "feed", .description = "feed", .make_receiver = [&] {
                        const auto made = std::make_shared<feed>(received);
                        current = made;
                        return made;
                      }};
      ctx.stream(std::move(from)).named("numbers").foreach_rdd([](const auto&) {});
    };
    cluster c{0, seed};
    c.start(interval, compose);
    c.advance(interval);
    BOOST_REQUIRE(!current.expired());
    current.lock()->push(3);
    c.stop(stop_mode::graceful);
    BOOST_TEST(c.reason() == "");
    BOOST_TEST(received->committed == 2, "seed " << seed);
  }
}

BOOST_AUTO_TEST_CASE(blocks_of_no_batch_come_again_from_a_receiver_and_not_beside_a_source_that_goes_back) {
  class counter final : public source<int> {
    std::optional<std::vector<int>> compute(batch_time) override { return std::vector{next_++}; }
    std::string position() override { return std::to_string(next_); }
    void resume(std::string_view position) override { next_ = std::stoi(std::string{position}); }
    int next_ = 0;
  };
  for (const auto from_source : {false, true}) {
    std::multiset<int> seen;
    const auto received = std::make_shared<feed::notes>();
    const auto compose = [&](streaming_context& ctx) {
      input<int> from{.kind = "feed", .description = "feed"};
      if (from_source)
        from.make_source = source_input<int>([] { return std::make_unique<counter>(); }).make_source;
      else
        from.make_receiver = [received] { return std::make_shared<feed>(received); };
      from.is_logged = true;
      ctx.stream(std::move(from)).named("numbers").foreach_rdd([&seen](const auto& records) {
        records.for_each([&seen](int x) { seen.insert(x); });
      });
    };
    simulated_disk disk;
    cluster c{0};
    c.use_log(disk);
    c.start(interval, compose, spread_over(2), disk.open());
    c.advance(5 * interval);
    c.kill_driver();
    {
      // As if the process had died before the next batch was cut.
      const auto log = disk.open_blocks();
      BOOST_TEST_REQUIRE(
          !log->write({.blocks = {{"numbers", log->next_block("numbers"), make_batch<int>(std::vector{1000})}}}).why);
    }
    c.start(interval, compose, spread_over(2), disk.open());
    BOOST_REQUIRE_MESSAGE(c.is_running(), c.reason());
    c.advance(5 * interval);
    c.stop(stop_mode::graceful);
    BOOST_TEST(c.reason() == "");
    BOOST_TEST(seen.count(1000) == (from_source ? 0U : 1U));
    if (from_source)
      for (auto n = 0; n < 8; ++n)
        BOOST_TEST(seen.count(n) == 1U, n << " came " << seen.count(n) << " times");
  }
}

BOOST_AUTO_TEST_CASE(blocks_of_an_input_that_is_gone_stay_until_the_user_drops_them) {
  const auto compose = [](streaming_context& ctx) {
    input<int> from{.kind = "feed", .description = "feed"};
    from.make_receiver = [] { return std::make_shared<feed>(std::make_shared<feed::notes>()); };
    from.is_logged = true;
    ctx.stream(std::move(from)).named("numbers").foreach_rdd([](const auto&) {});
  };
  simulated_disk disk;
  cluster c{0};
  c.use_log(disk);
  c.start(interval, compose, spread_over(2), disk.open());
  c.advance(2 * interval);
  c.kill_driver();
  {
    const auto log = disk.open_blocks();
    for (const auto* name : {"numbers", "letters"})
      BOOST_TEST_REQUIRE(!log->write({.blocks = {{name, log->next_block(name), make_batch<int>(std::vector{1})}}}).why);
  }
  auto how = spread_over(2);
  for (const auto& [drops, left] : {std::pair{"", 1U}, std::pair{"letters", 0U}, std::pair{"numbers", 0U}}) {
    how.drop_states = {drops};
    c.start(interval, compose, how, disk.open());
    BOOST_REQUIRE_MESSAGE(c.is_running(), c.reason());
    c.advance(2 * interval);
    c.kill_driver();
    const auto counts = disk.open_blocks()->counts("letters");
    BOOST_TEST(counts.next - counts.allocated == left, "with --drop-state '" << drops << "'");
  }
}

BOOST_AUTO_TEST_SUITE_END()
