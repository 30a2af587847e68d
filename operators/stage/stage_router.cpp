// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/operators/stage/stage_router.hpp>

namespace sluice {

stage_router::stage_router(const stage_plan& plan, partition_id from, stage_effects& effects)
    : plan_{plan}, from_{from}, effects_{effects} {
  const auto ends = [&](const stage_effects::parcel& parcel) {
    return std::ranges::any_of(effects.ends,
                               [&](const auto& x) { return x.edge == parcel.edge && x.time == parcel.time; });
  };
  for (std::size_t i = 0; !effects.ends.empty() && i < effects.parcels.size(); ++i)
    if (ends(effects.parcels[i]))
      last_[place_of(effects.parcels[i])] = i;
}

std::optional<std::pair<edge_id, partition_id>> stage_router::first_target() const {
  for (const auto& way : plan_.outbound)
    for (std::uint32_t p = 0; p < way.targets; ++p)
      if (way.connects(from_, partition_id{p}))
        return std::pair{way.id, partition_id{p}};
  return std::nullopt;
}

} // namespace sluice
