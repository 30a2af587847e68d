// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/receivers/file/file_input.hpp>

#include "file_reading.hpp"

using namespace sluice;
using namespace std::chrono_literals;
using namespace sluice::test;

namespace {

/// What the error of an input says last.
const std::string advice = "; mend or remove the file and start again, or go on without it: file_options::on_error = "
                           "input_error_policy::skip_file, or skip_record";

template <record T, class Parse>
reading<T> parsed(Parse parse, const file_options& options = {}) {
  reading<T> result;
  result.from = file_input<T>("in", std::move(parse), 1s, options, environment_of(result.disk)).make_source();
  return result;
}

reading<bytes_view> cut_up(std::size_t record_bytes) {
  reading<bytes_view> result;
  result.from = binary_records_input("in", record_bytes, 1s, {}, environment_of(result.disk)).make_source();
  return result;
}

std::string refusal(const std::function<void()>& compose) {
  try {
    compose();
    return "";
  } catch (const usage_error& e) {
    return e.what();
  }
}

} // namespace

BOOST_AUTO_TEST_SUITE(file_input_)

BOOST_AUTO_TEST_CASE(a_file_is_read_once_by_the_first_batch_not_before_its_time) {
  const auto x = lines();
  x.disk->files["in/a"] = {1'000'001, "one\r\ntwo"};
  x.disk->files["in/b"] = {1'001'001, "three\n"};
  BOOST_TEST(x.records(1'001'000) == (texts{"one", "two"}), boost::test_tools::per_element());
  BOOST_TEST(x.records(1'002'000) == (texts{"three"}), boost::test_tools::per_element());
  x.disk->files["in/a"].content += " and more";
  BOOST_TEST(x.records(1'003'000).empty());
}

