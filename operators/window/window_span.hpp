// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <sluice/actors/base/time.hpp>

namespace sluice::detail {

/// How far a window reaches back, and how often there is one.
struct window_span {
  duration length;
  duration slide;
};

} // namespace sluice::detail
