// SPDX-License-Identifier: BSD-3-Clause
#include "log_fixtures.hpp"

#include <boost/mpl/list.hpp>

#include <random>

#include <sys/stat.h>

using namespace sluice;
using namespace sluice::test;

namespace {

using backends = boost::mpl::list<memory_backend, lmdb_backend>;
using numbers = std::vector<std::int64_t>;

/// What must be in a log: blocks by input, which are never renumbered, and allocations.
struct model {
  std::map<std::string, block_counts> inputs;
  std::map<batch_time, allocation> pending;

  void write(const log_group& group) {
    for (const auto& x : group.blocks)
      ++inputs[x.input].next;
    for (const auto& x : group.allocations) {
      pending.emplace(x.time, x);
      for (const auto& [name, share] : x.inputs)
        inputs[name].allocated = share.end_block;
    }
    for (; group.release && !pending.empty() && pending.begin()->first <= *group.release;
         pending.erase(pending.begin()))
      for (const auto& [name, share] : pending.begin()->second.inputs)
        inputs[name].first = share.end_block;
  }

  void check(const block_log& log) const {
    BOOST_CHECK(log.inputs() == inputs);
    BOOST_CHECK(log.pending() == pending);
    for (const auto& [name, counts] : inputs) {
      const auto found = read_all(log, name);
      BOOST_REQUIRE_EQUAL(found.size(), counts.next - counts.first);
      for (std::size_t i = 0; i < found.size(); ++i)
        BOOST_CHECK(found[i] == block_of(counts.first + i, size_of(counts.first + i)));
    }
  }

  static std::size_t size_of(block_number n) { return n * 97 % 3000; }

  /// A group that comes next in the life of a program.
  log_group next_group(std::mt19937_64& random, std::int64_t& time) const {
    static const std::vector<std::string> names{"a", "b", "c"};
    log_group result;
    auto after = inputs;
    for (auto n = random() % 4; n > 0; --n) {
      const auto& name = names[random() % names.size()];
      const auto number = after[name].next++;
      result.blocks.push_back(block(name, number, size_of(number)));
    }
    for (auto n = random() % 3; n > 0; --n) {
      allocation what{batch_time{++time}, {}};
      for (auto& [name, counts] : after)
        if (random() % 3 != 0) {
          const auto end = counts.allocated + random() % (counts.next - counts.allocated + 1);
          what.inputs[name] = share(std::exchange(counts.allocated, end), end);
        }
      result.allocations.push_back(std::move(what));
    }
    if (random() % 3 == 0)
      result.release = batch_time{std::max<std::int64_t>(0, time - static_cast<std::int64_t>(random() % 4))};
    return result;
  }
};

std::size_t bytes_on_disk(const std::filesystem::path& dir) {
  struct ::stat status;
  BOOST_REQUIRE(::stat((dir / "data.mdb").c_str(), &status) == 0);
  return static_cast<std::size_t>(status.st_blocks) * 512;
}

bool mentions(const error& err, std::string_view text) { return describe(err).find(text) != std::string::npos; }

} // namespace

BOOST_AUTO_TEST_SUITE(block_log_suite)

