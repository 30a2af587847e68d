// SPDX-License-Identifier: BSD-3-Clause
//
// Datasets in files: text, and objects that can be read again. What is damaged is an error or reads as it was.
#include <sluice/operators/dataset/rdd.hpp>

#include <algorithm>
#include <csignal>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>

#include <sys/resource.h>
#include <sys/stat.h>

#include <boost/test/unit_test.hpp>

#include <sluice/actors/base/crc32c.hpp>
#include <sluice/operators/dataset/text_file.hpp>

#include "../support/sample.hpp"
#include "../support/temporary_directory.hpp"

using namespace sluice;
using test::lists;
using test::lists_of;
using test::owned_scored;
using test::scored;
namespace fs = std::filesystem;

namespace {

std::string content_of(const fs::path& file) {
  std::ifstream in{file, std::ios::binary};
  BOOST_REQUIRE_MESSAGE(in, file << " cannot be read");
  return {std::istreambuf_iterator<char>{in}, {}};
}

void write(const fs::path& file, std::string_view content) { std::ofstream{file, std::ios::binary} << content; }

std::vector<std::string> names_in(const fs::path& directory) {
  std::vector<std::string> result;
  for (const auto& each : fs::directory_iterator{directory})
    result.push_back(each.path().filename());
  std::ranges::sort(result);
  return result;
}

/// For BOOST_CHECK_EXCEPTION: whether the message has all of these parts.
auto says(std::vector<std::string> parts) {
  return [parts = std::move(parts)](const runtime_failure& e) {
    const std::string_view what{e.what()};
    const bool good = std::ranges::all_of(parts, [what](const auto& x) { return what.find(x) != what.npos; });
    if (!good)
      BOOST_TEST_MESSAGE("it says: " << what);
    return good;
  };
}

using strings = std::vector<std::string>;

const auto pairs = rdd<scored>::of({{"one", 1}, {"two", 2}, {"a longer text than others", 3}}, 2);

/// A directory with what `pairs.save_as_objects` writes, whose first part can be exchanged.
struct saved_pairs {
  saved_pairs() {
    pairs.save_as_objects(place);
    original = content_of(part);
  }

  auto read() const { return lists_of(read_object_files<scored>(place)); }

  /// Whether reading a changed first part fails with an error that names it.
  bool fails(std::string_view changed) const {
    write(part, changed);
    try {
      static_cast<void>(read());
      return false;
    } catch (const runtime_failure& e) {
      return std::string_view{e.what()}.find(part.string()) != std::string_view::npos;
    }
  }

  test::temporary_directory in;
  fs::path place = in.path() / "pairs";
  fs::path part = place / "part-00000";
  std::string original;
};

/// The frames of an object file: where their bytes begin, and how many there are.
std::vector<std::pair<std::size_t, std::size_t>> frames_of(std::string_view file) {
  std::vector<std::pair<std::size_t, std::size_t>> result;
  for (std::size_t at = 8; at < file.size();) {
    std::uint32_t size = 0;
    std::memcpy(&size, file.data() + at, sizeof(size));
    result.emplace_back(at + 8, size);
    at += 8 + size;
  }
  return result;
}

/// Makes the checksum of a frame right again.
void seal(std::string& file, std::pair<std::size_t, std::size_t> frame) {
  const auto crc = crc32c(std::as_bytes(std::span{file}.subspan(frame.first, frame.second)));
  std::memcpy(file.data() + frame.first - 4, &crc, sizeof(crc));
}

} // namespace

BOOST_AUTO_TEST_SUITE(rdd_files_suite)

