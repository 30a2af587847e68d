// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/operators/dataset/text_file.hpp>

#include <cerrno>
#include <fstream>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <sluice/actors/base/errors.hpp>
#include <sluice/actors/batch/batch.hpp>
#include <sluice/operators/dataset/rdd_writer.hpp>

namespace sluice {

namespace {

constexpr std::size_t longest_line = max_record_bytes - 1024;

[[noreturn]] void refuse(const std::filesystem::path& path, const std::string& why) {
  throw runtime_failure{"reading '" + path.string() + "': " + why};
}

} // namespace

rdd<std::string_view> read_text_file(const std::filesystem::path& path, std::uint32_t partitions) {
  if (partitions == 0)
    throw usage_error{"a dataset must have at least one partition"};
  errno = 0;
  if (std::filesystem::is_directory(path))
    refuse(path, "it is a directory");
  std::ifstream in{path, std::ios::binary};
  if (!in)
    refuse(path, std::generic_category().message(errno));
  detail::partition_writer<std::string_view> lines;
  std::vector<char> room(longest_line + 2); // and the end that getline writes
  while (in.getline(room.data(), static_cast<std::streamsize>(room.size()))) {
    std::string_view line{room.data(), static_cast<std::size_t>(in.gcount()) - (in.eof() ? 0 : 1)};
    if (line.ends_with('\r'))
      line.remove_suffix(1);
    lines.append(line);
  }
  if (in.bad())
    refuse(path, std::generic_category().message(errno));
  if (!in.eof())
    refuse(path, "it has a line of more than " + std::to_string(longest_line) + " bytes");
  // Dealt to the partitions in turn.
  std::vector<std::vector<batch>> result(partitions);
  std::size_t next = 0;
  for (auto& records : lines.finish())
    result[next++ % partitions].push_back(std::move(records));
  return rdd<std::string_view>{std::move(result)};
}

} // namespace sluice
