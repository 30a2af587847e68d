// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/actors/base/version.hpp>

namespace sluice {

const char* version() { return SLUICE_VERSION; }

} // namespace sluice
