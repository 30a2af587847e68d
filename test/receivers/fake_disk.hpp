// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <sluice/actors/base/errors.hpp>
#include <sluice/actors/base/expected.hpp>
#include <sluice/receivers/file/file_input.hpp>

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::test {

/// A disk in memory, and a clock: both do what a test says. Listing ignores the pattern.
class fake_disk : public file_system {
public:
  struct file {
    std::int64_t modified_ms = 0;
    std::string content;
    std::uint64_t inode = 0;     ///< 0: the disk has no such numbers
    std::int64_t changed_ms = 0; ///< when it came to its place

    file_version version() const { return {modified_ms * 1'000'000, content.size(), inode}; }
  };

  std::map<std::filesystem::path, file> files;
  std::size_t read_at_most = 7;            ///< bytes that one read gives
  std::optional<std::string> trouble;      ///< what is wrong with listings, if something is
  std::optional<std::size_t> broken_after; ///< reads fail from this place of a file on
  std::optional<std::size_t> cut_to;       ///< files are cut to so many bytes once they are open
  std::set<std::filesystem::path> locked;  ///< files that cannot be opened
  std::function<void()> after_listing;     ///< what happens between listing and reading
  std::int64_t now = 0;
  duration ahead{0}; ///< how far batch times are ahead of the clock that dates files
  std::int64_t listing_takes = 0;
  std::vector<std::string> warnings;

  expected<std::vector<listed_file>> list(const std::string&, listing_depth) override {
    now += listing_takes;
    if (trouble)
      return make_error(ec::storage_failed, *trouble);
    std::vector<listed_file> result;
    for (const auto& [path, x] : files)
      result.push_back({path, x.version(), x.changed_ms * 1'000'000});
    if (after_listing)
      after_listing();
    return result;
  }

  expected<std::unique_ptr<file_reader>> open(const std::filesystem::path& path) override {
    if (locked.contains(path))
      return make_error(ec::storage_failed, "cannot open '" + path.string() + "': Permission denied");
    const auto found = files.find(path);
    if (found == files.end())
      return std::unique_ptr<file_reader>{};
    return std::unique_ptr<file_reader>{std::make_unique<reader>(*this, found->second)};
  }

private:
  class reader : public file_reader {
  public:
    reader(fake_disk& disk, file from) : disk_{disk}, file_{std::move(from)} {}

    file_version version() const override { return file_.version(); }

    expected<std::size_t> read(std::uint64_t offset, std::span<char> into) override {
      if (disk_.broken_after && offset >= *disk_.broken_after)
        return make_error(ec::storage_failed, "the disk is broken");
      const auto there = std::string_view{file_.content}.substr(0, disk_.cut_to.value_or(file_.content.size()));
      if (offset >= there.size())
        return std::size_t{0};
      return there.copy(into.data(), std::min(into.size(), disk_.read_at_most), static_cast<std::size_t>(offset));
    }

  private:
    fake_disk& disk_;
    file file_;
  };
};

/// What file inputs that live on the disk get.
inline file_environment environment_of(const std::shared_ptr<fake_disk>& disk) {
  return {.files = disk,
          .now = [disk] { return batch_time{disk->now}; },
          .ahead = [disk] { return disk->ahead; },
          .warn = [disk](std::string_view x) { disk->warnings.emplace_back(x); }};
}

} // namespace sluice::test
