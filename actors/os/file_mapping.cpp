// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/actors/os/file_mapping.hpp>

#include <sys/mman.h>
#include <sys/stat.h>

#include <cstdint>
#include <fstream>
#include <ios>
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
  for (std::uintptr_t first = 0, end = 0; list >> std::hex >> first && list.ignore() && list >> end;) {
    std::uint64_t inode = 0;
    list >> permissions >> offset >> device >> std::dec >> inode;
    std::getline(list, rest);
    if (inode == file.st_ino && permissions == "r--s")
      return {reinterpret_cast<std::byte*>(first), end - first};
  }
  return {};
}

void give_back_pages(std::span<std::byte> read_only_mapping) {
  if (!read_only_mapping.empty())
    ::madvise(read_only_mapping.data(), read_only_mapping.size(), MADV_DONTNEED); // if it fails, the pages stay
}

} // namespace sluice
