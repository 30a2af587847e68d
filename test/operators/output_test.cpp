// SPDX-License-Identifier: BSD-3-Clause
//
// What leaves a program: print, foreach_rdd; and count, the one operator that has a record where nothing came in.
#include <array>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <numeric>

#include <boost/test/unit_test.hpp>

#include "../support/pipeline.hpp"
#include "../support/temporary_directory.hpp"

using namespace sluice;
using test::pipeline;

namespace {

/// @param name of the stream, where several print
std::string printed(std::int64_t t, const std::string& lines, const std::string& name = {}) {
  const auto rule = std::string(43, '-') + '\n';
  return rule + "Time: " + std::to_string(t) + " ms" + (name.empty() ? "" : ", " + name) + '\n' + rule + lines + '\n';
}

std::vector<int> numbers(int n) {
  std::vector<int> result(static_cast<std::size_t>(n));
  std::iota(result.begin(), result.end(), 0);
  return result;
}

} // namespace

BOOST_AUTO_TEST_SUITE(output)

BOOST_AUTO_TEST_CASE(print_shows_ten_records_by_default_and_dots_if_there_are_more) {
  test::composing program;
  const auto in = program.input<int>();
  in.print();
  pipeline run{program};
  run.feed(in, 0, numbers(10));
  run.run_batch();
  run.feed(in, 0, numbers(11));
  run.run_batch();
  run.run_batch();
  const std::string ten = "0\n1\n2\n3\n4\n5\n6\n7\n8\n9\n";
  BOOST_TEST(run.printed() == printed(1000, ten) + printed(2000, ten + "...\n") + printed(3000, ""));
}

BOOST_AUTO_TEST_CASE(print_takes_its_limit_from_the_program_unless_it_is_given_one) {
  test::composing program;
  program.set_print_limit(1);
  const auto in = program.input<int>();
  in.print();
  in.print(2);
  in.print(0);
  in.print(print_all);
  pipeline run{program};
  run.feed(in, 0, numbers(3));
  run.run_batch();
  BOOST_TEST(run.printed()
             == printed(1000, "0\n...\n", in.name()) + printed(1000, "0\n1\n...\n", in.name())
                    + printed(1000, "...\n", in.name()) + printed(1000, "0\n1\n2\n", in.name()));
}

BOOST_AUTO_TEST_CASE(pprint_shows_the_local_time_instead_of_milliseconds) {
  test::composing program;
  const auto in = program.input<int>();
  in.pprint(1);
  pipeline run{program, {.first = batch_time{1'577'836'800'000}}};
  run.feed(in, 0, numbers(2));
  run.run_batch();
  const std::time_t seconds = 1'577'836'800;
  std::array<char, 32> text{};
  const auto size = std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S", std::localtime(&seconds));
  const auto rule = std::string(43, '-') + '\n';
  BOOST_TEST(run.printed() == rule + "Time: " + std::string(text.data(), size) + '\n' + rule + "0\n...\n\n");
}

BOOST_AUTO_TEST_CASE(a_directory_a_batch_has_the_records_of_each_partition_in_a_file) {
  const test::temporary_directory place;
  const auto prefix = (place.path() / "numbers").string();
  test::composing program;
  const auto in = program.input<int>();
  in.save_as_text_files(prefix, "txt");
  in.save_as_object_files(prefix);
  pipeline run{program, {.partitions = 2, .block_records = 2}};
  run.feed(in, 0, numbers(4));
  run.run_batch();
  run.run_batch();
  const auto text_of = [&](const std::string& file) {
    std::ifstream opened{prefix + file};
    return std::string{std::istreambuf_iterator<char>{opened}, {}};
  };
  BOOST_TEST(text_of("-1000.txt/part-00000") == "0\n1\n");
  BOOST_TEST(text_of("-1000.txt/part-00001") == "2\n3\n");
  BOOST_TEST(std::filesystem::exists(prefix + "-1000.txt/_SUCCESS"));
  BOOST_TEST(std::filesystem::exists(prefix + "-2000.txt/part-00001"));
  BOOST_TEST(text_of("-2000.txt/part-00001") == "");
  BOOST_TEST(read_object_files<int>(prefix + "-1000").collect() == numbers(4), boost::test_tools::per_element());
  BOOST_TEST(read_object_files<int>(prefix + "-2000").is_empty());
}

BOOST_AUTO_TEST_CASE(what_a_process_that_died_has_left_unfinished_is_removed_at_the_start) {
  namespace fs = std::filesystem;
  const test::temporary_directory place;
  for (const auto* name :
       {".n-500.txt._temporary", ".n-500._temporary", ".n-x.txt._temporary", ".m-500.txt._temporary"})
    fs::create_directory(place.path() / name);
  test::composing program;
  const auto in = program.input<int>();
  in.save_as_text_files((place.path() / "n").string(), "txt");
  pipeline run{program};
  run.run_batch();
  BOOST_TEST(!fs::exists(place.path() / ".n-500.txt._temporary"));
  // Of other outputs.
  for (const auto* name : {".n-500._temporary", ".n-x.txt._temporary", ".m-500.txt._temporary"})
    BOOST_TEST(fs::exists(place.path() / name));
}

