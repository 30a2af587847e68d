// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/operators/stage/stage.hpp>

#include <algorithm>
#include <utility>

#include <sluice/actors/base/errors.hpp>
#include <sluice/actors/base/hash.hpp>
#include <sluice/actors/base/user_code.hpp>
#include <sluice/actors/batch/shaped_batch.hpp>
#include <sluice/operators/stage/operator_failure.hpp>

namespace sluice {

namespace {

std::set<end_tracker::sender> senders_of(const stage_plan& plan, partition_id partition, bool is_gated) {
  std::set<end_tracker::sender> result;
  if (is_gated)
    result.emplace(gate_edge, partition_id{0});
  for (const auto& edge : plan.inbound)
    for (std::uint32_t from = 0; from < edge.senders; ++from)
      if (edge.connects(partition_id{from}, partition))
        result.emplace(edge.id, partition_id{from});
  return result;
}

/// Says which stream an output prints, where several do.
std::string title_of(const topology& graph, const topology_node& node) {
  if (!node.prints || std::ranges::count_if(graph.nodes(), &topology_node::prints) < 2)
    return {};
  return graph.node(node.parents.front().node).name;
}

/// The first steps after a report are timed chunk by chunk, and then one in so many.
constexpr std::uint32_t first_timed = 8;
constexpr std::uint32_t timed_share = 8;

/// For how many steps the next one stands in the measurement; 0: it is not timed.
std::uint32_t weight_of(std::uint32_t steps_before) {
  if (steps_before < first_timed)
    return 1;
  return steps_before % timed_share == 0 ? timed_share : 0;
}

} // namespace

class stage::measured_step {
public:
  measured_step(std::optional<measurements>& of, std::uint32_t weight) : of_{of} {
    if (of_)
      of_->timer.begin(weight);
  }
  ~measured_step() {
    if (of_)
      of_->timer.end();
  }
  measured_step(const measured_step&) = delete;
  measured_step& operator=(const measured_step&) = delete;

private:
  std::optional<measurements>& of_;
};

stage::stage(const topology& graph, const stage_plan& plan, partition_id partition, const stage_setting& setting)
    : partition_{partition}, grid_{setting.interval, setting.zero}, on_error_{setting.on_error},
      outputs_{setting.outputs}, is_gated_{setting.is_gated}, added_{setting.accumulators},
      labels_(graph.nodes().size()), had_(graph.nodes().size(), presence::none),
      ends_{senders_of(plan, partition, setting.is_gated)} {
  // Consumers are made before what they consume, so that each operator can be given its consumers' sinks.
  for (const auto& edge : plan.outbound)
    add_sender(graph, edge);
  for (auto i = plan.nodes.rbegin(); i != plan.nodes.rend(); ++i)
    add_operator(graph, plan, *i, setting);
  std::ranges::reverse(members_);
}

void stage::add_sender(const topology& graph, const plan_edge& edge) {
  const auto& to = graph.node(edge.to);
  auto& label = labels_[edge.to.value()];
  label = label_of(to);
  auto sender = to.factory.make_sender({edge.id, partition_, edge.targets, &effects_, edge.port, label});
  consumers_[*edge.from].push_back(sender->input());
  members_.push_back({std::move(sender), edge.to, edge.id, {edge.from->node}, {}});
}

void stage::add_operator(const topology& graph, const stage_plan& plan, node_index i, const stage_setting& setting) {
  const auto& node = graph.node(i);
  member added{nullptr, i, {}, {}, {}, node.output};
  std::vector<std::uint32_t> senders;
  for (const auto& edge : plan.inbound)
    if (edge.to == i) {
      senders.push_back(edge.senders);
      added.far.push_back(edge.id);
    }
  const auto consumers_of = [&](std::uint32_t outlet) -> std::span<any_sink* const> {
    return consumers_[{i, outlet_index{outlet}}];
  };
  labels_[i.value()] = label_of(node);
  added.logic = node.factory.make({node.name, partition_, plan.partitions, consumers_of(0), consumers_of(1), senders,
                                   &grid_, &keeps_state_, setting.standard_output, node.base_interval,
                                   labels_[i.value()], title_of(graph, node), setting.reruns_until});
  for (const auto& parent : node.parents)
    if (node.inbound == edge_kind::fused && std::ranges::binary_search(plan.nodes, parent.node)) {
      consumers_[parent].push_back(added.logic->input());
      added.near.push_back(parent.node);
    }
  if (!node.state_schema.empty())
    keepers_.emplace(node.name, added.logic.get());
  for (const auto& edge : plan.inbound)
    if (edge.to == i)
      entries_.emplace(edge.id, entry{added.logic.get(), i, edge.port, edge.senders, nullptr, edge.from});
  members_.push_back(std::move(added));
}

std::vector<state_id> stage::states() const {
  std::vector<state_id> result;
  for (const auto& [name, keeper] : keepers_)
    result.push_back({name, partition_});
  return result;
}

error stage::restore(const state_id& id, const state_piece& piece) {
  return keepers_.at(id.operator_name)->restore(piece);
}

error stage::on_data(edge_id edge, partition_id from, batch_time t, const batch& records) {
  const auto found = entries_.find(edge);
  if (found == entries_.end() || from.value() >= found->second.senders)
    return make_error(ec::schema_mismatch, "a batch arrived over an unknown edge");
  if (failed_.contains(t))
    return {};
  const measured_step measured{measured_, measured_ ? weight_of(measured_->data_steps++) : 0};
  const detail::added_sums::step adding{added_};
  open(t);
  error result;
  const auto& [to, node, port, senders, meter, parent] = found->second;
  if (meter != nullptr) {
    meter->records += records.count();
    measured_->bytes += records.bytes().size();
    if (!measured_->tails.empty())
      show_encoded(edge, records);
  }
  if (!attempt(t, node, meter, [&] { result = to->receive(port, from, records); }))
    failed_.insert(t); // what the others have got of the batch is not whole, so all that is fused here has failed
  end_if_failed();
  count_held();
  records.seen();
  return result;
}

template <class Step>
bool stage::attempt(batch_time t, node_index node, operator_meter* meter, Step&& step) {
  try {
    const metered now{meter, 0};
    step();
    return true;
  } catch (...) {
    effects_.failures.push_back({t, "batch " + to_string(t) + ", partition " + to_string(partition_) + ": "
                                        + detail::describe_failure(labels_[node.value()])});
    return false;
  }
}

void stage::end_if_failed() {
  if (on_error_ != error_policy::stop || effects_.failures.empty())
    return;
  const auto first = std::move(effects_.failures.front().what);
  effects_.failures.erase(effects_.failures.begin());
  throw operator_failure{first};
}

void stage::on_end(edge_id edge, partition_id from, batch_time t, presence had) {
  const measured_step measured{measured_, 1};
  const detail::added_sums::step adding{added_};
  ends_.end({edge, from}, t, had);
  while (const auto* ended = ends_.next_closed())
    close(*ended);
  if (measured_ && is_gated_)
    note_gate();
  count_held();
}

/// Whether it waits for the gate of a batch of which it has everything else, and since when.
void stage::note_gate() {
  const auto waits = ends_.waits_only_for({gate_edge, partition_id{0}});
  if (waits == measured_->gate_since.has_value())
    return;
  if (waits)
    measured_->gate_since = measured_->clock();
  else
    measured_->gate_wait += static_cast<std::uint64_t>(measured_->clock() - *std::exchange(measured_->gate_since, {}));
}

std::uint64_t stage::measurements::take_gate_wait() {
  if (gate_since) {
    const auto now = clock();
    gate_wait += static_cast<std::uint64_t>(now - *gate_since);
    gate_since = now;
  }
  return std::exchange(gate_wait, 0);
}

void stage::count_held() {
  std::uint64_t bytes = 0;
  for (const auto& x : members_)
    bytes += x.logic->bytes_held();
  held_.set(bytes);
}

void stage::measure(meter_clock clock) {
  measured_.emplace(clock);
  measured_->meters.resize(members_.size());
  for (std::size_t i = 0; i < members_.size(); ++i) {
    auto& x = members_[i];
    x.meter = &measured_->meters[i];
    x.meter->timer = &measured_->timer;
    if (auto* const to = x.logic->input())
      to->measure_with(x.meter);
    for (auto& [id, entry] : entries_)
      if (entry.to == x.logic.get())
        entry.meter = x.meter;
  }
}

void stage::show(const tail_request& what) {
  auto& tails = measured_->tails;
  for (const auto& x : tails)
    if (x.from == what.from && x.to == what.to && x.meter != nullptr)
      x.meter->tail = nullptr;
  std::erase_if(tails, [&what](const auto& x) { return x.from == what.from && x.to == what.to; });
  if (!what.is_on)
    return;
  for (auto& x : members_)
    if (x.node == what.to && std::ranges::find(x.near, what.from) != x.near.end()) {
      auto& added = tails.emplace_back(shown_records{what.from, what.to, x.meter});
      x.meter->tail = added.records.get();
    }
  auto shape = detail::parse_shape(what.schema);
  for (const auto& [id, entry] : entries_)
    if (shape && entry.node == what.to && (entry.parent ? entry.parent->node : what.to) == what.from)
      tails.push_back({what.from, what.to, nullptr, id, std::make_shared<const detail::record_shape>(*shape),
                       hash_bytes(what.schema)});
}

/// What comes over an edge has another type than the stream if it is combined on its way; then the sending half shows
/// it.
void stage::show_encoded(edge_id edge, const batch& records) {
  for (auto& x : measured_->tails) {
    if (x.edge != edge || records.schema() != x.schema)
      continue;
    const auto opened = detail::shaped_batch::open(records, x.shape, x.schema);
    const auto n = opened ? x.records->room(opened->size()) : 0;
    for (auto i = n; i > 0; --i) {
      std::string text;
      opened->records().format(text, opened->size() - i);
      x.records->add(std::move(text));
    }
  }
}

stage_report stage::take_activity() {
  stage_report result;
  result.partition = partition_;
  result.busy_ns = measured_->timer.take_busy();
  result.gate_ns = measured_->take_gate_wait();
  result.batches = std::exchange(measured_->batches, 0);
  result.bytes = std::exchange(measured_->bytes, 0);
  measured_->data_steps = 0;
  for (const auto& x : members_)
    result.operators.push_back({x.node, x.sends.has_value(), std::exchange(x.meter->records, 0),
                                std::exchange(x.meter->time, 0), x.logic->keys_kept(), x.state_bytes});
  for (const auto& x : measured_->tails)
    if (auto texts = x.records->take(); !texts.empty())
      result.tails.push_back({x.from, x.to, x.edge.has_value(), std::move(texts)});
  return result;
}

void stage::note_base_sizes() {
  for (const auto& change : effects_.changes) {
    if (change.kind != change_kind::base)
      continue;
    for (auto& x : members_)
      if (const auto found = keepers_.find(change.id.operator_name);
          found != keepers_.end() && found->second == x.logic.get()) {
        x.state_bytes = 0;
        for (const auto& piece : change.content)
          x.state_bytes += piece.bytes().size();
      }
  }
}

void stage::open(batch_time t) {
  if (open_ == t)
    return;
  for (const auto& x : members_)
    x.logic->open(t);
  added_.open(t);
  open_ = t;
}

void stage::close(const end_tracker::ended_batch& ended) {
  const auto t = ended.time;
  grid_.ends(t);
  open(t);
  for (auto& x : members_) {
    const auto had = close(x, ended);
    if (!x.output)
      end_if_failed();
    if (x.sends)
      effects_.ends.push_back({*x.sends, t, had});
    else
      had_[x.node.value()] = had;
  }
  end_if_failed(); // after all outputs: each says what is wrong with it
  added_.close(t, effects_.sums);
  if (measured_) {
    ++measured_->batches;
    note_base_sizes();
  }
  effects_.closed.push_back(t);
  if (!failed_.empty())
    failed_.erase(t);
  open_.reset();
}

/// Ends the batch for one operator. Returns what its stream has.
presence stage::close(member& x, const end_tracker::ended_batch& ended) {
  auto before = presence::failed;
  const auto ended_well = !failed_.contains(ended.time) && attempt(ended.time, x.node, x.meter, [&] {
    before = arrived(x, ended);
    if (before == presence::some)
      run(x, ended.time);
    else
      x.logic->skip(ended.time, before, effects_);
  });
  if (before == presence::failed)
    note_output_cannot_run(x, ended.time);
  if (!ended_well) {
    before = presence::failed;
    x.logic->skip(ended.time, before, effects_);
  }
  return before == presence::failed || x.sends ? before : x.logic->result(ended.time, before);
}

void stage::run(member& x, batch_time t) {
  if (!x.output || !outputs_)
    return x.logic->close(t, effects_);
  outputs_->started(*x.output, t);
  try {
    x.logic->close(t, effects_);
  } catch (...) {
    outputs_->completed(*x.output, t, detail::failure_of([] { throw; }));
    throw;
  }
  outputs_->completed(*x.output, t, std::nullopt);
}

void stage::note_output_cannot_run(const member& x, batch_time t) {
  if (!x.output || !outputs_)
    return;
  outputs_->started(*x.output, t);
  outputs_->left_out(*x.output, t);
}

/// What all parents of an operator have. Those that are computed with each other must have a dataset at the same times.
presence stage::arrived(const member& at, const end_tracker::ended_batch& ended) const {
  bool some = false;
  bool none = false;
  bool failed = false;
  const auto note = [&](presence had) {
    some |= had == presence::some;
    none |= had == presence::none;
    failed |= had == presence::failed;
  };
  for (const auto node : at.near)
    note(had_[node.value()]);
  for (const auto edge : at.far)
    if (const auto had = ended.over(edge)) // a narrower parent does not send here
      note(*had);
  if (failed)
    return presence::failed;
  if (some && none)
    throw runtime_failure{"of the streams that are put together here, some have a dataset at " + to_string(ended.time)
                          + " and some have none; give their sources an empty one instead"};
  return none ? presence::none : presence::some;
}

} // namespace sluice
