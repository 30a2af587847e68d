// SPDX-License-Identifier: BSD-3-Clause
//
// Which of the files that are there belong to a batch: Spark's rules (FileInputDStream). A file is known by its name
// and its modification time; so that it is read once, the names taken are remembered as long as such a time counts as
// new. Plain logic: the listing and all times come from outside.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

#include <sluice/actors/time.hpp>
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
  /// @param remember how long a file counts as new, and is remembered when it was taken
  /// @param oldest files modified then or before are never taken
  file_selection(duration remember, batch_time oldest) : remember_{remember}, oldest_{oldest} {}

  /// The files of batch t, in order of modification time and name: those wanted, modified after `oldest` and after
  /// t - remember, but not after t, and not taken by a batch from t - remember on. To be called in order of time; a
  /// batch whose listing failed may be left out.
  std::vector<listed_file> select(batch_time t, std::vector<listed_file> listing, const file_filter& filter);

private:
  duration remember_;
  batch_time oldest_;
  std::unordered_map<std::string, batch_time> taken_; ///< by path: the batch that it went to
};

} // namespace sluice
