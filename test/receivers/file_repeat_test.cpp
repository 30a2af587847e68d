// SPDX-License-Identifier: BSD-3-Clause
//
// What a pull of files has given comes again by its recipe: the same records in the same blocks, or an error.
#include "file_reading.hpp"

#include <sluice/receivers/file/file_position.hpp>

#include <random>

using namespace sluice;
using namespace std::chrono_literals;
using namespace sluice::test;

namespace {

texts again(const reading<std::string_view>& x, std::string_view recipe) {
  auto blocks = x.from->repeat(recipe);
  if (!blocks)
    BOOST_FAIL(describe(blocks.error()));
  return records_of<std::string_view>(*blocks);
}

std::string failure_of_repeat(const reading<std::string_view>& x, std::string_view recipe) {
  auto blocks = x.from->repeat(recipe);
  return blocks ? "" : describe(blocks.error());
}

} // namespace

BOOST_AUTO_TEST_SUITE(file_repeat)

BOOST_AUTO_TEST_CASE(every_pull_comes_again_in_the_same_blocks_also_in_another_process) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    std::mt19937_64 random{seed};
    const file_options options{.max_files_per_batch = 1 + random() % 3, .max_bytes_per_batch = 1 + random() % 400'000};
    auto x = lines(options);
    x.disk->read_at_most = 1 << 16;
    struct pull {
      std::vector<batch> blocks;
      std::string recipe;
    };
    std::vector<pull> pulls;
    for (std::int64_t t = 1'001'000; pulls.size() < 8; t += 1000) {
      if (random() % 2 == 0) {
        auto& file = x.disk->files["in/f" + std::to_string(t)];
        file.modified_ms = t - 500;
        for (auto n = random() % 40'000; n > 0; --n)
          file.content += "line " + std::to_string(n) + '\n';
      }
      auto blocks = x.blocks(t, 300'000);
      pulls.push_back({std::move(blocks), *x.from->recipe()});
    }
    const auto position = *x.from->position();
    restart(x, position, options);
    for (const auto& before : pulls) {
      if (before.blocks.empty())
        continue;
      const auto after = x.from->repeat(before.recipe);
      BOOST_TEST_REQUIRE(after.has_value());
      BOOST_TEST_REQUIRE(after->size() == before.blocks.size());
      for (std::size_t i = 0; i < after->size(); ++i)
        BOOST_TEST(std::ranges::equal((*after)[i].bytes(), before.blocks[i].bytes()));
    }
    // It has read nothing that is new.
    BOOST_TEST((*read_file_position(*x.from->position(), "in") == *read_file_position(position, "in")));
  }
}

BOOST_AUTO_TEST_CASE(what_has_been_appended_meanwhile_does_not_belong_to_it) {
  auto x = lines();
  auto& file = x.disk->files["in/a"] = {1'000'100, "one\ntwo\n"};
  x.records(1'001'000);
  const auto recipe = *x.from->recipe();
  file.content += "three\n";
  file.modified_ms += 5000;
  BOOST_TEST((again(x, recipe) == texts{"one", "two"}));
}

BOOST_AUTO_TEST_CASE(a_file_that_is_not_what_it_was_is_an_error_that_says_what_is_missing) {
  auto x = lines();
  x.disk->files["in/a"] = {1'000'100, "one\ntwo\n"};
  x.records(1'001'000);
  const auto recipe = *x.from->recipe();
  x.disk->files["in/a"] = {1'009'000, "one\n2\n"};
  const std::string needs = "a batch runs again and needs bytes 0 to 8 of 'in/a', but ";
  BOOST_TEST(failure_of_repeat(x, recipe)
             == needs
                    + "it has been cut, or replaced by another; put the file back, or start over from another "
                      "checkpoint");
  x.disk->files["in/a"] = {1'009'000, "one\ntwO\n"};
  BOOST_TEST(failure_of_repeat(x, recipe).starts_with(needs + "it has been cut, or replaced"));
  x.disk->files.clear();
  BOOST_TEST(failure_of_repeat(x, recipe).starts_with(needs + "it has gone"));
  x.disk->files["in/a"] = {1'000'100, "one\ntwo\n"};
  x.disk->broken_after = 0;
  BOOST_TEST(failure_of_repeat(x, recipe).find("the disk is broken") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_recipe_from_a_damaged_disk_is_an_error) {
  auto x = lines();
  x.disk->files["in/a"] = {1'000'100, "one\ntwo\n"};
  x.records(1'001'000);
  const auto recipe = *x.from->recipe();
  BOOST_TEST(failure_of_repeat(x, "") == "what a batch took of files cannot be read: its length is wrong");
  std::mt19937_64 random{7};
  for (auto i = 0; i < 2000; ++i) {
    auto damaged = recipe;
    damaged[random() % damaged.size()] ^= static_cast<char>(1U << random() % 8);
    (void)x.from->repeat(damaged); // whatever comes of it, it comes in order
    (void)x.from->repeat(std::string_view{damaged}.substr(0, random() % damaged.size() / 8 * 8));
  }
}

BOOST_AUTO_TEST_SUITE_END()
