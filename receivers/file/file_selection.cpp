// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/receivers/file/file_selection.hpp>

#include <algorithm>
#include <functional>
#include <tuple>
#include <unordered_set>
#include <utility>

namespace sluice {

namespace {

constexpr duration noteworthy_jump{500};

} // namespace

bool is_not_hidden(const std::filesystem::path& path) { return !path.filename().native().starts_with('.'); }

duration remember_window(duration interval, duration min_remember) {
  return (min_remember + interval - duration{1}) / interval * interval;
}

std::vector<file_note> file_selection::select(batch_time t, std::optional<std::vector<listed_file>> listing,
                                              const file_filter& filter, duration ahead) {
  if (!at_.done)
    at_.done = t - interval_;
  if (!listing)
    return {};
  const auto before = at_.ahead;
  if (std::chrono::abs(ahead - before) >= noteworthy_jump)
    at_.ahead = ahead;
  if (at_.ahead > before)
    for (auto& [path, file] : at_.taken)
      file = decided(file.time, file.version);
  std::vector<file_note> notes;
  follow(*listing, filter, notes);
  known_versions waiting;
  for (const auto& x : at_.waiting)
    waiting.insert_or_assign(x.path, x.version); // of several versions of a name the one that came last
  const auto is_wanted = [&filter](const listed_file& x) { return !filter || filter(x.path); };
  std::vector<waiting_file> found;
  for (const auto& x : *listing) {
    const auto note_of = [&](passed_over why) {
      if (!noted_.contains(why) && is_wanted(x))
        note(notes, {why, x.path, x.version.modified_ms(), 0, modified(x.version) - t});
    };
    switch (judge(x, t, waiting, before)) {
      case verdict::is_new:
        if (is_wanted(x))
          found.push_back({x.path, x.version});
        break;
      case verdict::known: break;
      case verdict::modified_again: note_of(passed_over::modified_again); break;
      case verdict::too_old: note_of(passed_over::too_old); break;
      case verdict::ahead: note_of(passed_over::ahead); break;
    }
  }
  std::ranges::sort(found, [](const waiting_file& a, const waiting_file& b) {
    const auto of_a = a.version.modified_ms();
    const auto of_b = b.version.modified_ms();
    return std::tie(of_a, a.path) < std::tie(of_b, b.path);
  });
  std::ranges::move(found, std::back_inserter(at_.waiting));
  for (const auto& x : *listing)
    newest_change_ = std::max(newest_change_.value_or(x.changed_ns), x.changed_ns);
  note_seen(*listing);
  forget(t);
  return notes;
}

void file_selection::forget(batch_time t) {
  at_.done = t;
  at_.oldest = std::max(at_.oldest, t - remember_); // no later batch takes such files
  std::erase_if(at_.taken, [horizon = t - remember_](const auto& x) { return x.second.time <= horizon; });
}

/// Finds again what waits and has another name by now, and drops what has gone.
void file_selection::follow(const std::vector<listed_file>& listing, const file_filter& filter,
                            std::vector<file_note>& notes) {
  if (at_.waiting.empty())
    return;
  std::unordered_set<std::string_view> there;
  for (const auto& x : listing)
    there.insert(x.path.native());
  const auto is_there = [&there](const waiting_file& x) { return there.contains(x.path); };
  if (std::ranges::all_of(at_.waiting, is_there))
    return;
  std::unordered_map<std::uint64_t, const listed_file*> by_inode;
  for (const auto& x : listing)
    by_inode.emplace(x.version.inode, &x);
  for (const auto& x : at_.waiting)
    if (is_there(x))
      by_inode.erase(x.version.inode); // another name of a file that has kept the one it waits under
  std::erase_if(at_.waiting, [&](waiting_file& x) {
    if (is_there(x))
      return false;
    const auto other = by_inode.find(x.version.inode);
    const auto is_moved = x.version.inode != 0 && other != by_inode.end() && other->second->version == x.version
                          && (!filter || filter(other->second->path));
    if (is_moved)
      x.path = other->second->path;
    else
      note(notes, {passed_over::gone, x.path, x.version.modified_ms(), x.offset});
    return !is_moved;
  });
}

batch_time file_selection::modified(const file_version& x) const { return batch_time{x.modified_ms()} + at_.ahead; }

/// A file that was decided on at `t` is known as long as it looks new: longer, if the clock that dates it is set back.
taken_file file_selection::decided(batch_time t, const file_version& x) const { return {std::max(t, modified(x)), x}; }

bool file_selection::was_seen(const listed_file& x) const {
  return !seen_ || std::ranges::binary_search(*seen_, std::hash<std::string>{}(x.path.native()));
}

void file_selection::note_seen(const std::vector<listed_file>& listing) {
  auto& seen = seen_ ? *seen_ : seen_.emplace();
  seen.clear();
  for (const auto& x : listing)
    seen.push_back(std::hash<std::string>{}(x.path.native()));
  std::ranges::sort(seen);
}

/// The same over a jump of the clock: `before` is how far batch times were ahead at the listing before.
file_selection::verdict file_selection::judge(const listed_file& x, batch_time t, const known_versions& waiting,
                                              duration before) {
  if (at_.ahead == before)
    return judge(x, t, waiting);
  const auto now = std::exchange(at_.ahead, before);
  const auto as_before = judge(x, t, waiting);
  const auto was_decided = modified(x.version) <= t && was_seen(x);
  at_.ahead = now;
  if (as_before == verdict::is_new)
    return verdict::is_new;
  if (now < before || !was_decided)
    return judge(x, t, waiting);
  if (modified(x.version) > t - remember_)
    at_.taken.try_emplace(x.path.native(), decided(t, x.version));
  return as_before;
}

/// What becomes of a file that a listing shows. Whether it is new: whether a batch since the last one with a listing,
/// or t, takes it. Only the first that may have it matters: it was there by then, and the batch that read it before has
/// forgotten it. For any later one the file is older.
file_selection::verdict file_selection::judge(const listed_file& x, batch_time t, const known_versions& waiting) const {
  const auto is_same = [&](const file_version& known) {
    return versions_ == file_versions::by_name || known == x.version || known == file_version{};
  };
  if (const auto known = waiting.find(x.path.native()); known != waiting.end() && is_same(known->second))
    return verdict::known;
  const auto modified = this->modified(x.version).ms();
  auto before = std::max(*at_.done, batch_time{modified - 1});
  const auto known = at_.taken.find(x.path.native());
  const auto is_known = known != at_.taken.end() && is_same(known->second.version);
  if (is_known)
    before = std::max(before, known->second.time + remember_);
  const auto first = next_after(before, interval_);
  if (modified > at_.oldest.ms() && first <= t && modified > (first - remember_).ms())
    return verdict::is_new;
  if (is_known)
    return known->second.version == x.version || known->second.version == file_version{} ? verdict::known
                                                                                         : verdict::modified_again;
  if (modified > (t + remember_).ms())
    return verdict::ahead;
  return modified <= t.ms() && has_come(x) ? verdict::too_old : verdict::known;
}

void file_selection::note(std::vector<file_note>& notes, file_note x) {
  if (noted_.insert(x.why).second || x.offset != 0)
    notes.push_back(std::move(x));
}

void file_selection::go_on(std::size_t i, const file_version& as, std::uint64_t offset, std::uint32_t tail) {
  auto& x = at_.waiting[i];
  x.version = as;
  x.offset = offset;
  x.tail = tail;
}

void file_selection::finish(std::size_t i, batch_time t, const file_version& as) {
  const auto at = at_.waiting.begin() + static_cast<std::ptrdiff_t>(i);
  at_.taken.insert_or_assign(std::move(at->path), decided(t, as));
  at_.waiting.erase(at);
}

std::optional<file_note> file_selection::drop_replaced(std::size_t i) {
  const auto at = at_.waiting.begin() + static_cast<std::ptrdiff_t>(i);
  std::vector<file_note> notes;
  note(notes, {passed_over::replaced, at->path, at->version.modified_ms(), at->offset});
  at_.waiting.erase(at);
  if (notes.empty())
    return std::nullopt;
  return std::move(notes.front());
}

} // namespace sluice
