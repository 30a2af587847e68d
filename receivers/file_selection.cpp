// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/receivers/file_selection.hpp>

#include <algorithm>
#include <tuple>

namespace sluice {

bool is_not_hidden(const std::filesystem::path& path) { return !path.filename().native().starts_with('.'); }

duration remember_window(duration interval, duration min_remember) {
  return (min_remember + interval - duration{1}) / interval * interval;
}

std::vector<listed_file> file_selection::select(batch_time t, std::vector<listed_file> listing,
                                                const file_filter& filter) {
  std::erase_if(taken_, [horizon = t - remember_](const auto& x) { return x.second < horizon; });
  const auto threshold = std::max(oldest_, t - remember_).ms();
  std::erase_if(listing, [&](const listed_file& x) {
    return x.modified_ms <= threshold || x.modified_ms > t.ms() || taken_.contains(x.path.native())
           || (filter && !filter(x.path));
  });
  std::ranges::sort(listing, [](const listed_file& a, const listed_file& b) {
    return std::tie(a.modified_ms, a.path.native()) < std::tie(b.modified_ms, b.path.native());
  });
  // Two patterns of a path may lead to one file, but a listing names it once.
  for (const auto& x : listing)
    taken_.insert_or_assign(x.path.native(), t);
  return listing;
}

} // namespace sluice
