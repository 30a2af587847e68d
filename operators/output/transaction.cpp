// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/operators/output/transaction.hpp>

#include <sluice/actors/base/errors.hpp>

namespace sluice::detail {

bool is_taken(const output_id& id, std::optional<batch_time> last) {
  if (!last || id.time > *last)
    return false;
  if (!id.may_have_run_before)
    throw runtime_failure{to_string(id) + " is new, but its output has taken batch " + to_string(*last)
                          + " already. Was the clock set back, or does another program write under this name? Give "
                            "the output another name, or remove what it has kept of the batches it took"};
  return true;
}

} // namespace sluice::detail
