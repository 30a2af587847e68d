// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/receivers/file_selection.hpp>

#include <algorithm>
#include <tuple>

namespace sluice {

bool is_not_hidden(const std::filesystem::path& path) { return !path.filename().native().starts_with('.'); }

duration remember_window(duration interval, duration min_remember) {
  return (min_remember + interval - duration{1}) / interval * interval;
}

std::vector<listed_file> file_selection::select(batch_time t, std::optional<std::vector<listed_file>> listing,
                                                const file_filter& filter) {
  if (!at_.done)
    at_.done = t - interval_;
  if (!listing)
    return {};
  auto result = std::move(*listing);
  std::erase_if(result, [&](const listed_file& x) { return !is_new(x, t) || (filter && !filter(x.path)); });
  std::ranges::sort(result, [](const listed_file& a, const listed_file& b) {
    return std::tie(a.modified_ms, a.path.native()) < std::tie(b.modified_ms, b.path.native());
  });
  at_.done = t;
  at_.oldest = std::max(at_.oldest, t - remember_); // no later batch takes such files
  std::erase_if(at_.taken, [horizon = t - remember_](const auto& x) { return x.second <= horizon; });
  // Two patterns of a path may lead to one file, but a listing names it once.
  for (const auto& x : result)
    at_.taken.insert_or_assign(x.path.native(), t);
  return result;
}

/// Whether a batch since the last one with a listing, or t, takes the file. Only the first that may have it matters: it
/// was there by then, and who took it before has forgotten it. For any later one the file is older.
bool file_selection::is_new(const listed_file& x, batch_time t) const {
  auto before = std::max(*at_.done, batch_time{x.modified_ms - 1});
  if (const auto known = at_.taken.find(x.path.native()); known != at_.taken.end())
    before = std::max(before, known->second + remember_);
  const auto first = next_after(before, interval_);
  return x.modified_ms > at_.oldest.ms() && first <= t && x.modified_ms > (first - remember_).ms();
}

} // namespace sluice
