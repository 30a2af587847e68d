// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/tool/doctor/machine.hpp>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <memory>

#include <sched.h>
#include <sys/resource.h>
#include <sys/timex.h>

namespace sluice::tool {

namespace {

std::string first_line(const std::filesystem::path& of) {
  std::ifstream file{of};
  std::string result;
  std::getline(file, result);
  return result;
}

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t result = 0;
  const auto* const end = std::to_address(text.end());
  const auto [rest, error] = std::from_chars(std::to_address(text.begin()), end, result);
  return error == std::errc{} && rest == end ? std::optional{result} : std::nullopt;
}

/// A line "Name:   123 kB" of /proc/meminfo, in bytes.
std::uint64_t memory_of(const std::string& name) {
  std::ifstream file{"/proc/meminfo"};
  std::string word;
  while (file >> word) {
    std::uint64_t kib = 0;
    if (word == name && file >> kib)
      return kib * 1024;
  }
  return 0;
}

std::optional<std::uint64_t> memory_limit() {
  std::ifstream groups{"/proc/self/cgroup"};
  for (std::string line; std::getline(groups, line);) {
    if (line.starts_with("0::"))
      if (const auto limit = memory_limit_of_group("/sys/fs/cgroup", line.substr(3)))
        return limit;
  }
  // Version 1 has a huge number in place of no limit.
  const auto old = number(first_line("/sys/fs/cgroup/memory/memory.limit_in_bytes"));
  return old && *old < std::uint64_t{1} << 60U ? old : std::nullopt;
}

std::optional<bool> clock_is_synchronised() {
  timex clock{};
  const auto state = ::adjtimex(&clock);
  if (state < 0)
    return std::nullopt;
  return state != TIME_ERROR && (static_cast<unsigned>(clock.status) & unsigned{STA_UNSYNC}) == 0;
}

} // namespace

std::optional<std::uint64_t> memory_limit_of_group(const std::filesystem::path& root, const std::string& path) {
  std::optional<std::uint64_t> result;
  auto group = std::filesystem::path{path}.relative_path();
  for (;;) {
    if (const auto limit = number(first_line(root / group / "memory.max")))
      result = std::min(result.value_or(*limit), *limit);
    if (group.empty())
      return result;
    group = group.parent_path();
  }
}

std::string chosen_of(const std::string& line) {
  const auto begin = line.find('[');
  const auto end = line.find(']', begin);
  return begin == std::string::npos || end == std::string::npos ? std::string{}
                                                                : line.substr(begin + 1, end - begin - 1);
}

machine_facts look_at_machine() {
  machine_facts result;
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) == 0) {
    result.open_files = files.rlim_cur;
    result.open_files_hard = files.rlim_max;
  }
  cpu_set_t cores{};
  if (::sched_getaffinity(0, sizeof cores, &cores) == 0)
    result.cores = static_cast<unsigned>(CPU_COUNT(&cores));
  result.memory = memory_of("MemTotal:");
  result.free_memory = memory_of("MemAvailable:");
  result.memory_limit = memory_limit();
  result.clock_is_synchronised = clock_is_synchronised();
  result.huge_pages = chosen_of(first_line("/sys/kernel/mm/transparent_hugepage/enabled"));
  return result;
}

} // namespace sluice::tool
