// SPDX-License-Identifier: BSD-3-Clause
//
// Which of the files that are there belong to a batch: Spark's rules (FileInputDStream). A file is known by its name
// and its modification time; so that it is read once, the names taken are remembered as long as such a time counts as
// new. Batches that could not look (the listing failed, the process was down) are made up for by the next one that can.
// Plain logic: the listing and all times come from outside.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <vector>

#include <sluice/actors/time.hpp>
#include <sluice/receivers/file_position.hpp>
#include <sluice/receivers/file_system.hpp>

namespace sluice {

/// Says which files are wanted.
using file_filter = std::function<bool(const std::filesystem::path&)>;

/// Whether the name does not begin with a dot.
bool is_not_hidden(const std::filesystem::path& path);

/// `min_remember` rounded up to whole batches.
duration remember_window(duration interval, duration min_remember);

class file_selection {
public:
  /// @param interval between batches; their times are multiples of it
  /// @param remember how long a file counts as new, and is remembered when it was taken: a multiple of the interval
  /// @param oldest files modified then or before are never taken
  file_selection(duration interval, duration remember, batch_time oldest) : interval_{interval}, remember_{remember} {
    at_.oldest = oldest;
  }

  /// The files of batch t, in order of modification time and name: those wanted, modified after `oldest` and after
  /// t - remember, but not after t, and not taken by a batch from t - remember on; and those of which that was true for
  /// a batch before, since the last one with a listing. To be called in order of time.
  /// @param listing what is there; none if that cannot be said, and then nothing is taken
  std::vector<listed_file> select(batch_time t, std::optional<std::vector<listed_file>> listing,
                                  const file_filter& filter);

  /// What has been taken so far.
  const file_position& position() const { return at_; }

  /// Goes on from a position of another selection. To be called before the first batch.
  void resume(file_position from) { at_ = std::move(from); }

private:
  bool is_new(const listed_file& x, batch_time t) const;

  duration interval_;
  duration remember_;
  file_position at_;
};

} // namespace sluice
