// SPDX-License-Identifier: BSD-3-Clause
//
// A dataset in files, and back.
#pragma once

#include <string>

#include <sluice/actors/base/errors.hpp>
#include <sluice/actors/os/part_directory.hpp>
#include <sluice/actors/record/record_text.hpp>
#include <sluice/operators/dataset/object_file.hpp>
#include <sluice/operators/dataset/rdd.hpp>
#include <sluice/operators/dataset/rdd_content.hpp>

namespace sluice {

template <record T>
void rdd<T>::save_as_text(const std::filesystem::path& directory) const {
  part_directory out{directory};
  std::string line;
  for (const auto& partition : *content_) {
    out.begin_part();
    visit(partition, [&](const T& x) {
      line.clear();
      format_record(line, x);
      line += '\n';
      out.write(line);
    });
  }
  out.commit();
}

template <record T>
void rdd<T>::save_as_objects(const std::filesystem::path& directory) const {
  for (const auto& partition : *content_)
    for (const auto& records : partition)
      open(records); // throws for what could not be read again
  write_object_files(directory, codec<T>::schema(), *content_);
}

template <record T>
rdd<T> read_object_files(const std::filesystem::path& directory) {
  return rdd<T>{read_object_files(directory, codec<T>::schema(), [](const batch& records) {
    auto reader = batch_reader<T>::open(records);
    return reader ? error{} : std::move(reader.error());
  })};
}

} // namespace sluice
