// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <span>

namespace sluice {

/// The memory in which this process sees the file open as `fd`, mapped to be read and shared, by the system's own list
/// (proc(5), /proc/PID/maps). Empty if the file is not mapped so. For files that a library has mapped.
std::span<std::byte> read_only_mapping_of(int fd);

/// Gives back the memory of a mapping that is only read. What it shows stays the same: the system maps each page again
/// when it is next looked at, from its cache or from the disk.
void give_back_pages(std::span<std::byte> read_only_mapping);

} // namespace sluice
