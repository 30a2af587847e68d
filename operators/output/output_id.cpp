// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/operators/output/output_id.hpp>

namespace sluice {

std::string to_string(const output_id& id) {
  auto result = "batch " + to_string(id.time) + " of '" + id.output + '\'';
  if (id.partitions > 1)
    result += ", partition " + std::to_string(id.partition) + " of " + std::to_string(id.partitions);
  return result;
}

} // namespace sluice