BOOST_AUTO_TEST_CASE(text_is_one_file_a_partition_and_one_line_a_record) {
  const test::temporary_directory in;
  const auto place = in.path() / "not" / "yet" / "there";
  rdd<scored>{{{}, pairs.content()[0], pairs.content()[1]}}.save_as_text(place);
  BOOST_TEST((names_in(place) == strings{"_SUCCESS", "part-00000", "part-00001", "part-00002"}));
  BOOST_TEST(content_of(place / "_SUCCESS").empty());
  BOOST_TEST(content_of(place / "part-00000").empty());
  BOOST_TEST(content_of(place / "part-00001") == "(one,1)\n");
  BOOST_TEST(content_of(place / "part-00002") == "(two,2)\n(a longer text than others,3)\n");
  pairs.keys().save_as_text(in.path() / "keys/");
  BOOST_TEST(content_of(in.path() / "keys" / "part-00000") == "one\n");
  BOOST_TEST((names_in(in.path()) == strings{"keys", "not"}));
  rdd<int>{}.save_as_text(in.path() / "none");
  BOOST_TEST((names_in(in.path() / "none") == strings{"_SUCCESS"}));
}

BOOST_AUTO_TEST_CASE(much_text_is_written_whole) {
  const test::temporary_directory in;
  const auto place = in.path() / "out";
  std::string expected;
  for (int i = 0; i < 100'000; ++i)
    expected += std::to_string(i) + '\n';
  rdd<int>::of(std::views::iota(0, 100'000)).save_as_text(place);
  BOOST_TEST((content_of(place / "part-00000") == expected));
}

BOOST_AUTO_TEST_CASE(part_names_have_five_digits_or_more) {
  BOOST_TEST(part_name(0) == "part-00000");
  BOOST_TEST(part_name(12'345) == "part-12345");
  BOOST_TEST(part_name(1'234'567) == "part-1234567");
}

BOOST_AUTO_TEST_CASE(an_output_of_before_is_replaced) {
  const test::temporary_directory in;
  const auto place = in.path() / "out";
  rdd<int>::of({1, 2, 3}, 3).save_as_text(place);
  rdd<int>::of({4}).save_as_text(place);
  BOOST_TEST((names_in(place) == strings{"_SUCCESS", "part-00000"}));
  BOOST_TEST(content_of(place / "part-00000") == "4\n");
  // Also an empty directory, and one from which a program was torn away.
  fs::create_directory(in.path() / "empty");
  fs::create_directory(in.path() / ".empty._temporary");
  write(in.path() / ".empty._temporary" / "part-00000", "half a li");
  rdd<int>::of({5}).save_as_text(in.path() / "empty");
  BOOST_TEST(content_of(in.path() / "empty" / "part-00000") == "5\n");
  BOOST_TEST((names_in(in.path()) == strings{"empty", "out"}));
}

BOOST_AUTO_TEST_CASE(nothing_else_is_ever_replaced) {
  const test::temporary_directory in;
  write(in.path() / "letter", "dear");
  const auto numbers = rdd<int>::of({1});
  BOOST_CHECK_EXCEPTION(numbers.save_as_text(in.path()), runtime_failure, says({in.path(), "it holds 'letter'"}));
  BOOST_CHECK_EXCEPTION(numbers.save_as_text(in.path() / "letter"), runtime_failure, says({"letter", "no directory"}));
  BOOST_CHECK_EXCEPTION(numbers.save_as_text(in.path() / "letter" / "out"), runtime_failure,
                        says({"letter", "Not a directory"}));
  BOOST_CHECK_EXCEPTION(numbers.save_as_text(""), runtime_failure, says({"without a name"}));
  BOOST_CHECK_EXCEPTION(numbers.save_as_text("/"), runtime_failure, says({"'/'", "it holds"}));
  BOOST_TEST(content_of(in.path() / "letter") == "dear");

  // A folder that happens to be called like a part, a link to a directory, a temporary directory of somebody else's.
  fs::create_directories(in.path() / "a" / "part-00000");
  BOOST_CHECK_THROW(numbers.save_as_text(in.path() / "a"), runtime_failure);
  fs::create_directory(in.path() / "b");
  fs::create_directory_symlink(in.path() / "b", in.path() / "link");
  BOOST_CHECK_THROW(numbers.save_as_text(in.path() / "link"), runtime_failure);
  fs::create_directory(in.path() / ".c._temporary");
  write(in.path() / ".c._temporary" / "mine", "");
  BOOST_CHECK_THROW(numbers.save_as_text(in.path() / "c"), runtime_failure);
  BOOST_TEST((names_in(in.path()) == strings{".c._temporary", "a", "b", "letter", "link"}));
  BOOST_TEST(fs::exists(in.path() / ".c._temporary" / "mine"));
}

BOOST_AUTO_TEST_CASE(what_fails_in_the_middle_leaves_what_was_there) {
  const test::temporary_directory in;
  const auto place = in.path() / "out";
  rdd<int>::of({1}).save_as_text(place);
  const rdd<int> wrong{{{make_batch<int>(std::vector{2})}, {make_batch<double>(std::vector{1.0})}}};
  BOOST_CHECK_THROW(wrong.save_as_text(place), runtime_failure);
  BOOST_CHECK_THROW(wrong.save_as_objects(place), runtime_failure);
  BOOST_TEST(content_of(place / "part-00000") == "1\n");
  BOOST_TEST((names_in(in.path()) == strings{"out"}));
}

BOOST_AUTO_TEST_CASE(a_place_that_cannot_be_written_is_named_with_the_reason) {
  // Nobody may create a directory here, not even root.
  BOOST_CHECK_EXCEPTION(pairs.save_as_text("/proc/out"), runtime_failure,
                        says({"cannot write '/proc/.out._temporary': No such file or directory"}));
}

BOOST_AUTO_TEST_CASE(a_full_disk_is_an_error_and_leaves_nothing) {
  const test::temporary_directory in;
  // A process may limit the size of its files, and is told so like of a full disk.
  struct rlimit before{};
  BOOST_REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
  auto small = before;
  small.rlim_cur = 4096;
  ::signal(SIGXFSZ, SIG_IGN);
  BOOST_REQUIRE(::setrlimit(RLIMIT_FSIZE, &small) == 0);
  std::string said;
  try {
    rdd<int>::of(std::views::iota(0, 10'000)).save_as_text(in.path() / "out");
  } catch (const runtime_failure& e) {
    said = e.what();
  }
  BOOST_REQUIRE(::setrlimit(RLIMIT_FSIZE, &before) == 0);
  BOOST_TEST(said.find("part-00000': File too large") != said.npos, said);
  BOOST_TEST(names_in(in.path()).empty());
}

BOOST_AUTO_TEST_CASE(objects_are_read_as_they_were_written) {
  const test::temporary_directory in;
  test::with_random_shapes([&](auto& random, std::size_t partitions) {
    const auto words = test::random_words(random, partitions);
    words.data.save_as_objects(in.path() / "words");
    BOOST_REQUIRE((lists_of(read_object_files<std::string_view>(in.path() / "words")) == words.by_partition));
    BOOST_REQUIRE((lists_of(read_object_files<std::string>(in.path() / "words")) == words.by_partition));
    const auto pairs = test::random_pairs(random, partitions);
    pairs.data.save_as_objects(in.path() / "pairs");
    BOOST_REQUIRE((lists_of(read_object_files<scored>(in.path() / "pairs")) == pairs.by_partition));
  });
  const auto large = rdd<int>::of(std::views::iota(0, 300'000), 2);
  large.save_as_objects(in.path() / "large");
  BOOST_TEST((read_object_files<int>(in.path() / "large").collect() == large.collect()));
}

BOOST_AUTO_TEST_CASE(any_byte_that_changes_is_noticed) {
  const saved_pairs saved;
  BOOST_TEST((saved.read() == lists_of(pairs)));
  for (std::size_t i = 0; i < saved.original.size(); ++i) {
    for (const int mask : {0x01, 0x10, 0x80, 0xff}) {
      auto changed = saved.original;
      changed[i] = static_cast<char>(changed[i] ^ mask);
      BOOST_REQUIRE_MESSAGE(saved.fails(changed), "byte " << i << " ^ " << mask);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_file_that_was_cut_or_has_more_is_noticed) {
  const saved_pairs saved;
  for (std::size_t i = 0; i < saved.original.size(); ++i)
    BOOST_REQUIRE_MESSAGE(saved.fails(saved.original.substr(0, i)), "cut at " << i);
  BOOST_TEST(saved.fails(saved.original + '\0'));
  BOOST_TEST(saved.fails(saved.original + saved.original));
  for (std::size_t i = 0; i < saved.original.size(); ++i) {
    auto changed = saved.original;
    changed.erase(i, 8);
    BOOST_REQUIRE_MESSAGE(saved.fails(changed), "8 bytes less at " << i);
  }
}

BOOST_AUTO_TEST_CASE(bytes_that_come_with_a_right_checksum_are_still_checked) {
  const saved_pairs saved;
  const auto frames = frames_of(saved.original);
  BOOST_TEST(frames.size() == 2U);
  for (const auto& frame : frames) {
    for (std::size_t i = frame.first; i < frame.first + frame.second; ++i) {
      for (int value = 0; value < 256; value += 5) {
        auto changed = saved.original;
        changed[i] = static_cast<char>(changed[i] ^ value);
        seal(changed, frame);
        write(saved.part, changed);
        try {
          // Whatever it holds now, it can be read to its end.
          static_cast<void>(read_object_files<scored>(saved.place).collect());
        } catch (const runtime_failure& e) {
          BOOST_REQUIRE(std::string_view{e.what()}.find("part-00000") != std::string_view::npos);
        }
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(errors_say_what_is_wrong) {
  const saved_pairs saved;
  const auto error_of = [&](std::string_view content, std::vector<std::string> parts) {
    write(saved.part, content);
    parts.push_back("cannot read '" + saved.part.string() + "'");
    BOOST_CHECK_EXCEPTION(saved.read(), runtime_failure, says(parts));
  };
  error_of("", {"too short"});
  error_of("(one,1)\n(two,2)\n", {"no object file"});
  error_of(saved.original.substr(0, saved.original.size() - 8), {"cut off"});
  error_of(saved.original.substr(0, 8), {"cut off"});
  error_of(saved.original + "12345678", {"8 bytes follow"});
  auto changed = saved.original;
  changed.back() = static_cast<char>(~changed.back());
  error_of(changed, {"checksum"});
  constexpr std::uint32_t huge = 0x7ffffff8;
  changed = saved.original;
  std::memcpy(changed.data() + 8, &huge, sizeof(huge));
  error_of(changed, {"a frame of 2147483640 bytes cannot be"});
  error_of(content_of(saved.place / "part-00001"), {"another part, part-00001"});

  write(saved.part, saved.original);
  BOOST_CHECK_EXCEPTION(read_object_files<int>(saved.place), runtime_failure,
                        says({"part-00000", "records of type (text,i32), not of i32"}));
  fs::copy(saved.place / "part-00001", saved.place / "part-00002");
  BOOST_CHECK_EXCEPTION(saved.read(), runtime_failure, says({"part-00000", "one of 2 parts", "has 3"}));
  fs::remove(saved.place / "part-00001");
  BOOST_CHECK_EXCEPTION(saved.read(), runtime_failure, says({saved.place, "part-00001 is missing"}));
  fs::remove(saved.place / "part-00002");
  BOOST_CHECK_EXCEPTION(saved.read(), runtime_failure, says({"part-00000", "one of 2 parts", "has 1"}));
  fs::remove(saved.part);
  fs::create_directory(saved.part);
  BOOST_CHECK_EXCEPTION(saved.read(), runtime_failure, says({"part-00000", "no file"}));
  fs::remove(saved.part);
  BOOST_REQUIRE(::mkfifo(saved.part.c_str(), 0600) == 0);
  BOOST_CHECK_EXCEPTION(saved.read(), runtime_failure, says({"part-00000", "no file"}));
  fs::remove(saved.place / "_SUCCESS");
  BOOST_CHECK_EXCEPTION(saved.read(), runtime_failure, says({saved.place, "no _SUCCESS"}));
  BOOST_CHECK_EXCEPTION(read_object_files<int>(saved.place / "nowhere"), runtime_failure,
                        says({"nowhere", "No such file or directory"}));
}

BOOST_AUTO_TEST_CASE(a_header_that_lies_is_found_out) {
  const saved_pairs saved;
  const auto frame = frames_of(saved.original).front();
  const auto error_with = [&](std::size_t number, char value, std::vector<std::string> parts) {
    auto changed = saved.original;
    // Before the header's numbers come two words, of the frame and the root pointer.
    auto& byte = changed[frame.first + 16 + number];
    BOOST_TEST(byte != value);
    byte = value;
    seal(changed, frame);
    write(saved.part, changed);
    BOOST_CHECK_EXCEPTION(saved.read(), runtime_failure, says(parts));
  };
  error_with(0, 2, {"format version 2, this program reads version 1"});
  error_with(4, 1, {"another part, part-00001"});
  error_with(8, 3, {"one of 3 parts", "has 2"});
  error_with(16, 0, {"should hold 1 records, and has 0"});
  error_with(16, 2, {"cut off"});
  error_with(24, 2, {"should hold 2 records, and has 1"});
}

BOOST_AUTO_TEST_CASE(an_empty_frame_is_refused) {
  const saved_pairs saved;
  const auto frame = frames_of(saved.original).back();
  const auto changed = saved.original.substr(0, frame.first - 8) + std::string(8, '\0');
  write(saved.part, changed);
  BOOST_CHECK_EXCEPTION(saved.read(), runtime_failure, says({"a frame of 0 bytes cannot be"}));
}

BOOST_AUTO_TEST_CASE(a_text_file_is_a_dataset_of_its_lines) {
  const test::temporary_directory dir;
  const auto file = dir.path() / "lines.txt";
  const auto lines_in = [&](std::string_view content, std::uint32_t partitions = 1) {
    write(file, content);
    return read_text_file(file, partitions).collect();
  };
  BOOST_TEST(lines_in("").empty());
  BOOST_TEST((lines_in("a\n\nb\r\n c") == std::vector<std::string>{"a", "", "b", " c"}));
  BOOST_TEST((lines_in("a\n") == std::vector<std::string>{"a"}));
  BOOST_TEST((lines_in(std::string_view{"a\0b\n", 4}) == std::vector{std::string{"a\0b", 3}}));
  std::string many;
  for (auto i = 0; i < 200'000; ++i)
    many += std::to_string(i) + '\n';
  auto found = lines_in(many, 3);
  BOOST_TEST(found.size() == 200'000U);
  BOOST_TEST(read_text_file(file, 3).num_partitions() == 3U);
  std::ranges::sort(found, {}, [](const std::string& x) { return std::stoi(x); });
  BOOST_TEST(found.front() == "0");
  BOOST_TEST(found.back() == "199999");
}

BOOST_AUTO_TEST_CASE(a_text_file_that_cannot_be_read_is_an_error) {
  const test::temporary_directory dir;
  BOOST_CHECK_EXCEPTION(read_text_file(dir.path() / "none"), runtime_failure, says({"none", "No such file"}));
  BOOST_CHECK_EXCEPTION(read_text_file(dir.path()), runtime_failure, says({"it is a directory"}));
  write(dir.path() / "long", std::string(std::size_t{5} << 20, 'x'));
  BOOST_CHECK_EXCEPTION(read_text_file(dir.path() / "long"), runtime_failure,
                        says({"long", "it has a line of more than"}));
  write(dir.path() / "x", "x");
  BOOST_CHECK_THROW(read_text_file(dir.path() / "x", 0), usage_error);
}

BOOST_AUTO_TEST_SUITE_END()
