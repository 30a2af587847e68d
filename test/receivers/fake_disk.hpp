// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <sluice/actors/errors.hpp>
#include <sluice/receivers/file_input.hpp>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sluice::test {

/// A disk in memory, and a clock: both do what a test says. Listing ignores the pattern.
class fake_disk : public file_system {
public:
  struct file {
    std::int64_t modified_ms = 0;
    std::string content;
  };

  std::map<std::filesystem::path, file> files;
  std::size_t read_at_most = 7;            ///< bytes that one read gives
  std::optional<std::string> trouble;      ///< what is wrong with listings, if something is
  std::optional<std::size_t> broken_after; ///< reads fail from this place of a file on
  std::int64_t now = 0;
  std::int64_t listing_takes = 0;
  std::vector<std::string> warnings;

  caf::expected<std::vector<listed_file>> list(const std::string&) override {
    now += listing_takes;
    if (trouble)
      return make_error(ec::storage_failed, *trouble);
    std::vector<listed_file> result;
    for (const auto& [path, x] : files)
      result.push_back({path, x.modified_ms});
    return result;
  }

  caf::expected<std::unique_ptr<file_reader>> open(const std::filesystem::path& path) override {
    const auto found = files.find(path);
    if (found == files.end())
      return make_error(ec::storage_failed, "cannot open '" + path.string() + "': it has gone");
    return std::unique_ptr<file_reader>{std::make_unique<reader>(*this, found->second.content)};
  }

private:
  class reader : public file_reader {
  public:
    reader(fake_disk& disk, std::string content) : disk_{disk}, content_{std::move(content)} {}

    caf::expected<std::size_t> read(std::span<char> into) override {
      if (disk_.broken_after && at_ >= *disk_.broken_after)
        return make_error(ec::storage_failed, "the disk is broken");
      const auto n = content_.copy(into.data(), std::min(into.size(), disk_.read_at_most), at_);
      at_ += n;
      return n;
    }

  private:
    fake_disk& disk_;
    std::string content_;
    std::size_t at_ = 0;
  };
};

/// What file inputs that live on the disk get.
inline file_environment environment_of(const std::shared_ptr<fake_disk>& disk) {
  return {.files = disk,
          .now = [disk] { return batch_time{disk->now}; },
          .warn = [disk](std::string_view x) { disk->warnings.emplace_back(x); }};
}

} // namespace sluice::test
