// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

#include <sluice/operators/dataset/rdd.hpp>
#include <sluice/operators/output/print.hpp>
#include <sluice/operators/stage/output_guarantee.hpp>

namespace sluice::detail {

/// Removes what a process that died in the middle of a batch has left beside the directories of an output. Throws
/// runtime_failure.
void remove_unfinished_batches(const std::string& prefix, const std::string& suffix);

/// An output for `write_to`: every batch a directory of text files.
struct text_files {
  static constexpr auto kind = "save_as_text_files";
  static constexpr auto guarantee = output_guarantee::idempotent;

  std::string prefix;
  std::string suffix;

  void on_start() const { remove_unfinished_batches(prefix, suffix); }

  template <record T>
  void on_batch(const rdd<T>& records, batch_time t) const {
    records.save_as_text(batch_directory(prefix, suffix, t));
  }
};

/// The same of files that read_object_files reads back.
struct object_files {
  static constexpr auto kind = "save_as_object_files";
  static constexpr auto guarantee = output_guarantee::idempotent;

  std::string prefix;
  std::string suffix;

  void on_start() const { remove_unfinished_batches(prefix, suffix); }

  template <record T>
  void on_batch(const rdd<T>& records, batch_time t) const {
    records.save_as_objects(batch_directory(prefix, suffix, t));
  }
};

} // namespace sluice::detail