BOOST_AUTO_TEST_CASE(files_come_in_order_of_time_and_name) {
  const auto x = lines();
  x.disk->files["in/c"] = {1'000'500, "2"};
  x.disk->files["in/b"] = {1'000'900, "4"};
  x.disk->files["in/d"] = {1'000'500, "3"};
  x.disk->files["in/e"] = {1'000'400, "1"};
  BOOST_TEST(x.records(1'001'000) == (texts{"1", "2", "3", "4"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(only_what_is_modified_after_the_stream_was_made_is_new) {
  const auto x = lines();
  x.disk->files["in/before"] = {999'999, "before"};
  x.disk->files["in/then"] = {1'000'000, "then"};
  x.disk->files["in/after"] = {1'000'001, "after"};
  BOOST_TEST(x.records(1'001'000) == (texts{"after"}), boost::test_tools::per_element());
  // The clock that counts is that of the composition, not of the start.
  const auto disk = std::make_shared<fake_disk>();
  disk->now = 1000;
  const auto composed = text_file_input("in", 1s, {}, environment_of(disk));
  disk->now = 9000;
  disk->files["in/a"] = {5000, "a"};
  BOOST_TEST(
      records_of<std::string_view>(**composed.make_source()->pull(batch_time{10'000}, sluice::test::unlimited_room))
          .size()
      == 1U);
}

BOOST_AUTO_TEST_CASE(old_files_are_read_if_wanted_but_none_older_than_the_window) {
  const auto x = lines({.new_files_only = false});
  x.disk->files["in/a"] = {941'000, "too old"};
  x.disk->files["in/b"] = {941'001, "just"};
  x.disk->files["in/c"] = {999'999, "old"};
  BOOST_TEST(x.records(1'001'000) == (texts{"just", "old"}), boost::test_tools::per_element());
  BOOST_TEST(x.records(1'002'000).empty());
}

BOOST_AUTO_TEST_CASE(the_window_is_whole_batches) {
  BOOST_TEST((remember_window(1s, 60s) == 60s));
  BOOST_TEST((remember_window(7s, 60s) == 63s));
  BOOST_TEST((remember_window(60s, 60s) == 60s));
  BOOST_TEST((remember_window(10min, 60s) == 10min));
  BOOST_TEST((remember_window(1ms, 1ms) == 1ms));
}

BOOST_AUTO_TEST_CASE(a_file_touched_within_the_window_is_known_and_forgotten_after_it) {
  const auto x = lines({.min_remember_duration = 3s});
  x.disk->files["in/a"] = {1'000'500, "a"};
  BOOST_TEST(x.records(1'001'000).size() == 1U);
  for (const auto t : {1'002'000, 1'003'000, 1'004'000}) {
    x.disk->files["in/a"].modified_ms = t;
    BOOST_TEST(x.records(t).empty());
  }
  x.disk->files["in/a"].modified_ms = 1'004'500;
  BOOST_TEST(x.records(1'005'000).size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_filter_stands_in_for_the_one_that_leaves_hidden_files_out) {
  const auto put = [](const auto& x) {
    x.disk->files["in/.a"] = {1'000'100, "hidden"};
    x.disk->files["in/b.log"] = {1'000'200, "log"};
    x.disk->files["in/c.tmp"] = {1'000'300, "tmp"};
  };
  const auto visible = lines();
  put(visible);
  BOOST_TEST(visible.records(1'001'000) == (texts{"log", "tmp"}), boost::test_tools::per_element());
  const auto logs = lines({.filter = [](const auto& path) { return path.extension() == ".log"; }});
  put(logs);
  BOOST_TEST(logs.records(1'001'000) == (texts{"log"}), boost::test_tools::per_element());
  const auto all = lines({.filter = {}});
  put(all);
  BOOST_TEST(all.records(1'001'000) == (texts{"hidden", "log", "tmp"}), boost::test_tools::per_element());
  const auto broken = lines({.filter = [](const auto&) -> bool { throw std::runtime_error{"no taste"}; }});
  put(broken);
  const auto why = broken.failure(1'001'000);
  BOOST_TEST(is(why, ec::user_code_failed));
  BOOST_TEST(describe(why) == "the filter of files in 'in' failed: no taste");
}

BOOST_AUTO_TEST_CASE(trouble_with_a_listing_is_a_warning_and_what_was_missed_comes_later) {
  const auto x = lines();
  x.disk->files["in/a"] = {1'000'500, "a"};
  x.disk->trouble = "cannot list 'in': it burns";
  BOOST_TEST(x.records(1'001'000).empty());
  BOOST_TEST(x.records(1'002'000).empty());
  BOOST_TEST(x.disk->warnings == (texts{"cannot list 'in': it burns; no new files until that is over"}),
             boost::test_tools::per_element());
  x.disk->trouble.reset();
  BOOST_TEST(x.records(1'003'000) == (texts{"a"}), boost::test_tools::per_element());
  x.disk->trouble = "cannot list 'in': it burns";
  BOOST_TEST(x.records(1'004'000).empty());
  BOOST_TEST(x.disk->warnings.size() == 2U);
}

BOOST_AUTO_TEST_CASE(a_listing_slower_than_the_batch_is_a_warning) {
  const auto x = lines();
  x.disk->listing_takes = 1000;
  BOOST_TEST(x.records(1'001'000).empty());
  BOOST_TEST(x.disk->warnings.empty());
  x.disk->listing_takes = 1001;
  BOOST_TEST(x.records(1'002'000).empty());
  BOOST_TEST_REQUIRE(x.disk->warnings.size() == 1U);
  BOOST_TEST(x.disk->warnings[0].starts_with("listing 'in' took 1001 ms, longer than a batch of 1000 ms"));
  BOOST_TEST(x.records(1'003'000).empty());
  BOOST_TEST(x.disk->warnings.size() == 1U); // said once, until it is over
}

BOOST_AUTO_TEST_CASE(a_batch_is_described_by_the_paths_of_its_files_as_far_as_there_is_room) {
  const auto x = lines();
  BOOST_TEST(x.from->description() == "");
  x.disk->files["in/a"] = {1'000'200, "a"};
  x.disk->files["in/b"] = {1'000'100, "b"};
  x.records(1'001'000);
  BOOST_TEST(x.from->description() == "in/b\nin/a");
  x.records(1'002'000);
  BOOST_TEST(x.from->description() == "");
  for (auto i = 0; i < 1000; ++i)
    x.disk->files["in/" + std::string(97, 'x') + std::to_string(1000 + i)] = {1'002'500, ""};
  x.records(1'003'000);
  const auto many = x.from->description();
  BOOST_TEST(many.size() < 5000U);
  const auto shown = std::ranges::count(many, '\n');
  BOOST_TEST(shown > 10);
  BOOST_TEST(many.ends_with("\nand " + std::to_string(1000 - shown) + " more"));
}

BOOST_AUTO_TEST_CASE(large_files_become_blocks_and_no_block_has_two_files) {
  const auto x = lines();
  std::string large;
  for (auto i = 0; i < 100'000; ++i)
    large += "line " + std::to_string(i) + '\n';
  x.disk->read_at_most = 100'003;
  x.disk->files["in/a"] = {1'000'100, large};
  x.disk->files["in/b"] = {1'000'200, "b\n"};
  x.disk->files["in/c"] = {1'000'300, ""};
  const auto blocks = x.blocks(1'001'000);
  BOOST_TEST(blocks.size() >= 5U);
  for (const auto& block : blocks)
    BOOST_TEST(block.bytes().size() < default_block_bytes + 1000);
  BOOST_TEST(blocks.back().count() == 1U);
  const auto all = records_of<std::string_view>(blocks);
  BOOST_TEST_REQUIRE(all.size() == 100'001U);
  for (std::size_t i = 0; i < 100'000; ++i)
    BOOST_TEST_REQUIRE(all[i] == "line " + std::to_string(i));
}

BOOST_AUTO_TEST_CASE(a_line_too_long_is_an_error_that_names_file_and_limit) {
  const auto x = lines({.max_line = 5});
  x.disk->files["in/a"] = {1'000'100, "12345\n123456\n"};
  const auto why = x.failure(1'001'000);
  BOOST_TEST(describe(why) == "file 'in/a' at byte 6: a line is longer than the limit of 5 bytes (max_line)" + advice);
}

BOOST_AUTO_TEST_CASE(a_file_that_cannot_be_read_is_an_error_that_names_it) {
  const auto x = lines();
  x.disk->files["in/a"] = {1'000'100, "one\ntwo\nthree\n"};
  x.disk->broken_after = 7;
  const auto why = x.failure(1'001'000);
  BOOST_TEST(is(why, ec::storage_failed));
  BOOST_TEST(describe(why) == "file 'in/a' at byte 7: the disk is broken" + advice);
}

BOOST_AUTO_TEST_CASE(a_function_makes_records_of_whole_files) {
  using entry = std::pair<std::string_view, std::int64_t>;
  const auto x = parsed<entry>([calls = 0](const auto& path, std::string_view contents, auto& emit) mutable {
    const auto name = path.filename().string();
    emit({name, static_cast<std::int64_t>(contents.size())});
    emit({contents, ++calls});
  });
  const std::string large(300'000, 'x');
  const std::string exact(std::size_t{256} << 10, 'y');
  x.disk->read_at_most = 1 << 20;
  x.disk->files["in/a"] = {1, "hello"};
  x.disk->files["in/b"] = {2, ""};
  x.disk->files["in/c"] = {3, large};
  x.disk->files["in/d"] = {4, exact};
  const std::vector<std::pair<std::string, std::int64_t>> expected{
      {"a", 5}, {"hello", 1}, {"b", 0}, {"", 2}, {"c", 300'000}, {large, 3}, {"d", 262'144}, {exact, 4}};
  BOOST_TEST((x.records(1000) == expected));
}

BOOST_AUTO_TEST_CASE(a_file_larger_than_a_function_wants_is_an_error_that_says_what_to_do) {
  const auto parse = [](const auto&, std::string_view contents, auto& emit) {
    emit(static_cast<std::int64_t>(contents.size()));
  };
  const auto x = parsed<std::int64_t>(parse, {.max_contents = 10});
  x.disk->files["in/a"] = {1, "0123456789"};
  BOOST_TEST(x.records(1000).at(0) == 10);
  x.disk->files["in/b"] = {1001, "0123456789x"};
  BOOST_TEST(describe(x.failure(2000))
             == "file 'in/b': it is larger than the limit of 10 bytes (max_contents); for files of any size give a "
                "function f(file, emit)"
                    + advice);
}

BOOST_AUTO_TEST_CASE(a_function_may_read_by_itself_and_what_it_throws_names_the_file) {
  const auto x = parsed<std::int64_t>([](input_file& file, auto& emit) {
    std::array<char, 4> buffer{};
    for (;;) {
      const auto n = file.read_full(buffer);
      if (n == 0)
        return;
      if (buffer[0] == '!')
        throw std::runtime_error{"not a number"};
      emit(std::stoll(std::string{buffer.data(), n}));
    }
  });
  x.disk->files["in/a"] = {1, "000100020003004"};
  BOOST_TEST((x.records(1000) == std::vector<std::int64_t>{1, 2, 3, 4}));
  x.disk->files["in/b"] = {1001, "0001!002"};
  const auto why = x.failure(2000);
  BOOST_TEST(is(why, ec::user_code_failed));
  BOOST_TEST(describe(why) == "file 'in/b': not a number" + advice);
}

BOOST_AUTO_TEST_CASE(binary_records_have_their_length_and_a_short_one_is_an_error) {
  const auto x = cut_up(3);
  x.disk->files["in/a"] = {1, "abcdef"};
  x.disk->files["in/b"] = {2, ""};
  x.disk->files["in/c"] = {3, std::string("\0\n\xFF", 3)};
  const auto records = x.records(1000);
  BOOST_TEST_REQUIRE(records.size() == 3U);
  BOOST_TEST((records[1] == bytes{std::byte{'d'}, std::byte{'e'}, std::byte{'f'}}));
  BOOST_TEST((records[2] == bytes{std::byte{0}, std::byte{'\n'}, std::byte{0xFF}}));
  x.disk->files["in/d"] = {1001, "abcdefg"};
  BOOST_TEST(describe(x.failure(2000))
             == "file 'in/d' at byte 6: its length of 7 bytes is no multiple of a record's 3" + advice);
}

BOOST_AUTO_TEST_CASE(many_binary_records_arrive_complete_whatever_their_length) {
  for (const auto length : {1U, 1000U, 262'143U, 262'144U, 262'145U}) {
    const auto x = cut_up(length);
    x.disk->read_at_most = 1 << 20;
    std::string content;
    for (unsigned i = 0; content.size() < std::size_t{1} << 20; ++i)
      content += std::string(length, static_cast<char>(i));
    x.disk->files["in/a"] = {1, content};
    const auto records = x.records(1000);
    BOOST_TEST_REQUIRE(records.size() == content.size() / length);
    for (std::size_t i = 0; i < records.size(); ++i)
      BOOST_TEST_REQUIRE((records[i] == bytes(length, static_cast<std::byte>(i))));
  }
}

BOOST_AUTO_TEST_CASE(what_cannot_be_is_refused_when_it_is_composed) {
  const auto text = [](const std::string& directory, const file_options& options) {
    return refusal([&] { text_file_input(directory, 1s, options); });
  };
  BOOST_TEST(text("in", {}) == "");
  BOOST_TEST(text("", {}).starts_with("text_file_stream: the directory must not be empty"));
  BOOST_TEST(text("hdfs://host/in", {}).starts_with("text_file_stream: the directory must be a path of this machine"));
  BOOST_TEST(text("in", {.min_remember_duration = 0s}).starts_with("text_file_stream: min_remember_duration"));
  BOOST_TEST(text("in", {.max_line = 0}).starts_with("text_file_stream: max_line must be 1 to"));
  BOOST_TEST(text("in", {.max_line = 5 << 20}).starts_with("text_file_stream: max_line must be 1 to"));
  for (const auto length : {std::size_t{0}, std::size_t{5} << 20})
    BOOST_TEST(refusal([&] {
                 binary_records_input("in", length, 1s);
               }).starts_with("binary_records_stream: a record must be 1 to"));
  const auto x = text_file_input("a/*", 1s);
  BOOST_TEST(x.kind == "text_file_stream");
  BOOST_TEST(x.description == "files in a/*");
  BOOST_TEST(!x.make_receiver);
}

BOOST_AUTO_TEST_SUITE_END()
