// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/operators/stage/operator_actor.hpp>

#include <exception>
#include <utility>

#include <sluice/actors/base/errors.hpp>
#include <sluice/actors/system/ownership.hpp>
#include <sluice/operators/stage/stage_router.hpp>

namespace sluice {

namespace {

/// Between two reports of what a partition has done: often enough for a picture that moves, and no cost.
constexpr std::int64_t report_period = 250'000'000;

} // namespace

/// Which state is being loaded, and from where on.
struct operator_shell::restore_progress {
  caf::typed_response_promise<ready_atom> promise;
  std::vector<state_id> states;
  std::uint64_t cursor = 0;
};

void operator_shell::host(const stage_maker& make) {
  auto made = make();
  if (made)
    placed_ = std::move(*made);
  else
    broken_ = std::move(made.error());
}

caf::typed_response_promise<ready_atom> operator_shell::deploy(wiring links) {
  auto promise = self_->make_response_promise<ready_atom>();
  if (broken_) {
    promise.deliver(broken_);
    return promise;
  }
  links_ = std::move(links);
  for (auto& to : links_.routes)
    targets_[to.edge] = to.targets;
  if (!links_.store)
    placed_.logic->keep_nothing();
  if (links_.is_watched) {
    placed_.logic->measure(monotonic_nanoseconds);
    reported_ = monotonic_nanoseconds();
  }
  auto states = links_.store ? placed_.logic->states() : std::vector<state_id>{};
  restore_next(std::make_shared<restore_progress>(restore_progress{promise, std::move(states), 0}));
  return promise;
}

void operator_shell::restore_next(std::shared_ptr<restore_progress> progress) {
  if (progress->states.empty()) {
    progress->promise.deliver(ready_atom::value);
    return;
  }
  // Without a limit: the store reads a piece at a time, and how long that takes is the disk's business. If it dies, so
  // does the coordinator, and then this operator.
  self_->request(links_.store, caf::infinite, load_atom::value, progress->states.back(), progress->cursor)
      .then(
          [this, progress](const state_piece& piece) {
            const auto is_there = !piece.content.bytes().empty();
            if (auto err = is_there ? placed_.logic->restore(progress->states.back(), piece) : error{}) {
              broken_ = err;
              progress->promise.deliver(err);
              return;
            }
            progress->cursor = piece.next;
            if (piece.next == 0)
              progress->states.pop_back();
            restore_next(progress);
          },
          [this, progress](caf::error& err) {
            broken_ = err;
            progress->promise.deliver(std::move(err));
          });
}

template <class Step>
void operator_shell::run(const edge_mark& mark, Step&& step) {
  if (broken_ || mark.life != links_.life)
    return;
  try {
    if (auto err = step())
      fail(std::move(err));
    else
      send_effects();
  } catch (const std::exception& e) {
    report_failures();
    fail(make_error(ec::user_code_failed, e.what()));
  }
}

void operator_shell::data(const edge_mark& mark, const batch& records) {
  run(mark, [&] { return placed_.logic->on_data(mark.edge, mark.from, mark.time, records); });
}

void operator_shell::end(const end_mark& mark) {
  run(mark.of, [&] {
    placed_.logic->on_end(mark.of.edge, mark.of.from, mark.of.time, mark.had);
    return caf::error{};
  });
}

void operator_shell::last(const end_mark& mark, const batch& records) {
  run(mark.of, [&] {
    auto err = placed_.logic->on_data(mark.of.edge, mark.of.from, mark.of.time, records);
    if (!err)
      placed_.logic->on_end(mark.of.edge, mark.of.from, mark.of.time, mark.had);
    return err;
  });
}

void operator_shell::send_effects() {
  report_failures();
  auto& effects = placed_.logic->effects();
  const auto mark = [this](edge_id edge, batch_time t) { return edge_mark{links_.life, edge, placed_.partition, t}; };
  stage_router router{placed_.plan, placed_.partition, effects};
  router.send_records([&](stage_effects::parcel& x) {
    self_->send(targets_[x.edge][x.to.value()], data_atom::value, mark(x.edge, x.time), std::move(x.content));
  });
  if (links_.store)
    for (auto& update : effects.changes)
      self_->send(links_.store, keep_atom::value, links_.life, std::move(update));
  send_sums(router);
  router.send_ends([&](const stage_effects::end& end, partition_id to, batch* last) {
    const end_mark ended{mark(end.edge, end.time), end.had};
    const auto& target = targets_[end.edge][to.value()];
    if (last != nullptr)
      self_->send(target, last_atom::value, ended, std::move(*last));
    else
      self_->send(target, end_atom::value, ended);
  });
  if (placed_.plan.runs_outputs)
    for (const auto t : effects.closed)
      self_->send(links_.coordinator, done_atom::value, links_.life, t);
  if (links_.is_watched && !effects.closed.empty())
    report_activity();
  effects.clear();
}

void operator_shell::report_failures() {
  for (auto& [t, what] : std::exchange(placed_.logic->effects().failures, {}))
    self_->send(links_.coordinator, report_atom::value, failure_report{links_.life, t, std::move(what)});
}

void operator_shell::report_activity() {
  const auto now = monotonic_nanoseconds();
  if (now - reported_ < report_period)
    return;
  auto report = placed_.logic->take_activity();
  report.life = links_.life;
  report.stage = placed_.plan.id;
  report.span_ns = static_cast<std::uint64_t>(now - std::exchange(reported_, now));
  self_->send(links_.coordinator, report_atom::value, std::move(report));
}

/// Sums go the way of the end marks and before them: so those of a batch are on the driver before its outputs end.
void operator_shell::send_sums(const stage_router& router) {
  for (const auto& x : placed_.logic->effects().sums)
    if (placed_.sums)
      placed_.sums->add(links_.life, x);
    else if (const auto to = router.first_target())
      self_->send(targets_[to->first][to->second.value()], add_atom::value,
                  edge_mark{links_.life, to->first, placed_.partition, x.time}, x.accumulator, x.bits);
}

void operator_shell::add(const edge_mark& mark, std::uint32_t accumulator, std::uint64_t sum) {
  if (broken_ || mark.life != links_.life)
    return;
  const detail::added_sum x{mark.time, accumulator, sum};
  if (placed_.sums)
    placed_.sums->add(mark.life, x); // now, so that the outputs of the batch read it
  else
    placed_.logic->take(x);
}

void operator_shell::show(const tail_request& what) {
  if (!broken_ && what.life == links_.life && links_.is_watched)
    placed_.logic->show(what);
}

void operator_shell::fail(caf::error reason) {
  broken_ = reason;
  self_->send(links_.coordinator, failed_atom::value, links_.life, std::move(reason));
}

operator_actor::behavior_type operator_behavior(operator_actor::stateful_pointer<operator_shell> self,
                                                const progress_actor& coordinator, const stage_maker& make) {
  // The coordinator goes when all is done, or when what is left is not to be done any more.
  belong_to(self, coordinator);
  self->state.host(make);
  return {
      [self](data_atom, const edge_mark& mark, const batch& records) { self->state.data(mark, records); },
      [self](end_atom, const end_mark& mark) { self->state.end(mark); },
      [self](last_atom, const end_mark& mark, const batch& records) { self->state.last(mark, records); },
      [self](add_atom, const edge_mark& mark, std::uint32_t accumulator, std::uint64_t sum) {
        self->state.add(mark, accumulator, sum);
      },
      [self](tail_atom, const tail_request& what) { self->state.show(what); },
      [self](deploy_atom, wiring& links) { return self->state.deploy(std::move(links)); },
  };
}

} // namespace sluice
