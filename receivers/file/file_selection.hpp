// SPDX-License-Identifier: BSD-3-Clause
//
// Decides which files are read, and in which order: Spark's rules (FileInputDStream). A file is known by its name and
// its modification time. To read it once, the names of read files are remembered as long as such a time counts as new.
// If a batch could not look (the listing failed, the process was down), the next one that can makes up for it. Files
// that have been found wait in a queue until there is room for them in a batch. Plain logic: the listing and all times
// come from outside.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <sluice/actors/base/time.hpp>
#include <sluice/actors/os/file_system.hpp>
#include <sluice/receivers/file/file_position.hpp>

namespace sluice {

/// Says which files are wanted.
using file_filter = std::function<bool(const std::filesystem::path&)>;

/// Whether the name does not begin with a dot.
bool is_not_hidden(const std::filesystem::path& path);

/// `min_remember` rounded up to whole batches.
duration remember_window(duration interval, duration min_remember);

/// What counts as another file.
enum class file_versions {
  by_name,   ///< another name: a file that is modified after it was read is passed over for the remember window
  each_once, ///< another name, modification time, size or inode: each version that a listing shows is read, as a whole
};

/// Why a file is passed over, or is left out of the queue again.
enum class passed_over {
  modified_again, ///< its name is known, and it has been modified since it was read
  too_old,        ///< it has come with a modification time before those that are read
  ahead,          ///< it is dated later than the batch by more than the remember window, and has to wait
  gone,           ///< it has gone before it was read
  replaced,       ///< another version has come before this one was read
};

/// A file that is passed over.
struct file_note {
  passed_over why;
  std::string path;
  std::int64_t modified_ms = 0;
  std::uint64_t offset = 0; ///< bytes of it that have been read
  duration lead{0};         ///< how much later than the batch it is dated, with the difference of the clocks

  friend bool operator==(const file_note&, const file_note&) = default;
};

class file_selection {
public:
  /// `interval`: between batches; their times are multiples of it.
  /// `remember`: how long a file counts as new, and is remembered when it was read: a multiple of the interval.
  /// `oldest`: files modified then or before are never taken.
  file_selection(duration interval, duration remember, batch_time oldest, file_versions versions)
      : interval_{interval}, remember_{remember}, versions_{versions} {
    at_.oldest = oldest;
  }

  /// Looks at the listing of batch t. Call it in order of time. The new files join those that wait, in order of
  /// modification time and name. A file is new at t if it is wanted, was modified after `oldest` and after t - remember
  /// but not after t, does not wait already, and was not read by a batch from t - remember on. It is also new if this
  /// was true at an earlier batch since the last one with a listing. A file that waits and is not listed is dropped,
  /// unless it is listed under another name: then it gets that name.
  ///
  /// A file's modification time counts with `ahead` added to it. That changes if somebody sets the clock. Then a file
  /// is also new if it was by the old difference: it came before the jump. A file that a listing before the jump
  /// showed, and that was not to be read then or had been, is not read because it looks newer now: it is known by its
  /// name.
  /// `listing`: the files that are there; none if that is not known, and then nothing changes.
  /// `ahead`: how far batch times are ahead of the clock that dates files; changes below half a second are ignored.
  /// Returns the files passed over: the first one for each reason, and each one that had been read in part
  std::vector<file_note> select(batch_time t, std::optional<std::vector<listed_file>> listing,
                                const file_filter& filter, duration ahead = {});

  /// The files that wait, in the order in which they are to be read.
  const std::deque<waiting_file>& waiting() const { return at_.waiting; }

  /// File `i` of those that wait has been read up to `offset`.
  void go_on(std::size_t i, const file_version& as, std::uint64_t offset, std::uint32_t tail);

  /// File `i` has been read by batch t, and waits no more.
  void finish(std::size_t i, batch_time t, const file_version& as);

  /// File `i` has been replaced by another version, which the next listing shows, and waits no more.
  std::optional<file_note> drop_replaced(std::size_t i);

  /// What has been taken so far.
  const file_position& position() const { return at_; }

  /// Goes on from a position of another selection. To be called before the first batch.
  void resume(file_position from) { at_ = std::move(from); }

private:
  enum class verdict { is_new, known, modified_again, too_old, ahead };
  using known_versions = std::unordered_map<std::string_view, file_version>;

  void follow(const std::vector<listed_file>& listing, const file_filter& filter, std::vector<file_note>& notes);
  verdict judge(const listed_file& x, batch_time t, const known_versions& waiting, duration before);
  verdict judge(const listed_file& x, batch_time t, const known_versions& waiting) const;
  batch_time modified(const file_version& x) const; ///< in terms of batch times
  taken_file decided(batch_time t, const file_version& x) const;
  bool was_seen(const listed_file& x) const;
  void note_seen(const std::vector<listed_file>& listing);
  bool has_come(const listed_file& x) const { return newest_change_ && x.changed_ns > *newest_change_; }
  void note(std::vector<file_note>& notes, file_note x);
  void forget(batch_time t);

  duration interval_;
  duration remember_;
  file_versions versions_;
  file_position at_;
  std::optional<std::int64_t> newest_change_; ///< of the last listing, by the clock of the disk
  /// The hashes of the paths in the last listing, sorted; none if this process has had none.
  std::optional<std::vector<std::size_t>> seen_;
  std::set<passed_over> noted_;
};

} // namespace sluice
