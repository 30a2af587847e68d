// SPDX-License-Identifier: BSD-3-Clause
//
// What is left of an output when any one of its system calls fails, or is the last one of the process. The calls that
// change a disk are defined here, which puts them before those of the C library.
#include <sluice/actors/os/part_directory.hpp>

#include <cerrno>
#include <cstdarg>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include <support/temporary_directory.hpp>

#include <sluice/actors/base/errors.hpp>

namespace {

namespace fs = std::filesystem;
using strings = std::vector<std::string>;

/// What happens to the calls of this process while it is the current one.
struct disk {
  enum class trouble { none, error, death };

  trouble with = trouble::none;
  int at = -1;              ///< which call, from 0
  bool can_exchange = true; ///< two directories
  strings calls = {};
  std::map<int, std::string> names = {}; ///< by descriptor
};

disk* current = nullptr;

/// Whether a call is to fail.
bool fails(const std::string& call) {
  if (!current)
    return false;
  const auto is_it = static_cast<int>(current->calls.size()) == current->at;
  current->calls.push_back(call);
  if (!is_it || current->with == disk::trouble::none)
    return false;
  if (current->with == disk::trouble::death)
    ::_exit(9);
  errno = EIO;
  return true;
}

template <class Call>
Call real(const char* name) {
  return reinterpret_cast<Call>(::dlsym(RTLD_NEXT, name));
}

std::string last_of(const char* path) { return fs::path{path}.filename().string(); }

} // namespace

extern "C" {

int open(const char* path, int flags, ...) {
  va_list more;
  va_start(more, flags);
  const auto mode = (flags & O_CREAT) != 0 ? va_arg(more, mode_t) : 0;
  va_end(more);
  if (fails("open " + last_of(path)))
    return -1;
  const auto fd = real<int (*)(const char*, int, ...)>("open")(path, flags, mode);
  if (current)
    current->names[fd] = last_of(path);
  return fd;
}

ssize_t write(int fd, const void* data, size_t size) {
  if (current && current->names.contains(fd) && fails("write " + current->names[fd]))
    return -1;
  return real<ssize_t (*)(int, const void*, size_t)>("write")(fd, data, size);
}

int fsync(int fd) {
  if (current && fails("fsync " + current->names[fd]))
    return -1;
  return real<int (*)(int)>("fsync")(fd);
}

int mkdir(const char* path, mode_t mode) noexcept {
  return fails("mkdir " + last_of(path)) ? -1 : real<int (*)(const char*, mode_t)>("mkdir")(path, mode);
}

int rename(const char* from, const char* to) noexcept {
  return fails("rename to " + last_of(to)) ? -1 : real<int (*)(const char*, const char*)>("rename")(from, to);
}

int renameat2(int a, const char* from, int b, const char* to, unsigned int flags) noexcept {
  if (fails("exchange with " + last_of(to)))
    return -1;
  if (current && !current->can_exchange) {
    errno = EINVAL;
    return -1;
  }
  return real<int (*)(int, const char*, int, const char*, unsigned int)>("renameat2")(a, from, b, to, flags);
}

int remove(const char* path) noexcept {
  return fails("remove " + last_of(path)) ? -1 : real<int (*)(const char*)>("remove")(path);
}

int unlinkat(int at, const char* path, int flags) noexcept {
  return fails("remove " + last_of(path)) ? -1 : real<int (*)(int, const char*, int)>("unlinkat")(at, path, flags);
}

} // extern "C"

