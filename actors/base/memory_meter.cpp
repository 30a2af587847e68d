// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/actors/base/memory_meter.hpp>

namespace sluice {

memory_meter& process_memory() {
  static memory_meter meter;
  return meter;
}

} // namespace sluice
