// SPDX-License-Identifier: BSD-3-Clause
#pragma once

namespace sluice {

/// The version of Sluice, as "0.1.0".
const char* version();

} // namespace sluice
