// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/tool/doctor/disk_measurement.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <system_error>
#include <vector>

#include <fcntl.h>
#include <sys/statfs.h>
#include <unistd.h>

namespace sluice::tool {

namespace {

constexpr std::size_t block = 4096;
constexpr std::size_t times = 20;

// Of <linux/magic.h>, and of the file systems that it does not list.
constexpr std::array network_magic{0x6969UL,     0xff534d42UL, 0xfe534d42UL, 0x517bUL,
                                   0x65735546UL, 0x00c36400UL, 0x01021997UL};
constexpr std::array memory_magic{0x01021994UL, 0x858458f6UL};

std::string reason() { return std::generic_category().message(errno); }

/// A file in the directory that has no name, or lost it; negative if that cannot be had.
int open_nameless(const std::filesystem::path& directory) {
  const auto file = ::open(directory.c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
  if (file >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL))
    return file;
  auto name = (directory / ".sluice-doctor-XXXXXX").string();
  const auto named = ::mkostemp(name.data(), O_CLOEXEC);
  if (named >= 0)
    ::unlink(name.c_str());
  return named;
}

class file {
public:
  explicit file(int fd) : fd_{fd} {}
  file(const file&) = delete;
  file& operator=(const file&) = delete;
  ~file() {
    if (fd_ >= 0)
      ::close(fd_);
  }
  int get() const { return fd_; }

private:
  int fd_;
};

} // namespace

disk_facts measure_disk(const std::filesystem::path& directory) {
  disk_facts result;
  struct statfs info{};
  if (::statfs(directory.c_str(), &info) != 0) {
    result.trouble = reason();
    return result;
  }
  result.free = std::uint64_t{info.f_bavail} * static_cast<std::uint64_t>(info.f_bsize);
  result.size = std::uint64_t{info.f_blocks} * static_cast<std::uint64_t>(info.f_bsize);
  const auto magic = static_cast<std::uint32_t>(info.f_type);
  result.is_network = std::ranges::find(network_magic, magic) != network_magic.end();
  result.is_memory = std::ranges::find(memory_magic, magic) != memory_magic.end();
  const file to{open_nameless(directory)};
  if (to.get() < 0) {
    result.trouble = reason();
    return result;
  }
  const std::array<char, block> bytes{};
  std::vector<std::chrono::microseconds> all;
  for (std::size_t i = 0; i < times; ++i) {
    const auto start = std::chrono::steady_clock::now();
    if (::write(to.get(), bytes.data(), bytes.size()) != ssize_t{block} || ::fdatasync(to.get()) != 0) {
      result.trouble = reason();
      return result;
    }
    all.push_back(std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - start));
  }
  std::ranges::sort(all);
  result.median_sync = all[times / 2];
  result.worst_sync = all.back();
  return result;
}

} // namespace sluice::tool
