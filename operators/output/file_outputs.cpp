// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/operators/output/file_outputs.hpp>

#include <filesystem>
#include <string_view>

#include <sluice/actors/os/part_directory.hpp>

namespace sluice::detail {

void remove_unfinished_batches(const std::string& prefix, const std::string& suffix) {
  const std::filesystem::path path{prefix};
  const auto before = path.filename().string() + '-';
  const auto after = suffix.empty() ? "" : '.' + suffix;
  remove_unfinished_outputs(path.parent_path(), [&](std::string_view name) {
    if (name.size() <= before.size() + after.size() || !name.starts_with(before) || !name.ends_with(after))
      return false;
    name.remove_prefix(before.size());
    name.remove_suffix(after.size());
    return name.find_first_not_of("0123456789") == std::string_view::npos; // the time of a batch
  });
}

} // namespace sluice::detail
