// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

#include <sluice/operators/dataset/rdd.hpp>
#include <sluice/operators/output/print.hpp>

namespace sluice::detail {

/// An output for `write_to`: every batch a directory of text files.
struct text_files {
  static constexpr auto kind = "save_as_text_files";

  std::string prefix;
  std::string suffix;

  template <record T>
  void on_batch(const rdd<T>& records, batch_time t) const {
    records.save_as_text(batch_directory(prefix, suffix, t));
  }
};

/// The same of files that read_object_files reads back.
struct object_files {
  static constexpr auto kind = "save_as_object_files";

  std::string prefix;
  std::string suffix;

  template <record T>
  void on_batch(const rdd<T>& records, batch_time t) const {
    records.save_as_objects(batch_directory(prefix, suffix, t));
  }
};

} // namespace sluice::detail
