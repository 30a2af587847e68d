// SPDX-License-Identifier: BSD-3-Clause
//
// Object files: a dataset's partitions as they are encoded, one file a partition. The format has a page of its own:
// docs/formats/object-file.md.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <sluice/actors/batch/batch.hpp>

namespace sluice {

/// Writes `partitions`, whose batches all hold records of a type with this schema, as a part_directory. Throws
/// runtime_failure, naming path and reason.
void write_object_files(const std::filesystem::path& directory, const std::string& schema,
                        const std::vector<std::vector<batch>>& partitions);

/// Reads what write_object_files has written. Every size is checked before that much is allocated, every batch is
/// checked as one from outside, and by `check`, which looks at it as one of records of the type. Throws
/// runtime_failure, naming path and reason, for anything that is not exactly a whole and undamaged output of records
/// with this schema.
std::vector<std::vector<batch>> read_object_files(const std::filesystem::path& directory, const std::string& schema,
                                                  error (*check)(const batch&));

} // namespace sluice