BOOST_AUTO_TEST_CASE_TEMPLATE(blocks_and_allocations_are_there_after_closing_and_opening, Backend, backends) {
  Backend backend;
  const auto positions =
      allocated(20, {{"files", {.had = presence::none, .recipes = {"one", {"t\0", 2}}, .position = "there"}},
                     {"lines", share(2, 2)}});
  {
    auto log = value_or_throw(block_log::open(backend.open("blocks")));
    BOOST_TEST(log.next_block("lines") == 1U);
    require_written(log, {.blocks = {block("lines", 1), block("words", 1), block("lines", 2)},
                          .allocations = {allocated(10, {{"lines", share(1, 2)}}), positions}});
  }
  backend.close();
  const auto log = value_or_throw(block_log::open(backend.open("blocks")));
  BOOST_TEST(pending_times(log) == (numbers{10, 20}));
  BOOST_CHECK(log.pending().at(batch_time{20}) == positions);
  BOOST_CHECK((log.counts("lines") == block_counts{1, 2, 3}));
  BOOST_CHECK((log.counts("words") == block_counts{1, 1, 2}));
  BOOST_TEST(log.next_block("never seen") == 1U);
  auto reader = value_or_throw(log.blocks("lines", 2, 3));
  BOOST_CHECK(*value_or_throw(reader.next()) == block_of(2));
  BOOST_CHECK(!value_or_throw(reader.next()));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_release_frees_what_the_batches_got_and_numbers_go_on, Backend, backends) {
  Backend backend;
  {
    auto log = value_or_throw(block_log::open(backend.open("blocks")));
    require_written(log, {.blocks = {block("lines", 1), block("lines", 2), block("lines", 3)},
                          .allocations = {allocated(10, {{"lines", share(1, 3)}}), allocated(20, {}),
                                          allocated(30, {{"lines", share(3, 4)}})}});
    require_written(log, {.release = batch_time{20}});
    BOOST_TEST(pending_times(log) == numbers{30});
    BOOST_TEST(read_all(log, "lines").size() == 1U);
    BOOST_CHECK(is(log.blocks("lines", 1, 3).error(), ec::invalid_argument));
    require_written(log, {.release = batch_time{30}});
    require_written(log, {.release = batch_time{10}}); // again, and nothing happens
  }
  backend.close();
  auto& store = backend.open("blocks");
  auto log = value_or_throw(block_log::open(store));
  BOOST_TEST(contents(store).size() == 1U); // the table
  BOOST_TEST(log.pending().empty());
  BOOST_CHECK((log.counts("lines") == block_counts{4, 4, 4}));
  BOOST_CHECK(log.released() == batch_time{30});
  require_written(log, {.blocks = {block("lines", 4)}});
}

BOOST_AUTO_TEST_CASE(a_release_frees_what_is_allocated_in_the_same_group) {
  memory_store store;
  auto log = value_or_throw(block_log::open(store));
  require_written(log, {.blocks = {block("lines", 1), block("lines", 2)},
                        .allocations = {allocated(10, {{"lines", share(1, 2)}})},
                        .release = batch_time{10}});
  BOOST_TEST(log.pending().empty());
  BOOST_TEST(read_all(log, "lines").size() == 1U);
}

