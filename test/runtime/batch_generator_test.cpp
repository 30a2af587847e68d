// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/runtime/intake/batch_generator.hpp>

#include <vector>

#include <boost/test/unit_test.hpp>

#include <sluice/actors/batch/batch_io.hpp>

using namespace sluice;
using namespace std::chrono_literals;

namespace {

batch block(std::size_t records) { return make_batch<int>(std::vector<int>(records)); }

} // namespace

BOOST_AUTO_TEST_SUITE(batch_generator_suite)

BOOST_AUTO_TEST_CASE(blocks_go_to_the_partitions_in_turn_over_all_batches) {
  batch_generator generator{1000ms, 3, 6};
  generator.open(batch_time{1000});
  std::vector<std::uint32_t> targets;
  for (auto n = 0; n < 7; ++n) {
    targets.push_back(generator.add(block(1)).to.value());
    if (n == 3)
      generator.cut();
  }
  BOOST_TEST((targets == std::vector<std::uint32_t>{0, 1, 2, 0, 1, 2, 0}));
}

BOOST_AUTO_TEST_CASE(a_block_belongs_to_the_batch_that_is_open) {
  batch_generator generator{500ms, 1};
  generator.open(batch_time{1500});
  BOOST_TEST(generator.add(block(1)).time.ms() == 1500);
  BOOST_TEST(generator.cut().time.ms() == 1500);
  BOOST_TEST(generator.cut().time.ms() == 2000);
  const auto parcel = generator.add(block(5));
  BOOST_TEST(parcel.time.ms() == 2500);
  BOOST_TEST(parcel.content.count() == 5U);
}

BOOST_AUTO_TEST_CASE(a_cut_says_what_the_batch_held) {
  batch_generator generator{1000ms, 2};
  generator.open(batch_time{1000});
  const auto first = block(3);
  const auto second = block(40);
  generator.add(first);
  generator.add(second);
  const auto full = generator.cut();
  BOOST_TEST(full.records == 43U);
  BOOST_TEST(full.bytes == first.bytes().size() + second.bytes().size());
  const auto empty = generator.cut();
  BOOST_TEST(empty.records == 0U);
  BOOST_TEST(empty.bytes == 0U);
}

BOOST_AUTO_TEST_CASE(bytes_come_back_once_when_their_batch_is_committed) {
  batch_generator generator{1000ms, 1};
  generator.open(batch_time{1000});
  std::vector<std::uint64_t> bytes;
  for (const std::size_t n : {10, 0, 20, 30}) {
    if (n != 0)
      generator.add(block(n));
    bytes.push_back(generator.cut().bytes);
  }
  const auto open = block(99);
  generator.add(open);
  BOOST_TEST(generator.release(batch_time{500}).bytes == 0U);
  BOOST_TEST(generator.release(batch_time{1000}).bytes == bytes[0]);
  BOOST_TEST(generator.release(batch_time{1000}).bytes == 0U);
  BOOST_TEST(generator.release(batch_time{3000}).bytes == bytes[2]);
  // What is still open is not released with the batches before it.
  BOOST_TEST(generator.release(batch_time{9000}).bytes == bytes[3]);
  generator.cut();
  BOOST_TEST(generator.release(batch_time{5000}).bytes == open.bytes().size());
}

BOOST_AUTO_TEST_CASE(blocks_are_numbered_over_all_batches) {
  batch_generator generator{1000ms, 2, 7};
  generator.open(batch_time{1000});
  BOOST_TEST(generator.add(block(1)).number == 7U);
  BOOST_TEST(generator.add(block(1)).number == 8U);
  const auto first = generator.cut();
  BOOST_TEST(first.first_block == 7U);
  BOOST_TEST(first.end_block == 9U);
  const auto empty = generator.cut();
  BOOST_TEST(empty.first_block == 9U);
  BOOST_TEST(empty.end_block == 9U);
  BOOST_TEST(generator.release(batch_time{500}).end_block == 0U);
  BOOST_TEST(generator.release(batch_time{2000}).end_block == 9U);
}

BOOST_AUTO_TEST_CASE(a_batch_that_runs_again_goes_the_same_ways) {
  const auto ways = [](batch_generator& generator) {
    std::vector<std::uint32_t> result;
    for (auto n = 0; n < 5; ++n)
      result.push_back(generator.add(block(1)).to.value());
    return result;
  };
  batch_generator before{1000ms, 3};
  before.open(batch_time{1000});
  before.add(block(1));
  before.cut();
  const auto number = before.next_block();
  const auto first = ways(before);
  batch_generator after{1000ms, 3};
  after.open(batch_time{2000});
  after.go_to(number);
  BOOST_TEST(ways(after) == first, boost::test_tools::per_element());
  const auto cut = after.cut();
  BOOST_TEST(cut.time.ms() == 2000);
  BOOST_TEST(cut.first_block == number);
  after.open(batch_time{9000}); // the grid goes on later
  BOOST_TEST(after.add(block(1)).time.ms() == 9000);
}

BOOST_AUTO_TEST_SUITE_END()
