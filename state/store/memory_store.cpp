// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/state/store/memory_store.hpp>

#include <sluice/state/store/sealed_value.hpp>
#include <sluice/state/store/storage_errors.hpp>

namespace sluice {

write_result memory_store::do_apply(const write_batch& batch) {
  for (const auto& op : batch.operations()) {
    switch (op.what) {
      case write_batch::action::put: {
        auto& stored = entries_[op.key];
        stored.resize(sealed_size(op.value.size()));
        seal(op.key, op.value, stored.data());
        break;
      }
      case write_batch::action::erase: entries_.erase(op.key); break;
      case write_batch::action::erase_range:
        if (op.end.empty() || op.key < op.end)
          entries_.erase(entries_.lower_bound(op.key), op.end.empty() ? entries_.end() : entries_.lower_bound(op.end));
        break;
    }
  }
  return {};
}

error memory_store::do_scan(std::string_view from, std::string_view end, const visitor& visit) const {
  error damage;
  for_each(from, end, [&](const entries::value_type& x) {
    auto value = unseal(x.first, x.second);
    if (!value)
      damage = damage_error(place(), value.error());
    return value && visit(x.first, *value);
  });
  return damage;
}

error memory_store::do_scan_keys(std::string_view from, std::string_view end, const key_visitor& visit) const {
  for_each(from, end, [&visit](const entries::value_type& x) { return visit(x.first); });
  return {};
}

} // namespace sluice