BOOST_AUTO_TEST_CASE(the_blocks_of_an_input_that_the_program_has_no_more_are_kept) {
  memory_store store;
  {
    auto log = value_or_throw(block_log::open(store));
    require_written(log, {.blocks = {block("gone", 1)}});
  }
  auto log = value_or_throw(block_log::open(store));
  require_written(log, {.blocks = {block("new", 1)}, .allocations = {allocated(10, {{"new", share(1, 2)}})}});
  require_written(log, {.release = batch_time{10}});
  const auto again = value_or_throw(block_log::open(store));
  BOOST_TEST(again.inputs().at("gone").holds_blocks());
  BOOST_TEST(!again.inputs().at("new").holds_blocks());
  BOOST_TEST(read_all(again, "gone").size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_group_that_does_not_follow_is_refused_and_nothing_of_it_written) {
  memory_store store;
  auto log = value_or_throw(block_log::open(store));
  require_written(log, {.blocks = {block("lines", 1)}, .allocations = {allocated(10, {{"lines", share(1, 2)}})}});
  const auto before = contents(store);
  const std::vector<log_group> wrong{
      {.blocks = {block("lines", 2), block("lines", 2)}},
      {.blocks = {block("lines", 2), block("lines", 4)}},
      {.blocks = {block("lines", 2)}, .allocations = {allocated(10, {})}},
      {.blocks = {block("lines", 2)}, .allocations = {allocated(20, {{"lines", share(1, 2)}})}},
      {.blocks = {block("lines", 2)}, .allocations = {allocated(20, {{"lines", share(2, 4)}})}},
      {.blocks = {block("lines", 2)}, .allocations = {allocated(20, {{"lines", share(3, 2)}})}}};
  for (const auto& group : wrong) {
    BOOST_CHECK(is(log.write(group).why, ec::invalid_argument));
    BOOST_CHECK(contents(store) == before);
  }
  require_written(log, {.blocks = {block("lines", 2)}, .allocations = {allocated(20, {{"lines", share(2, 3)}})}});
}

BOOST_AUTO_TEST_CASE(damage_is_an_error_and_never_other_data) {
  memory_store intact;
  auto log = value_or_throw(block_log::open(intact));
  require_written(log, {.blocks = {block("lines", 1), block("lines", 2)},
                        .allocations = {allocated(10, {{"lines", share(1, 2)}})}});
  const auto without = [&intact](const std::string& key) {
    auto store = intact;
    write_batch batch;
    batch.erase(key);
    require_ok(store.apply(batch));
    return store;
  };
  const auto with = [&intact](const std::string& key, std::string_view value) {
    auto store = intact;
    write_batch batch;
    batch.put(key, as_bytes(value));
    require_ok(store.apply(batch));
    return store;
  };
  auto no_table = without(std::string{table_key});
  BOOST_CHECK(mentions(block_log::open(no_table).error(), "table of inputs is missing"));
  for (const auto* bad : {"", "12345678", "not whole words"}) {
    auto bad_table = with(std::string{table_key}, bad);
    BOOST_CHECK(is(block_log::open(bad_table).error(), ec::storage_failed)
                || is(block_log::open(bad_table).error(), ec::checkpoint_mismatch));
    auto bad_allocation = with(allocation_key(batch_time{10}), std::string{bad} + "x");
    BOOST_CHECK(is(block_log::open(bad_allocation).error(), ec::storage_failed));
  }
  auto foreign = with(allocation_key(batch_time{11}),
                      as_text(encode(allocated(11, {}), block_table{.allocated = {}, .released = {}, .inputs = {}})));
  BOOST_CHECK(mentions(block_log::open(foreign).error(), "is not in the table"));
  auto no_block = without(block_key(0, 2));
  auto holed = value_or_throw(block_log::open(no_block));
  auto reader = value_or_throw(holed.blocks("lines", 1, 3));
  BOOST_CHECK(value_or_throw(reader.next()));
  BOOST_CHECK(mentions(reader.next().error(), "block 2 is missing"));
  auto bad_block = with(block_key(0, 1), "no batch");
  auto spoilt = value_or_throw(block_log::open(bad_block));
  BOOST_CHECK(mentions(value_or_throw(spoilt.blocks("lines", 1, 2)).next().error(), "block 1 is malformed"));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(random_groups_do_what_a_model_does, Backend, backends) {
  for (std::uint64_t seed = 1; seed <= seed_count(10); ++seed) {
    BOOST_TEST_CONTEXT("seed " << seed) {
      std::mt19937_64 random{seed};
      Backend backend;
      model truth;
      std::int64_t time = 0;
      std::optional<block_log> log{value_or_throw(block_log::open(backend.open("blocks")))};
      for (int round = 0; round < 60; ++round) {
        const auto group = truth.next_group(random, time);
        require_written(*log, group);
        truth.write(group);
        if (random() % 4 == 0) {
          backend.close();
          log.emplace(value_or_throw(block_log::open(backend.open("blocks"))));
        }
        truth.check(*log);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(after_any_failed_write_there_is_what_was_acknowledged_and_no_part_of_a_group, Backend,
                              backends) {
  constexpr std::size_t groups = 25;
  for (const auto when : {fault_plan::moment::before, fault_plan::moment::after})
    for (std::size_t n = 1; n <= groups; ++n) {
      BOOST_TEST_CONTEXT("write " << n << (when == fault_plan::moment::after ? ", which is on disk" : "")) {
        Backend backend;
        std::mt19937_64 random{n};
        model truth;
        std::int64_t time = 0;
        fault_plan plan{.fail_at = n, .when = when, .how_long = fault_plan::length::once};
        {
          fault_store faulty{"blocks", backend.open("blocks"), plan};
          auto log = value_or_throw(block_log::open(faulty));
          while (plan.writes < n) {
            const auto group = truth.next_group(random, time);
            const auto result = log.write(group);
            BOOST_CHECK(!result.had_no_room());
            if (!result.why || when == fault_plan::moment::after)
              truth.write(group);
            BOOST_REQUIRE(static_cast<bool>(result.why) == (plan.writes == n));
          }
          // The disk is well again, but nothing may follow a gap.
          BOOST_CHECK(mentions(log.write({.blocks = {block("d", 1)}}).why, "until it is opened again"));
        }
        backend.close();
        auto log = value_or_throw(block_log::open(backend.open("blocks")));
        truth.check(log);
        require_written(log, {.blocks = {block("d", 1)}});
      }
    }
}

BOOST_AUTO_TEST_CASE(a_write_without_room_leaves_the_log_open_and_as_it_was) {
  memory_store store;
  fault_plan plan{.fail_at = 2, .why = fault_plan::reason::no_room};
  fault_store faulty{"blocks", store, plan};
  auto log = value_or_throw(block_log::open(faulty));
  require_written(log, {.blocks = {block("lines", 1)}});
  const log_group second{.blocks = {block("lines", 2)}, .allocations = {allocated(10, {{"lines", share(1, 3)}})}};
  for (int i = 0; i < 2; ++i) {
    BOOST_TEST(log.write(second).had_no_room());
    BOOST_TEST(log.next_block("lines") == 2U);
    BOOST_TEST(read_all(log, "lines").size() == 1U);
    BOOST_TEST(log.pending().empty());
  }
  plan.down = false;
  require_written(log, second);
  BOOST_TEST(read_all(log, "lines").size() == 2U);
}

BOOST_AUTO_TEST_CASE(the_quota_is_a_lack_of_room_that_a_release_ends) {
  // Blocks of many sizes, so that anything from nothing to a block is left before the end.
  for (std::size_t records = 2'000; records < 20'000; records += 500) {
    BOOST_TEST_CONTEXT("blocks of " << records * 8 << " bytes") {
      const temporary_directory dir;
      const auto store = value_or_throw(lmdb_store::open(dir.path(), {.initial_map = 1 << 20, .quota = 1 << 20}));
      auto log = value_or_throw(block_log::open(*store));
      std::int64_t t = 0;
      for (int round = 0; round < 5; ++round) {
        write_result result;
        while (!result.why) {
          const auto next = log.next_block("lines");
          BOOST_REQUIRE(next < 1000U);
          result = log.write({.blocks = {block("lines", next, records)}});
        }
        BOOST_REQUIRE_MESSAGE(result.had_no_room(), describe(result.why));
        const auto [first, begin, end] = log.counts("lines");
        BOOST_TEST(end - first >= 5U);
        require_written(log, {.allocations = {allocated(++t, {{"lines", share(begin, end)}})}});
        require_written(log, {.release = batch_time{t}});
        require_written(log, {.blocks = {block("lines", end, records)}});
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(the_file_does_not_grow_while_as_much_is_released_as_comes) {
  const temporary_directory dir;
  const auto store = value_or_throw(lmdb_store::open(dir.path(), {.initial_map = 64 << 20}));
  auto log = value_or_throw(block_log::open(*store));
  std::mt19937_64 random{1};
  std::size_t early = 0;
  constexpr std::int64_t rounds = 1000;
  for (std::int64_t t = 1; t <= rounds; ++t) {
    // Up to four blocks of 1 to 33 pages, and three batches in flight.
    log_group group;
    const auto first = log.next_block("lines");
    auto end = first;
    for (auto n = random() % 5; n > 0; --n)
      group.blocks.push_back(block("lines", end++, random() % 16'384));
    group.allocations.push_back(allocated(t, {{"lines", share(first, end)}}));
    if (t > 3)
      group.release = batch_time{t - 3};
    require_written(log, group);
    if (t == rounds / 5)
      early = bytes_on_disk(dir.path());
  }
  const auto late = bytes_on_disk(dir.path());
  BOOST_TEST_MESSAGE("KiB after 200 rounds: " << early / 1024 << ", after 1000: " << late / 1024);
  BOOST_TEST(late <= early + early / 2);
  BOOST_TEST(late <= std::size_t{8} << 20); // 12 blocks of 128 KiB are at most 1.5 MiB
}

BOOST_AUTO_TEST_CASE_TEMPLATE(blocks_that_no_batch_has_got_can_be_forgotten, Backend, backends) {
  Backend backend;
  {
    auto log = value_or_throw(block_log::open(backend.open("blocks")));
    require_ok(log.forget("lines", 1).why); // there are none
    require_written(log, {.blocks = {block("lines", 1), block("lines", 2), block("lines", 3), block("lines", 4)},
                          .allocations = {allocated(10, {{"lines", share(1, 3)}})}});
    require_ok(log.forget("lines", 4).why);
    BOOST_TEST(log.next_block("lines") == 4U);
    require_ok(log.forget("lines", 1).why); // those of the batch stay
    BOOST_CHECK((log.counts("lines") == block_counts{1, 3, 3}));
  }
  backend.close();
  auto log = value_or_throw(block_log::open(backend.open("blocks")));
  BOOST_CHECK((log.counts("lines") == block_counts{1, 3, 3}));
  BOOST_TEST(read_all(log, "lines").size() == 2U);
  require_written(log, {.blocks = {block("lines", 3)}, .allocations = {allocated(20, {{"lines", share(3, 4)}})}});
  BOOST_TEST(read_all(log, "lines").size() == 3U);
}

BOOST_AUTO_TEST_SUITE_END()
