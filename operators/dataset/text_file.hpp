// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>

#include <sluice/operators/dataset/rdd.hpp>

namespace sluice {

/// The lines of a text file as a dataset, for a `transform` that joins a stream with a table, say. A line ends at '\n',
/// with one `\r` before it dropped; the last one may lack its end. The file is read once, when this is called.
/// Throws runtime_failure, naming path and reason, if it cannot be read, and for a line of 4 MiB or more.
///
///     const auto spammers = sluice::read_text_file("spammers.txt");
rdd<std::string_view> read_text_file(const std::filesystem::path& path, std::uint32_t partitions = 1);

} // namespace sluice
