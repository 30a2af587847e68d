// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/operators/dataset/text_file.hpp>

#include <cerrno>
#include <fstream>
#include <string>
#include <system_error>
#include <vector>

#include <sluice/actors/base/errors.hpp>
#include <sluice/actors/batch/batch_writer.hpp>

namespace sluice {

namespace {

constexpr std::size_t longest_line = max_record_bytes - 1024;

[[noreturn]] void refuse(const std::filesystem::path& path, const std::string& why) {
  throw runtime_failure{"reading '" + path.string() + "': " + why};
}

/// Lines become batches, dealt to partitions in turn.
class line_batches {
public:
  explicit line_batches(std::uint32_t partitions) : result_(partitions) {}

  void add(std::string_view line) {
    writer_.append(line);
    if (writer_.size() >= usual_batch_bytes)
      cut();
  }

  std::vector<std::vector<batch>> finish() {
    if (writer_.count() != 0)
      cut();
    return std::move(result_);
  }

private:
  void cut() {
    result_[next_].push_back(writer_.freeze());
    next_ = (next_ + 1) % result_.size();
  }

  batch_writer<std::string_view> writer_;
  std::vector<std::vector<batch>> result_;
  std::size_t next_ = 0;
};

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
  line_batches lines{partitions};
  std::vector<char> room(longest_line + 2); // and the end that getline writes
  while (in.getline(room.data(), static_cast<std::streamsize>(room.size()))) {
    std::string_view line{room.data(), static_cast<std::size_t>(in.gcount()) - (in.eof() ? 0 : 1)};
    if (line.ends_with('\r'))
      line.remove_suffix(1);
    lines.add(line);
  }
  if (in.bad())
    refuse(path, std::generic_category().message(errno));
  if (!in.eof())
    refuse(path, "it has a line of more than " + std::to_string(longest_line) + " bytes");
  return rdd<std::string_view>{lines.finish()};
}

} // namespace sluice
