// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/actors/os/file_mapping.hpp>

#include <sys/mman.h>
#include <sys/stat.h>

#include <cstdint>
#include <fstream>
#include <string>

namespace sluice {

std::span<std::byte> read_only_mapping_of(int fd) {
  struct stat file{};
  if (::fstat(fd, &file) != 0)
    return {};
  std::ifstream list{"/proc/self/maps"};
  std::string permissions;
  std::string offset;
  std::string device; // not compared: some file systems show another one here than `fstat` does
  std::string rest;
  void* first = nullptr;
  void* end = nullptr;
  while (list >> first && list.ignore() && list >> end) { // without a 0x, and with a '-' in between
    std::uint64_t inode = 0;
    list >> permissions >> offset >> device >> inode;
    std::getline(list, rest);
    if (inode == file.st_ino && permissions == "r--s")
      return {static_cast<std::byte*>(first), static_cast<std::byte*>(end)};
  }
  return {};
}

void give_back_pages(std::span<std::byte> read_only_mapping) {
  if (!read_only_mapping.empty())
    ::madvise(read_only_mapping.data(), read_only_mapping.size(), MADV_DONTNEED); // if it fails, the pages stay
}

} // namespace sluice