BOOST_AUTO_TEST_CASE(print_shows_partition_after_partition_whichever_comes_first) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    test::composing program;
    const auto in = program.input<int>();
    in.print(3);
    pipeline run{program, {.partitions = 3, .seed = seed, .block_records = 2}};
    run.feed(in, 0, numbers(12));
    run.cut();
    run.feed(in, 0, numbers(2));
    run.cut();
    run.run();
    BOOST_TEST(run.printed() == printed(1000, "0\n1\n6\n...\n") + printed(2000, "0\n1\n"));
  }
}

BOOST_AUTO_TEST_CASE(print_asks_every_partition_for_one_record_more_than_it_shows) {
  test::composing program;
  program.input<int>().print(2);
  const auto plan = make_plan(program.graph(), 1);
  std::ostringstream out;
  stage s{program.graph(), plan.stages.at(0), partition_id{0}, stage_setting{&out}};
  const auto edge = plan.inputs.at(0).id;
  for (const auto t : {1, 2}) {
    std::uint32_t sent = 0;
    for (auto n = 0; n < 3; ++n)
      BOOST_REQUIRE(!s.on_data(edge, partition_id{0}, batch_time{t}, make_batch<int>(numbers(2'000))));
    s.on_end(edge, partition_id{0}, batch_time{t});
    for (const auto& parcel : s.effects().parcels)
      sent += parcel.content.count();
    s.effects().clear();
    BOOST_TEST(sent == 3U);
  }
}

BOOST_AUTO_TEST_CASE(outputs_run_in_the_order_of_their_definition_and_batches_in_that_of_time) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    std::vector<std::pair<std::int64_t, int>> ran;
    test::composing program;
    const auto a = program.input<int>();
    const auto b = program.input<int>();
    const auto note = [&ran](int which) {
      return [&ran, which](const rdd<int>&, batch_time t) { ran.emplace_back(t.ms(), which); };
    };
    b.foreach_rdd(note(0));
    a.map([](int x) { return x; }).foreach_rdd(note(1));
    a.foreach_rdd([&ran](const rdd<int>&) { ran.emplace_back(ran.back().first, 2); });
    pipeline run{program, {.partitions = 2, .seed = seed}};
    for (auto n = 0; n < 3; ++n) {
      run.feed(a, 0, numbers(300));
      run.feed(b, 1, numbers(300));
      run.cut();
    }
    run.run();
    std::vector<std::pair<std::int64_t, int>> expected;
    for (const auto t : {1000, 2000, 3000})
      for (const auto which : {0, 1, 2})
        expected.emplace_back(t, which);
    BOOST_TEST((ran == expected));
  }
}

BOOST_AUTO_TEST_CASE(a_dataset_may_be_kept_after_its_batch) {
  std::vector<rdd<std::string_view>> kept;
  test::composing program;
  const auto in = program.input<std::string_view>();
  in.map([](std::string_view x) { return x; }).foreach_rdd([&kept](const rdd<std::string_view>& x) {
    kept.push_back(x);
  });
  pipeline run{program};
  for (const auto* text : {"one text that is long enough to be on the heap", "another one that is long enough"}) {
    run.feed(in, 0, std::vector<std::string>{text});
    run.run_batch();
  }
  std::vector<std::string_view> views;
  for (const auto& x : kept)
    x.for_each([&](std::string_view text) { views.push_back(text); });
  BOOST_TEST((views
              == std::vector<std::string_view>{"one text that is long enough to be on the heap",
                                               "another one that is long enough"}));
}

BOOST_AUTO_TEST_CASE(count_gives_one_number_a_batch_also_for_an_empty_one) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    test::composing program;
    const auto in = program.input<int>();
    const auto all = test::collect(in.count());
    const auto none = test::collect(in.filter([](int) { return false; }).count());
    const auto plus_one = test::collect(in.count().map([](std::int64_t n) { return n + 1; }));
    const auto counted_twice = test::collect(in.count().count());
    pipeline run{program, {.partitions = 1 + static_cast<std::uint32_t>(seed % 3), .seed = seed, .block_records = 900}};
    using numbers_of = std::vector<std::int64_t>;
    const numbers_of sizes{0, 1, 1023, 1024, 1025, 5000, 0};
    for (const auto n : sizes) {
      run.feed(in, 0, numbers(static_cast<int>(n)));
      run.cut();
    }
    run.run();
    auto t = std::int64_t{0};
    for (const auto n : sizes) {
      t += 1000;
      BOOST_TEST((all->at(t) == numbers_of{n}));
      BOOST_TEST((none->at(t) == numbers_of{0}));
      BOOST_TEST((plus_one->at(t) == numbers_of{n + 1}));
      BOOST_TEST((counted_twice->at(t) == numbers_of{1}));
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
