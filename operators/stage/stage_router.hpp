// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <tuple>
#include <utility>

#include <sluice/operators/stage/stage_effects.hpp>
#include <sluice/operators/stage/stage_plan.hpp>

namespace sluice {

/// Which messages a partition of a stage sends after a step, and to whom. Every partition owes an end mark to every
/// partition that its edges lead to: it rides on the last records where there are some. Call `send_records`, then
/// `send_ends`; the effects must outlive both. Plain logic.
class stage_router {
public:
  stage_router(const stage_plan& plan, partition_id from, stage_effects& effects);

  /// Calls `send(parcel)` for all records but those that go with an end mark.
  template <class Send>
  void send_records(Send&& send) {
    for (std::size_t i = 0; i < effects_.parcels.size(); ++i) {
      auto& parcel = effects_.parcels[i];
      assert(edge(parcel.edge).connects(from_, parcel.to));
      if (const auto found = last_.find(place_of(parcel)); found == last_.end() || found->second != i)
        send(parcel);
    }
  }

  /// The first partition that every end mark goes to; none after the last stage.
  std::optional<std::pair<edge_id, partition_id>> first_target() const;

  /// Calls `send(end, to, last)` for each end mark, with the records that go with it; null if there are none.
  template <class Send>
  void send_ends(Send&& send) {
    for (const auto& end : effects_.ends) {
      const auto& way = edge(end.edge);
      for (std::uint32_t p = 0; p < way.targets; ++p) {
        const partition_id to{p};
        if (!way.connects(from_, to))
          continue;
        const auto found = last_.find({end.edge, end.time, to});
        send(end, to, found == last_.end() ? nullptr : &effects_.parcels[found->second].content);
      }
    }
  }

private:
  using place = std::tuple<edge_id, batch_time, partition_id>;

  static place place_of(const stage_effects::parcel& x) { return {x.edge, x.time, x.to}; }

  const plan_edge& edge(edge_id id) const { return *std::ranges::find(plan_.outbound, id, &plan_edge::id); }

  const stage_plan& plan_;
  partition_id from_;
  stage_effects& effects_;
  std::map<place, std::size_t> last_; ///< the last parcel to each place whose batch ends in this step, by index
};

} // namespace sluice
