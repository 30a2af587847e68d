// SPDX-License-Identifier: BSD-3-Clause
//
// The messages of a file source: one sentence each, with the file, the rule and what to do.
#pragma once

#include <cstdint>
#include <string>

#include <sluice/actors/base/input_error.hpp>
#include <sluice/receivers/file/file_selection.hpp>

namespace sluice {

/// "file 'in/a' has gone before it was read, and is left out; …".
std::string sentence_of(const file_note& x, duration remember);

/// Of an input that stops: "file 'in/a' at byte 6: a line is longer than …; mend the file, or …".
std::string stop_sentence(const std::string& path, std::uint64_t offset, const std::string& reason);

/// Of an input that goes on: "left out the record of file 'in/a' at byte 6: a line is longer than …, and 3 more".
std::string left_out_sentence(const input_error& first, std::uint64_t others);

} // namespace sluice
