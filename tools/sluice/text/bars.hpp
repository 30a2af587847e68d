// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace sluice::tool {

/// A bar of up to `columns`, in steps of an eighth; longer shares fill it. Something that is not zero shows.
std::string bar(double share, std::size_t columns);

/// A column for each value, from zero to the largest one.
std::string sparkline(const std::vector<double>& values);

} // namespace sluice::tool
