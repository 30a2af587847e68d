// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <sluice/operators/shuffle/router.hpp>
#include <sluice/operators/stage/operator_failure.hpp>
#include <sluice/operators/stage/stage_operator.hpp>

namespace sluice::detail {

/// A router at the start of an edge between stages: where the partitioner is the user's, a failure names the operator
/// that the keys go to, and the key.
template <class By>
class sending_router : public router<By> {
public:
  sending_router(const By& by, const sender_context&) : router<By>{by, {}} {}
};

template <class F>
class sending_router<partitioner<F>> {
public:
  sending_router(const partitioner<F>& by, const sender_context& context)
      : route_{by, {}}, site_{context.label, "its partitioner"} {}

  template <record K>
  std::uint32_t operator()(const K& key, std::uint32_t partitions) {
    return site_.call_for_key(key, [&] { return route_(key, partitions); });
  }

private:
  router<partitioner<F>> route_;
  call_site site_;
};

} // namespace sluice::detail
