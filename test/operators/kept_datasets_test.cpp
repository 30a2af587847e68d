// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <array>
#include <string>

#include <boost/test/unit_test.hpp>

#include "../support/pipeline.hpp"
#include "../support/temporary_files.hpp"

using namespace sluice;
using namespace std::chrono_literals;
using test::pipeline;

namespace {

std::vector<int> numbers_of(const std::vector<rdd<int>>& datasets) {
  std::vector<int> result;
  for (const auto& x : datasets)
    for (const auto n : x.collect())
      result.push_back(n);
  return result;
}

std::vector<int> slice(const dstream<int>& of, std::int64_t from, std::int64_t to) {
  return numbers_of(of.slice(batch_time{from}, batch_time{to}));
}

constexpr std::array levels{storage_level::memory_only, storage_level::memory_only_ser, storage_level::memory_and_disk,
                            storage_level::memory_and_disk_ser, storage_level::disk_only};

} // namespace

BOOST_AUTO_TEST_SUITE(kept_datasets)

BOOST_AUTO_TEST_CASE(a_slice_has_the_datasets_of_its_times_rounded_down) {
  test::composing program;
  program.remember(10s);
  const auto in = program.input<int>();
  const auto kept = in.map([](int x) { return x; }).persist();
  const auto windows = in.window(2s, 2s).cache();
  BOOST_CHECK_THROW(slice(kept, 0, 1000), runtime_failure); // has not been initialized
  pipeline run{program, {.partitions = 2}};
  for (auto n = 1; n <= 6; ++n) {
    run.feed(in, 0, std::vector{n});
    run.cut();
  }
  run.run();
  BOOST_TEST((slice(kept, 2000, 4000) == std::vector{2, 3, 4}));
  BOOST_TEST((slice(kept, 2999, 4999) == std::vector{2, 3, 4}));
  BOOST_TEST((slice(kept, -5000, 1999) == std::vector{1}));
  BOOST_TEST((slice(kept, 6000, 60'000) == std::vector{6}));
  BOOST_TEST(slice(kept, 7000, 60'000).empty());
  BOOST_TEST(slice(kept, 4000, 3000).empty());
  BOOST_TEST((slice(windows, 3999, 4000) == std::vector{1, 2, 3, 4}));
}

BOOST_AUTO_TEST_CASE(datasets_are_forgotten_after_the_time_to_remember) {
  for (const auto& [remember, expected] : {std::pair{0s, std::vector{6}}, std::pair{3s, std::vector{4, 5, 6}}}) {
    test::composing program;
    if (remember != 0s)
      program.remember(remember);
    const auto kept = program.input<int>().persist();
    pipeline run{program};
    for (auto n = 1; n <= 6; ++n) {
      run.feed(kept, 0, std::vector{n});
      run.cut();
    }
    run.run();
    BOOST_TEST((slice(kept, 0, 10'000) == expected));
  }
}

BOOST_AUTO_TEST_CASE(a_stream_that_is_not_persisted_has_no_slices_and_persisting_twice_is_once) {
  test::composing program;
  const auto in = program.input<int>();
  BOOST_CHECK_THROW(slice(in, 0, 1000), usage_error);
  in.persist().persist();
  BOOST_TEST(program.graph().outputs() == 1U);
}

BOOST_AUTO_TEST_CASE(slices_are_the_same_at_all_levels) {
  const test::temporary_files files;
  for (std::uint64_t seed = 0; seed < 3; ++seed) {
    test::composing program;
    program.remember(3s);
    const auto in = program.input<std::string_view>();
    std::vector<dstream<std::string_view>> kept;
    for (const auto level : levels)
      kept.push_back(in.map([](std::string_view x) { return x; }).persist(level));
    std::vector<std::vector<rdd<std::string_view>>> slices;
    {
      pipeline run{program, {.partitions = 1 + static_cast<std::uint32_t>(seed), .seed = seed, .block_records = 2}};
      const std::vector<std::vector<std::string_view>> batches{
          {"a"}, {"b", "c", "d"}, {}, {"a text that does not fit into a record", ""}, {"e", "f"}};
      for (const auto& records : batches) {
        run.feed(in, 0, records);
        run.cut();
        run.run_some(seed * 5);
      }
      run.run();
    }
    for (const auto& stream : kept)
      slices.push_back(stream.slice(batch_time{0}, batch_time{5000}));
    BOOST_TEST(files.is_empty());
    BOOST_TEST(files.open_files().size() == 3U); // one a stream
    for (const auto& slice : slices) {
      BOOST_REQUIRE(slice.size() == 3U);
      for (std::size_t i = 0; i < slice.size(); ++i) {
        BOOST_TEST(slice[i].num_partitions() == slices[0][i].num_partitions());
        auto found = slice[i].collect();
        auto expected = slices[0][i].collect();
        std::ranges::sort(found);
        std::ranges::sort(expected);
        BOOST_TEST(found == expected, boost::test_tools::per_element());
      }
      BOOST_TEST(slice[0].is_empty());
      BOOST_TEST(slice[1].count() == 2U);
    }
  }
  BOOST_TEST(files.open_files().empty());
}

BOOST_AUTO_TEST_CASE(a_disk_that_refuses_a_dataset_fails_its_batch) {
  test::composing program;
  const auto kept = program.input<int>().persist(storage_level::disk_only);
  pipeline run{program};
  run.feed(kept, 0, std::vector{1});
  run.cut();
  const test::temporary_files files{"/proc"};
  BOOST_CHECK_EXCEPTION(run.run(), runtime_failure, [](const runtime_failure& e) {
    return std::string_view{e.what()}.find("'/proc'") != std::string_view::npos;
  });
}

BOOST_AUTO_TEST_CASE(the_level_of_a_stream_cannot_be_changed) {
  test::composing program;
  const auto in = program.input<int>("in").named("numbers");
  in.persist(storage_level::disk_only).persist(storage_level::disk_only);
  BOOST_CHECK_EXCEPTION(in.cache(), usage_error, [](const usage_error& e) {
    return std::string_view{e.what()}
           == "persist: 'numbers' is persisted as disk_only, and the storage level of a stream cannot be changed to "
              "memory_only_ser";
  });
  BOOST_TEST(program.graph().outputs() == 1U);
}

BOOST_AUTO_TEST_CASE(a_stream_cannot_be_persisted_after_the_start) {
  test::composing program;
  const auto in = program.input<int>();
  in.scope()->graph.freeze("it has started");
  BOOST_CHECK_THROW(in.persist(storage_level::memory_only), usage_error);
  BOOST_CHECK_THROW(slice(in, 0, 1000), usage_error); // it is not persisted
}

BOOST_AUTO_TEST_SUITE_END()
