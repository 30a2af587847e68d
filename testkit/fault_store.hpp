// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <sluice/actors/base/errors.hpp>
#include <sluice/state/store/keyed_store.hpp>

#include <cstddef>
#include <string>

namespace sluice::testkit {

/// When and how the stores that share this plan fail.
struct fault_plan {
  enum class moment { before, after }; ///< does the write that fails reach the disk?
  enum class length { once, for_good };

  std::size_t fail_at = 0; ///< the number of the write that fails, from 1; 0 for none
  moment when = moment::before;
  length how_long = length::for_good;

  std::size_t writes = 0;  ///< so far
  std::string last_writer; ///< the name of the store that was written last
  bool down = false;       ///< everything fails now

  /// For want of room, which leaves reading as it is; or because the disk is broken. Goes with moment::before.
  enum class reason { broken, no_room };
  reason why = reason::broken;
  std::string missing_room() const { return why == reason::no_room ? "the disk is full; free some" : ""; }
};

/// Another store, with faults.
class fault_store final : public keyed_store {
public:
  fault_store(std::string name, keyed_store& inner, fault_plan& plan)
      : name_{std::move(name)}, inner_{&inner}, plan_{&plan} {}

  std::filesystem::path place() const override { return inner_->place(); }

private:
  write_result do_apply(const write_batch& batch) override {
    if (plan_->down)
      return {failure(), plan_->missing_room()};
    plan_->last_writer = name_;
    if (++plan_->writes != plan_->fail_at)
      return inner_->apply_if_room(batch);
    plan_->down = plan_->how_long == fault_plan::length::for_good;
    if (plan_->when == fault_plan::moment::after)
      if (auto err = inner_->apply(batch))
        return err;
    return {failure(), plan_->missing_room()};
  }

  error do_scan(std::string_view from, std::string_view end, const visitor& visit) const override {
    return plan_->down && plan_->why == fault_plan::reason::broken ? failure() : inner_->scan(from, end, visit);
  }

  error do_scan_keys(std::string_view from, std::string_view end, const key_visitor& visit) const override {
    return plan_->down ? failure() : inner_->scan_keys(from, end, visit);
  }

  static error failure() { return make_error(ec::storage_failed, "the disk failed, as the test planned"); }

  std::string name_;
  keyed_store* inner_;
  fault_plan* plan_;
};

} // namespace sluice::testkit
