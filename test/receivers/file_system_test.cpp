// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/receivers/file_system.hpp>

#include "../support/temporary_directory.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>
#include <fstream>

#include <fcntl.h>
#include <sys/stat.h>

#include <sluice/actors/errors.hpp>

using namespace sluice;
namespace fs = std::filesystem;

namespace {

using texts = std::vector<std::string>;

/// A directory to put files into, and the disk it is on.
struct place {
  sluice::test::temporary_directory root;
  std::shared_ptr<file_system> disk = local_file_system();

  fs::path operator/(const std::string& name) const { return root.path() / name; }

  void put(const std::string& name, const std::string& content = "x") const {
    fs::create_directories((*this / name).parent_path());
    std::ofstream{*this / name} << content;
  }

  /// What matches, below the place, sorted.
  texts list(const std::string& pattern) const {
    const auto found = disk->list(*this / pattern);
    if (!found)
      BOOST_FAIL(describe(found.error()));
    texts result;
    for (const auto& x : *found)
      result.push_back(x.path.lexically_relative(root.path()));
    std::ranges::sort(result);
    return result;
  }

  std::string trouble(const std::string& pattern) const {
    const auto found = disk->list(*this / pattern);
    return found ? "" : describe(found.error());
  }
};

} // namespace

BOOST_AUTO_TEST_SUITE(file_system_)

BOOST_AUTO_TEST_CASE(a_directory_has_its_regular_files_and_not_those_below) {
  const place x;
  x.put("in/a");
  x.put("in/.hidden");
  x.put("in/below/b");
  fs::create_symlink(x / "in/a", x / "in/link");
  fs::create_symlink(x / "nowhere", x / "in/dangling");
  BOOST_TEST_REQUIRE(::mkfifo((x / "in/pipe").c_str(), 0600) == 0);
  BOOST_TEST(x.list("in") == (texts{"in/.hidden", "in/a", "in/link"}), boost::test_tools::per_element());
  BOOST_TEST(x.list("in/") == (texts{"in/.hidden", "in/a", "in/link"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(wildcards_stand_for_directories) {
  const place x;
  x.put("a1/in/1");
  x.put("a2/in/2");
  x.put("b1/in/3");
  x.put("a3/out/4");
  x.put("a4"); // a file where a directory might be
  x.put("a5/in", "a file of the name");
  BOOST_TEST(x.list("a*/in") == (texts{"a1/in/1", "a2/in/2"}), boost::test_tools::per_element());
  BOOST_TEST(x.list("[ab]1/*") == (texts{"a1/in/1", "b1/in/3"}), boost::test_tools::per_element());
  BOOST_TEST(x.list("?[!1]/*") == (texts{"a2/in/2", "a3/out/4"}), boost::test_tools::per_element());
  BOOST_TEST(x.list("*") == (texts{"a5/in"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(no_directory_is_trouble_and_an_empty_one_is_none) {
  const place x;
  x.put("file");
  fs::create_directory(x / "empty");
  BOOST_TEST(x.list("empty").empty());
  BOOST_TEST(x.trouble("gone") == "there is no directory '" + (x / "gone").string() + "'");
  BOOST_TEST(x.trouble("gone/*") == "there is no directory '" + (x / "gone/*").string() + "'");
  BOOST_TEST(x.trouble("file") == "there is no directory '" + (x / "file").string() + "'");
}

BOOST_AUTO_TEST_CASE(modification_times_are_in_milliseconds_rounded_down) {
  const place x;
  x.put("in/a");
  const timespec times[] = {{0, UTIME_OMIT}, {1'700'000'000, 123'999'999}};
  BOOST_TEST_REQUIRE(::utimensat(AT_FDCWD, (x / "in/a").c_str(), times, 0) == 0);
  BOOST_TEST(x.disk->list(x / "in")->at(0).modified_ms == 1'700'000'000'123);
}

BOOST_AUTO_TEST_CASE(files_are_read_to_their_end) {
  const place x;
  const std::string content(100'000, 'x');
  x.put("a", content);
  const auto file = x.disk->open(x / "a");
  BOOST_TEST_REQUIRE(static_cast<bool>(file));
  std::string found;
  std::vector<char> buffer(4096);
  for (;;) {
    const auto n = (*file)->read(buffer);
    BOOST_TEST_REQUIRE(static_cast<bool>(n));
    if (*n == 0)
      break;
    found.append(buffer.data(), *n);
  }
  BOOST_TEST((found == content));
  const auto gone = x.disk->open(x / "gone");
  BOOST_TEST_REQUIRE(!gone);
  BOOST_TEST(describe(gone.error()) == "cannot open '" + (x / "gone").string() + "': No such file or directory");
  // A directory can be opened, but not read.
  const auto directory = x.disk->open(x.root.path());
  BOOST_TEST_REQUIRE(static_cast<bool>(directory));
  BOOST_TEST(is((*directory)->read(buffer).error(), ec::storage_failed));
}

BOOST_AUTO_TEST_SUITE_END()