namespace {

using namespace sluice;
using trouble = disk::trouble;

using content = std::map<std::string, std::string>;

void save(const fs::path& place, const content& parts) {
  part_directory out{place};
  for (const auto& part : parts) {
    out.begin_part();
    out.write(part.second);
  }
  out.commit();
}

/// The parts of an output that says of itself that it is whole.
std::optional<content> whole_output(const fs::path& place) {
  if (!fs::exists(place / "_SUCCESS"))
    return std::nullopt;
  content result;
  for (const auto& each : fs::directory_iterator{place})
    if (each.path().filename() != "_SUCCESS") {
      std::ifstream in{each.path()};
      result[each.path().filename().string()] = std::string{std::istreambuf_iterator<char>{in}, {}};
    }
  return result;
}

strings names_in(const fs::path& place) {
  strings result;
  for (const auto& each : fs::directory_iterator{place})
    result.push_back(each.path().filename().string());
  std::ranges::sort(result);
  return result;
}

const content before{{"part-00000", "old"}, {"part-00001", "older"}, {"part-00002", "oldest"}};
const content after{{"part-00000", "new"}, {"part-00001", "newer"}};

/// Saves `after` with trouble at one call. Returns whether the call was reached.
bool save_in_trouble(const fs::path& place, disk how) {
  current = &how;
  try {
    save(place, after);
  } catch (const runtime_failure&) {
    BOOST_TEST((how.with == trouble::error));
  }
  current = nullptr;
  return static_cast<int>(how.calls.size()) > how.at;
}

/// The same in a process that dies of it.
bool save_and_die(const fs::path& place, const disk& how) {
  const auto child = ::fork();
  if (child == 0)
    ::_exit(save_in_trouble(place, how) ? 1 : 0);
  int status = 0;
  BOOST_REQUIRE(::waitpid(child, &status, 0) == child);
  BOOST_REQUIRE((WIFEXITED(status) && WEXITSTATUS(status) != 1));
  return WEXITSTATUS(status) == 9;
}

/// Tries trouble at every call, with and without an output of before.
void sweep(trouble with, bool can_exchange) {
  for (const auto has_old : {false, true}) {
    auto reached = true;
    for (auto at = 0; reached; ++at) {
      const test::temporary_directory in;
      const auto place = in.path() / "out";
      if (has_old)
        save(place, before);
      const disk how{with, at, can_exchange};
      reached = with == trouble::death ? save_and_die(place, how) : save_in_trouble(place, how);
      const auto left = whole_output(place);
      BOOST_TEST_CONTEXT("call " << at << ", " << (has_old ? "with" : "without") << " an output of before") {
        BOOST_TEST((left == after || (has_old && left == before) || !left));
        if (has_old && can_exchange)
          BOOST_TEST(left.has_value());
        if (!reached)
          BOOST_TEST((left == after));
        save(place, after);
        BOOST_TEST((whole_output(place) == after));
        BOOST_TEST((names_in(in.path()) == strings{"out"}));
      }
      BOOST_REQUIRE(at < 100);
    }
  }
}

} // namespace

BOOST_AUTO_TEST_SUITE(part_directory_calls)

BOOST_AUTO_TEST_CASE(everything_is_on_the_disk_before_its_name_is_and_then_the_name_too) {
  const test::temporary_directory in;
  const auto above = in.path().filename().string();
  disk seen;
  current = &seen;
  save(in.path() / "new" / "out", {{"part-00000", "text"}});
  current = nullptr;
  BOOST_TEST((seen.calls
              == strings{"mkdir new", "open " + above, "fsync " + above, "mkdir .out._temporary", "open part-00000",
                         "write part-00000", "open _SUCCESS", "fsync part-00000", "fsync _SUCCESS",
                         "open .out._temporary", "fsync .out._temporary", "rename to out", "open new", "fsync new"}));
}

BOOST_AUTO_TEST_CASE(an_output_of_many_parts_does_not_keep_all_of_them_open) {
  const test::temporary_directory in;
  content parts;
  for (int i = 0; i < 100; ++i)
    parts[part_name(static_cast<std::size_t>(i))] = std::to_string(i);
  disk seen;
  current = &seen;
  save(in.path() / "out", parts);
  current = nullptr;
  BOOST_TEST((whole_output(in.path() / "out") == parts));
  std::size_t unsynced = 0;
  std::size_t most = 0;
  for (const auto& call : seen.calls) {
    unsynced += call.starts_with("open part-") ? 1 : 0;
    unsynced -= call.starts_with("fsync part-") ? 1 : 0;
    most = std::max(most, unsynced);
  }
  BOOST_TEST(unsynced == 0U);
  BOOST_TEST(most <= 32U);
}

BOOST_AUTO_TEST_CASE(a_call_that_fails_leaves_the_old_output_or_the_new_one) { sweep(trouble::error, true); }

BOOST_AUTO_TEST_CASE(a_process_that_dies_at_a_call_leaves_the_old_output_or_the_new_one) {
  sweep(trouble::death, true);
}

BOOST_AUTO_TEST_CASE(where_directories_cannot_be_exchanged_nothing_that_is_left_looks_whole_and_is_not) {
  sweep(trouble::error, false);
  sweep(trouble::death, false);
}

BOOST_AUTO_TEST_CASE(unfinished_outputs_of_a_dead_process_are_removed_and_nothing_else) {
  const test::temporary_directory in;
  for (const auto* name : {".out-1._temporary", ".out-2._temporary", ".other-1._temporary", ".out-3", "out-4"})
    fs::create_directory(in.path() / name);
  std::ofstream{in.path() / ".out-1._temporary" / "part-00000"} << "half";
  std::ofstream{in.path() / ".out-2._temporary" / "letter"} << "dear";
  std::ofstream{in.path() / ".out-5._temporary"} << "a file";
  strings asked;
  remove_unfinished_outputs(in.path(), [&](std::string_view name) {
    asked.emplace_back(name);
    return name.starts_with("out");
  });
  std::ranges::sort(asked);
  BOOST_TEST((asked == strings{"other-1", "out-1", "out-2", "out-5"}));
  BOOST_TEST((names_in(in.path())
              == strings{".other-1._temporary", ".out-2._temporary", ".out-3", ".out-5._temporary", "out-4"}));
  remove_unfinished_outputs(in.path() / "missing", [](std::string_view) { return true; });
}

BOOST_AUTO_TEST_SUITE_END()
