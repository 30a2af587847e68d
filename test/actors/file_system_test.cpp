// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/actors/os/file_system.hpp>

#include "../support/temporary_directory.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>
#include <fstream>

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <sluice/actors/base/errors.hpp>

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
  texts list(const std::string& pattern, listing_depth depth = listing_depth::directory) const {
    const auto found = disk->list(*this / pattern, depth);
    if (!found)
      BOOST_FAIL(describe(found.error()));
    texts result;
    for (const auto& x : *found)
      result.push_back(x.path.lexically_relative(root.path()));
    std::ranges::sort(result);
    return result;
  }

  std::string trouble(const std::string& pattern) const {
    const auto found = disk->list(*this / pattern, listing_depth::directory);
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
  const auto listed = x.disk->list(x / "in", listing_depth::directory);
  BOOST_TEST(listed->at(0).version.modified_ms() == 1'700'000'000'123);
  BOOST_TEST((file_version{.modified_ns = -1}.modified_ms()) == -1);
}

BOOST_AUTO_TEST_CASE(a_tree_is_listed_to_any_depth_but_not_what_is_hidden_or_linked) {
  const place x;
  x.put("in/a");
  x.put("in/b/c/d/e");
  x.put("in/.git/f");
  x.put("in/b/.tmp/g");
  x.put("elsewhere/h");
  fs::create_directory_symlink(x / "elsewhere", x / "in/link");
  fs::create_directory_symlink(x / "in", x / "in/b/round");
  BOOST_TEST(x.list("in", listing_depth::tree) == (texts{"in/a", "in/b/c/d/e"}), boost::test_tools::per_element());
  // The pattern itself may lead over links.
  BOOST_TEST(x.list("in/link", listing_depth::tree) == (texts{"in/link/h"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_version_changes_with_the_time_the_size_and_the_file_itself) {
  const place x;
  const auto version = [&x] { return x.disk->list(x / "in", listing_depth::directory)->at(0).version; };
  x.put("in/a", "one");
  const auto first = version();
  BOOST_TEST((first == version()));
  BOOST_TEST((first == (*x.disk->open(x / "in/a"))->version()));
  std::ofstream{x / "in/a", std::ios::app} << "more";
  const auto longer = version();
  BOOST_TEST((first != longer));
  BOOST_TEST(longer.size == 7U);
  x.put("b", "another");
  const auto times = fs::last_write_time(x / "in/a");
  fs::last_write_time(x / "b", times);
  fs::rename(x / "b", x / "in/a");
  BOOST_TEST((version() != longer));
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
    const auto n = (*file)->read(found.size(), buffer);
    BOOST_TEST_REQUIRE(static_cast<bool>(n));
    if (*n == 0)
      break;
    found.append(buffer.data(), *n);
  }
  BOOST_TEST((found == content));
}

BOOST_AUTO_TEST_CASE(what_has_gone_is_nothing_and_what_is_no_file_is_an_error) {
  const place x;
  x.put("file");
  for (const auto* name : {"gone", "gone/too", "file/below"}) {
    const auto opened = x.disk->open(x / name);
    BOOST_TEST_REQUIRE(static_cast<bool>(opened));
    BOOST_TEST((*opened == nullptr));
  }
  const auto directory = x.disk->open(x.root.path());
  BOOST_TEST_REQUIRE(!directory);
  BOOST_TEST(describe(directory.error())
             == "cannot read '" + x.root.path().string() + "': it is no regular file (any more)");
  BOOST_TEST_REQUIRE(::mkfifo((x / "pipe").c_str(), 0600) == 0);
  BOOST_TEST(is(x.disk->open(x / "pipe").error(), ec::storage_failed));
}

BOOST_AUTO_TEST_CASE(a_disk_that_is_not_mounted_any_more_is_no_empty_directory) {
  const place x;
  x.put("in/below");
  const auto at = (x / "in").string();
  // In a name space of its own, which goes with this process.
  if (::unshare(CLONE_NEWNS) != 0 || ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0
      || ::mount("none", at.c_str(), "tmpfs", 0, nullptr) != 0) {
    BOOST_TEST_MESSAGE("not allowed to mount: skipped");
    return;
  }
  x.put("in/above");
  BOOST_TEST((x.list("in") == texts{"in/above"}));
  BOOST_REQUIRE(::umount(at.c_str()) == 0);
  BOOST_TEST(x.trouble("in") == "nothing is mounted at '" + at + "' any more");
  BOOST_REQUIRE(::mount("none", at.c_str(), "tmpfs", 0, nullptr) == 0);
  BOOST_TEST((x.list("in") == texts{}));
  BOOST_REQUIRE(::umount(at.c_str()) == 0);
}

BOOST_AUTO_TEST_SUITE_END()
