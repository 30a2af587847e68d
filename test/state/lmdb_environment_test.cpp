// SPDX-License-Identifier: BSD-3-Clause
#include "store_fixtures.hpp"

#include "../support/file_size_limit.hpp"

#include <array>
#include <csignal>
#include <fstream>
#include <functional>
#include <optional>

#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <lmdb.h>

using namespace sluice;
using namespace sluice::test;
namespace fs = std::filesystem;

namespace {

error put(keyed_store& store, std::string key, std::string_view value) {
  write_batch batch;
  batch.put(std::move(key), as_bytes(value));
  return store.apply(batch);
}

/// The error of an open that must fail.
error open_error(const fs::path& dir) {
  auto store = lmdb_store::open(dir, small_map());
  BOOST_REQUIRE_MESSAGE(!store, "the directory was opened");
  BOOST_TEST_MESSAGE(describe(store.error()));
  BOOST_CHECK(describe(store.error()).find('\n') == std::string::npos);
  BOOST_CHECK(describe(store.error()).find(dir.string()) != std::string::npos);
  return store.error();
}

bool mentions(const error& err, std::string_view text) { return describe(err).find(text) != std::string::npos; }

void fill(const fs::path& dir, std::size_t bytes) {
  auto store = value_or_throw(lmdb_store::open(dir, small_map()));
  require_ok(put(*store, "key", std::string(bytes, 'v')));
}

void write_file(const fs::path& file, std::string_view text) { std::ofstream{file} << text; }

/// What `act` says in a process of its own where `where` is a disk of that size; nothing if there cannot be one.
std::optional<std::string> on_a_disk_of(const std::string& size, const fs::path& where,
                                        const std::function<std::string()>& act) {
  std::array<int, 2> answer;
  BOOST_REQUIRE(::pipe(answer.data()) == 0);
  const auto child = ::fork();
  BOOST_REQUIRE(child >= 0);
  if (child == 0) {
    const auto options = "size=" + size;
    // In namespaces of its own a process needs no rights to mount, and the mount goes with it.
    const auto user = "0 " + std::to_string(::getuid()) + " 1";
    const auto group = "0 " + std::to_string(::getgid()) + " 1";
    if (::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0)
      ::_exit(1);
    write_file("/proc/self/setgroups", "deny");
    write_file("/proc/self/uid_map", user);
    write_file("/proc/self/gid_map", group);
    if (::mount("none", where.c_str(), "tmpfs", 0, options.c_str()) != 0)
      ::_exit(1);
    std::string said;
    try {
      said = act();
    } catch (const std::exception& e) {
      said = e.what();
    }
    ::_exit(::write(answer[1], said.data(), said.size()) == static_cast<ssize_t>(said.size()) ? 0 : 2);
  }
  ::close(answer[1]);
  std::string said;
  std::array<char, 1024> buffer;
  for (ssize_t n = 0; (n = ::read(answer[0], buffer.data(), buffer.size())) > 0;)
    said.append(buffer.data(), static_cast<std::size_t>(n));
  ::close(answer[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  const auto code = WIFEXITED(status) ? WEXITSTATUS(status) : 2;
  BOOST_TEST(code != 2);
  return code == 0 ? std::optional{said} : std::nullopt;
}

std::string read_file(const fs::path& file) {
  std::ifstream in{file, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, {}};
}

/// MiB of files that count as memory of this process.
std::size_t mapped_mib() {
  std::ifstream in{"/proc/self/status"};
  std::size_t kib = 0;
  for (std::string word; in >> word;)
    if (word == "RssFile:" || word == "RssShmem:") { // the latter where the directory is in memory
      std::size_t of_these = 0;
      in >> of_these;
      kib += of_these;
    }
  return kib >> 10;
}

} // namespace

BOOST_AUTO_TEST_SUITE(lmdb_environment_suite)

BOOST_AUTO_TEST_CASE(the_map_grows_with_its_content_and_survives_it) {
  const temporary_directory dir;
  const std::string value(1'000'000, 'v');
  {
    auto store = value_or_throw(lmdb_store::open(dir.path(), small_map()));
    for (char key = 'a'; key <= 'j'; ++key)
      require_ok(put(*store, {key}, value));
  }
  auto store = value_or_throw(lmdb_store::open(dir.path(), small_map()));
  const auto found = contents(*store);
  BOOST_TEST(found.size() == 10U);
  for (const auto& [key, stored] : found)
    BOOST_CHECK(stored == value);
}

BOOST_AUTO_TEST_CASE(the_quota_is_an_error_that_loses_nothing) {
  const temporary_directory dir;
  const lmdb_options small{.initial_map = 256 << 10, .quota = 1 << 20};
  auto store = value_or_throw(lmdb_store::open(dir.path(), small));
  require_ok(put(*store, "before", "1"));
  const auto err = put(*store, "large", std::string(2 << 20, 'v'));
  BOOST_CHECK(is(err, ec::storage_failed));
  BOOST_CHECK(mentions(err, "quota of 1 MiB"));
  store.reset();
  store = value_or_throw(lmdb_store::open(dir.path(), small));
  require_ok(put(*store, "after", "2"));
  BOOST_CHECK((contents(*store) == std::map<std::string, std::string>{{"after", "2"}, {"before", "1"}}));
}

BOOST_AUTO_TEST_CASE(a_write_without_room_closes_the_store_and_loses_nothing_that_was_there) {
  const temporary_directory dir;
  const lmdb_options large_map{.initial_map = 4 << 20};
  auto store = value_or_throw(lmdb_store::open(dir.path(), large_map));
  require_ok(put(*store, "before", "1"));
  const std::string large(1 << 20, 'v');
  error err;
  {
    const file_size_limit limit{256 << 10};
    err = put(*store, "large", large);
  }
  BOOST_TEST_MESSAGE(describe(err));
  BOOST_CHECK(is(err, ec::storage_failed));
  BOOST_CHECK(mentions(err, dir.path().string()));
  BOOST_CHECK(mentions(err, "longer than 256 KiB"));
  // A small one would fit, but who has lost a write must not go on as if nothing had been.
  for (const auto& refused : {put(*store, "small", "2"), store->get("before").error()}) {
    BOOST_CHECK(is(refused, ec::storage_failed));
    BOOST_CHECK(mentions(refused, "until the store is opened again"));
    BOOST_CHECK(mentions(refused, "longer than 256 KiB"));
  }
  store.reset();
  store = value_or_throw(lmdb_store::open(dir.path(), large_map));
  BOOST_CHECK((contents(*store) == std::map<std::string, std::string>{{"before", "1"}}));
  require_ok(put(*store, "large", large));
  BOOST_TEST(contents(*store).size() == 2U);
}

BOOST_AUTO_TEST_CASE(a_full_disk_is_named_as_that) {
  const temporary_directory dir;
  const auto said = on_a_disk_of("1m", dir.path(), [&dir] {
    auto store = value_or_throw(lmdb_store::open(dir.path(), {.initial_map = 8 << 20}));
    std::string first;
    for (int i = 0; first.empty() && i < 100; ++i)
      if (const auto err = put(*store, std::to_string(i), std::string(50'000, 'v')))
        first = describe(err);
    return first;
  });
  if (!said) {
    BOOST_TEST_MESSAGE("skipped: this process may not mount a file system");
    return;
  }
  BOOST_TEST(said->starts_with("cannot keep state in '" + dir.path().string() + "': there is no space left"), *said);
}

BOOST_AUTO_TEST_CASE(a_write_without_room_may_be_tried_again_when_there_is_some) {
  const temporary_directory dir;
  const auto said = on_a_disk_of("2m", dir.path(), [&dir]() -> std::string {
    auto store = value_or_throw(lmdb_store::open(dir.path(), {.initial_map = 8 << 20}));
    const std::string large(600'000, 'v');
    require_ok(put(*store, "before", "1"));
    write_file(dir.path() / "other", std::string(1 << 20, 'x')); // takes the room
    write_batch batch;
    batch.put("large", as_bytes(large));
    batch.put("larger", as_bytes(large));
    for (int i = 0; i < 3; ++i)
      if (const auto result = store->apply_if_room(batch); !result.had_no_room())
        return "a write was not refused for lack of room: " + describe(result.why);
    if (contents(*store) != std::map<std::string, std::string>{{"before", "1"}})
      return "something was written";
    fs::remove(dir.path() / "other");
    require_ok(store->apply_if_room(batch).why);
    store.reset();
    store = value_or_throw(lmdb_store::open(dir.path(), {.initial_map = 8 << 20}));
    const std::map<std::string, std::string> all{{"before", "1"}, {"large", large}, {"larger", large}};
    return contents(*store) == all ? "good" : "not all is there";
  });
  if (!said) {
    BOOST_TEST_MESSAGE("skipped: this process may not mount a file system");
    return;
  }
  BOOST_TEST(*said == "good");
}

BOOST_AUTO_TEST_CASE(the_quota_is_a_lack_of_room_that_leaves_the_store_open) {
  const temporary_directory dir;
  auto store = value_or_throw(lmdb_store::open(dir.path(), {.initial_map = 256 << 10, .quota = 1 << 20}));
  const std::string large(2 << 20, 'v');
  write_batch batch;
  batch.put("large", as_bytes(large));
  BOOST_TEST(
      store->apply_if_room(batch).missing_room.starts_with("it has reached its quota of 1 MiB; raise the quota"));
  require_ok(put(*store, "small", "1"));
  BOOST_TEST(contents(*store).size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_flipped_bit_in_a_value_is_a_checksum_error_that_names_the_key) {
  const temporary_directory dir;
  const std::string value = "a value which is easily found in a file";
  fill(dir.path(), 1);
  {
    auto store = value_or_throw(lmdb_store::open(dir.path(), small_map()));
    require_ok(put(*store, "the key", value));
  }
  const auto intact = read_file(dir.path() / "data.mdb");
  // The checksum and the length before the value, the value, and the key before them.
  const auto value_at = intact.find(value);
  BOOST_REQUIRE(value_at != std::string::npos);
  const auto key_at = value_at - 8 - std::string_view{"the key"}.size() - 1;
  for (auto at = key_at; at < value_at + value.size(); ++at) {
    if (at == key_at + std::string_view{"the key"}.size())
      continue; // the byte that fills the key up to an even size
    auto damaged = intact;
    damaged[at] = static_cast<char>(damaged[at] ^ (1 << at % 8));
    write_file(dir.path() / "data.mdb", damaged);
    const auto store = lmdb_store::open(dir.path(), small_map());
    const auto err =
        store ? (*store)->scan({}, {}, [](std::string_view key, bytes_view) { return key == "key"; }) : store.error();
    BOOST_TEST_CONTEXT("byte " << at - key_at) {
      // A key that has left its place is told before.
      BOOST_CHECK(is(err, ec::checksum_mismatch) || (!store && at < value_at - 8));
      BOOST_CHECK(mentions(err, dir.path().string()));
      BOOST_CHECK(mentions(err, "restore the whole checkpoint"));
      if (at >= value_at)
        BOOST_CHECK(mentions(err, "'the key'"));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_truncated_file_is_refused_at_open) {
  const temporary_directory dir;
  fill(dir.path(), 1'000'000);
  for (const std::uintmax_t size : {900'000, 8192, 5000, 4096, 100, 1, 0}) {
    fs::resize_file(dir.path() / "data.mdb", size);
    BOOST_CHECK(is(open_error(dir.path()), ec::storage_failed));
  }
  fs::remove(dir.path() / "data.mdb");
  BOOST_CHECK(mentions(open_error(dir.path()), "missing"));
}

BOOST_AUTO_TEST_CASE(a_directory_has_one_owner_in_a_process) {
  const temporary_directory dir;
  {
    auto store = value_or_throw(lmdb_store::open(dir.path()));
    const auto err = open_error(dir.path());
    BOOST_CHECK(is(err, ec::storage_locked));
    BOOST_CHECK(mentions(err, "this program itself"));
    fs::create_directory_symlink(dir.path(), dir.path() / "link");
    BOOST_CHECK(is(open_error(dir.path() / "link"), ec::storage_locked));
    require_ok(put(*store, "key", "the owner goes on"));
  }
  value_or_throw(lmdb_store::open(dir.path()));
}

BOOST_AUTO_TEST_CASE(a_directory_has_one_owner_over_processes_until_that_one_is_killed) {
  const temporary_directory dir;
  std::array<int, 2> ready;
  BOOST_REQUIRE(::pipe(ready.data()) == 0);
  const auto pid = ::fork();
  if (pid == 0) {
    auto store = lmdb_store::open(dir.path());
    const bool good = store && !put(**store, "key", "value");
    if (::write(ready[1], good ? "1" : "0", 1) == 1)
      for (;;)
        ::pause();
    ::_exit(1);
  }
  char answer = 0;
  BOOST_REQUIRE(::read(ready[0], &answer, 1) == 1);
  BOOST_TEST(answer == '1');
  const auto err = open_error(dir.path());
  BOOST_CHECK(is(err, ec::storage_locked));
  BOOST_CHECK(mentions(err, "process " + std::to_string(pid)));
  ::kill(pid, SIGKILL);
  ::waitpid(pid, nullptr, 0);
  auto store = value_or_throw(lmdb_store::open(dir.path()));
  BOOST_TEST(contents(*store).at("key") == "value");
  ::close(ready[0]);
  ::close(ready[1]);
}

BOOST_AUTO_TEST_CASE(what_is_not_a_directory_of_ours_is_refused_and_left_alone) {
  const temporary_directory dir;
  write_file(dir.path() / "file", "text");
  BOOST_CHECK(mentions(open_error(dir.path() / "file"), "it is a file"));
  BOOST_CHECK(mentions(open_error(dir.path() / "file" / "below"), "cannot be created"));
  BOOST_TEST(read_file(dir.path() / "file") == "text");

  const auto other = dir.path() / "other program";
  fs::create_directory(other);
  MDB_env* env = nullptr;
  BOOST_REQUIRE(mdb_env_create(&env) == 0);
  BOOST_REQUIRE(mdb_env_open(env, other.c_str(), 0, 0644) == 0);
  mdb_env_close(env);
  BOOST_CHECK(mentions(open_error(other), "not Sluice's"));
  BOOST_CHECK(!fs::exists(other / "sluice.store"));

  const auto stamped = dir.path() / "stamped";
  fs::create_directory(stamped);
  write_file(stamped / "sluice.store", "something else\n");
  BOOST_CHECK(mentions(open_error(stamped), "not Sluice's"));
  write_file(stamped / "sluice.store", "sluice store 2 ready   \n");
  const auto err = open_error(stamped);
  BOOST_CHECK(is(err, ec::checkpoint_mismatch));
  BOOST_CHECK(mentions(err, "another version of Sluice"));
}

BOOST_AUTO_TEST_CASE(a_data_file_that_is_not_lmdbs_is_refused) {
  const temporary_directory dir;
  fill(dir.path(), 10);
  const auto data = dir.path() / "data.mdb";
  const auto intact = read_file(data);
  write_file(data, std::string(100'000, 'x'));
  BOOST_CHECK(mentions(open_error(dir.path()), "not LMDB's"));
  BOOST_TEST(fs::file_size(data) == 100'000U);
  // The version of the data format follows the magic number in both meta pages.
  auto later = intact;
  for (const std::size_t page : {0, 4096})
    later[later.find("\xDE\xC0\xEF\xBE", page) + 4] = 9;
  write_file(data, later);
  BOOST_CHECK(mentions(open_error(dir.path()), "another version of LMDB"));
}

BOOST_AUTO_TEST_CASE(a_directory_that_cannot_be_written_is_refused, *boost::unit_test::precondition([](auto) {
                       return ::geteuid() != 0; // root may write everywhere
                     })) {
  const temporary_directory dir;
  fs::permissions(dir.path(), fs::perms::owner_read | fs::perms::owner_exec);
  BOOST_CHECK(mentions(open_error(dir.path()), "cannot be written"));
  fs::permissions(dir.path(), fs::perms::owner_all);
}

BOOST_AUTO_TEST_CASE(a_large_file_does_not_come_to_count_as_memory_of_the_process) {
  const temporary_directory dir;
  auto store = value_or_throw(lmdb_store::open(dir.path()));
  const std::string value(std::size_t{1} << 20, 'x');
  const auto write = [&](int first, int count) {
    for (int i = first; i < first + count; ++i) {
      write_batch batch;
      batch.put("key " + std::to_string(i), as_bytes(value));
      require_ok(store->apply(batch));
    }
  };
  write(0, 16);
  const auto before = mapped_mib();
  std::size_t most = 0;
  const auto look = [&most] { most = std::max(most, mapped_mib()); };
  write(16, 100);
  look();
  require_ok(store->scan("", "", [&](std::string_view, bytes_view stored) { // its checksum has looked at all of it
    look();
    return stored.size() == value.size();
  }));
  write_batch all;
  all.erase_range("", "");
  require_ok(store->apply(all)); // looks at the first page of each value, and the system maps what is around it
  look();
  BOOST_TEST(most < before + 24);
  BOOST_TEST(contents(*store).empty());
}

BOOST_AUTO_TEST_CASE(an_interrupted_creation_starts_again) {
  const temporary_directory dir;
  write_file(dir.path() / "sluice.store", "sluice store 1 creating\n");
  write_file(dir.path() / "data.mdb", "half a page");
  fill(dir.path(), 1);
  const temporary_directory empty_stamp;
  write_file(empty_stamp.path() / "sluice.store", "");
  fill(empty_stamp.path(), 1);
}

BOOST_AUTO_TEST_SUITE_END()
