// SPDX-License-Identifier: BSD-3-Clause
#include "mapped_file.hpp"

#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

namespace sluice::bench {

namespace {

[[noreturn]] void fail(const std::filesystem::path& path) {
  throw std::system_error{errno, std::generic_category(), path.string()};
}

} // namespace

mapped_file::mapped_file(const std::filesystem::path& path) : size_{std::filesystem::file_size(path)} {
  const auto file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0)
    fail(path);
  // Anonymous memory below the file, so that the page behind the file's last one is there.
  const auto room = size_ + readable_after;
  auto* const space = mmap(nullptr, room, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (space == MAP_FAILED
      || mmap(space, size_, PROT_READ, MAP_PRIVATE | MAP_POPULATE | MAP_FIXED, file, 0) == MAP_FAILED)
    fail(path);
  close(file);
  data_ = static_cast<char*>(space);
  constexpr std::size_t page = 4096;
  for (std::size_t i = 0; i < size_; i += page)
    static_cast<void>(*static_cast<const volatile char*>(data_ + i));
}

mapped_file::~mapped_file() { munmap(data_, size_ + readable_after); }

} // namespace sluice::bench
