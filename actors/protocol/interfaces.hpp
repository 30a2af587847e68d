// SPDX-License-Identifier: BSD-3-Clause
//
// The messages between actors. Every actor of Sluice has its typed interface here, with one line and one comment per
// message.
//
//     receiver -> batch generator -> operator -> ... -> operator (outputs, on the driver)
//          all of them -> coordinator; operators -> store; coordinator -> everybody
//
// Messages between the same two actors arrive in the order they were sent. End-of-batch marks rely on that. Data is
// bounded by the byte credit between generator and receiver; control messages are small and never held back.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <caf/atom.hpp>
#include <caf/replies_to.hpp>
#include <caf/type_id.hpp>
#include <caf/typed_actor.hpp>

#include <sluice/actors/protocol/messages.hpp>
#include <sluice/actors/protocol/node_usage.hpp>
#include <sluice/actors/protocol/stage_report.hpp>

namespace sluice {

using add_atom = caf::atom_constant<caf::atom("add")>;
using answer_atom = caf::atom_constant<caf::atom("answer")>;
using block_atom = caf::atom_constant<caf::atom("block")>;
using commit_atom = caf::atom_constant<caf::atom("commit")>;
using credit_atom = caf::atom_constant<caf::atom("credit")>;
using cut_atom = caf::atom_constant<caf::atom("cut")>;
using data_atom = caf::atom_constant<caf::atom("data")>;
using deploy_atom = caf::atom_constant<caf::atom("deploy")>;
using done_atom = caf::atom_constant<caf::atom("done")>;
using drain_atom = caf::atom_constant<caf::atom("drain")>;
using drained_atom = caf::atom_constant<caf::atom("drained")>;
using durable_atom = caf::atom_constant<caf::atom("durable")>;
using end_atom = caf::atom_constant<caf::atom("end")>;
using failed_atom = caf::atom_constant<caf::atom("failed")>;
using flush_atom = caf::atom_constant<caf::atom("flush")>;
using flushed_atom = caf::atom_constant<caf::atom("flushed")>;
using hello_atom = caf::atom_constant<caf::atom("hello")>;
using keep_atom = caf::atom_constant<caf::atom("keep")>;
using last_atom = caf::atom_constant<caf::atom("last")>;
using late_atom = caf::atom_constant<caf::atom("late")>;
using limit_atom = caf::atom_constant<caf::atom("limit")>;
using load_atom = caf::atom_constant<caf::atom("load")>;
using meet_atom = caf::atom_constant<caf::atom("meet")>;
using memory_atom = caf::atom_constant<caf::atom("memory")>;
using rate_atom = caf::atom_constant<caf::atom("rate")>;
using ready_atom = caf::atom_constant<caf::atom("ready")>;
using release_atom = caf::atom_constant<caf::atom("release")>;
using report_atom = caf::atom_constant<caf::atom("report")>;
using restart_atom = caf::atom_constant<caf::atom("restart")>;
using share_atom = caf::atom_constant<caf::atom("share")>;
using start_atom = caf::atom_constant<caf::atom("start")>;
using stop_atom = caf::atom_constant<caf::atom("stop")>;
using stopped_atom = caf::atom_constant<caf::atom("stopped")>;
using tail_atom = caf::atom_constant<caf::atom("tail")>;
using tick_atom = caf::atom_constant<caf::atom("tick")>;
using usage_atom = caf::atom_constant<caf::atom("usage")>;

/// Messages to every stage from the stage before it, or from a batch generator.
using downstream_actor = caf::typed_actor<
    // Records of a batch for this partition. May arrive before the batch before it has ended.
    caf::reacts_to<data_atom, edge_mark, batch>,
    // No more records of that batch from that sender. Sent once per batch, in order of time, after the data.
    caf::reacts_to<end_atom, end_mark>,
    // The last records of that batch from that sender, and their end mark.
    caf::reacts_to<last_atom, end_mark, batch>,
    // From an operator on a worker, before its end mark of that batch and to one target only: what functions there and
    // before it have added to the accumulator of this number.
    caf::reacts_to<add_atom, edge_mark, std::uint32_t, std::uint64_t>>;

/// Reports to the coordinator.
using progress_actor = caf::typed_actor<
    // A batch generator has closed its part of a batch. Not sent if there is nothing to say: no records, no new
    // position of its source, and no listener.
    caf::reacts_to<cut_atom, cut_report>,
    // All outputs of a batch have run.
    caf::reacts_to<done_atom, epoch, batch_time>,
    // From an output, while somebody listens: it runs now, or has run.
    caf::reacts_to<report_atom, output_report>,
    // From an operator, before the end marks of that batch: a failure that does not end the program, or not it alone.
    caf::reacts_to<report_atom, failure_report>,
    // From a batch generator: something happened to its receiver.
    caf::reacts_to<report_atom, receiver_report>,
    // From an operator of a program that is watched, a few times a second: what it has done.
    caf::reacts_to<report_atom, stage_report>,
    // A batch generator's receiver has stopped and everything it received has been passed on.
    caf::reacts_to<drained_atom, epoch, stream_id>,
    // A part cannot go on; the sentence says which one and why.
    caf::reacts_to<failed_atom, epoch, caf::error>>;

/// Keeps the changes of keyed state and commits them, batch by batch.
using store_actor = caf::typed_actor<
    // From an operator: what batch `time` changed (sent once per batch and state, also when nothing changed).
    caf::reacts_to<keep_atom, epoch, state_update>,
    // From an operator that starts: the piece of committed state after the given cursor (0 = from the start).
    caf::replies_to<load_atom, state_id, std::uint64_t>::with<state_piece>,
    // From the coordinator: make everything up to this batch durable, once it is all here. Answers with the last batch
    // that is durable.
    caf::replies_to<commit_atom, epoch, commit_request>::with<batch_time>>;

/// The write-ahead log of a node. It answers when what it was given is on disk; all that waits shares one sync.
using log_actor = caf::typed_actor<
    // From a batch generator: keep this block of this input, which has this number.
    caf::replies_to<block_atom, epoch, std::string, std::uint64_t, batch>::with<ready_atom>,
    // From the coordinator: what each input gave to this batch, after all its blocks.
    caf::replies_to<cut_atom, epoch, allocation>::with<ready_atom>,
    // From a batch generator that starts: the block of this input and number.
    caf::replies_to<load_atom, std::string, std::uint64_t>::with<batch>,
    // From the coordinator: everything up to this batch is committed.
    caf::reacts_to<release_atom, epoch, batch_time>,
    // From its own thread: something has been written, or read.
    caf::reacts_to<answer_atom>,
    // From itself: write what has waited, and try again where there was no room.
    caf::reacts_to<tick_atom>>;

/// The target of an operator or a batch generator: the actors of the next stage, one per partition.
struct route {
  edge_id edge;
  std::vector<downstream_actor> targets;

  template <class Inspector>
  friend auto inspect(Inspector& f, route& x) {
    return f(x.edge, x.targets);
  }
};

/// Connects a spawned operator or batch generator to the others.
struct wiring {
  epoch life;
  std::vector<route> routes;
  progress_actor coordinator;
  store_actor store;       ///< null if nothing is kept
  log_actor log;           ///< for batch generators; null if there is none
  bool is_watched = false; ///< operators report what they do

  template <class Inspector>
  friend auto inspect(Inspector& f, wiring& x) {
    return f(x.life, x.routes, x.coordinator, x.store, x.log, x.is_watched);
  }
};

/// One partition of one stage.
using operator_actor = downstream_actor::extend<
    // From the coordinator: take your place. Answers when committed state has been loaded, or with the error.
    caf::replies_to<deploy_atom, wiring>::with<ready_atom>,
    // From the coordinator of a program that is watched: show records that pass here, or show them no longer.
    caf::reacts_to<tail_atom, tail_request>>;

/// Messages of a receiver to the batch generator that it feeds.
using block_sink_actor = caf::typed_actor<
    // Records, in the order they were received. Never more bytes than there was credit for.
    caf::reacts_to<block_atom, batch>,
    // Everything received before the flush with this batch time has been sent.
    caf::reacts_to<flushed_atom, batch_time>,
    // Something happened to the receiver that listeners want to know; without an epoch.
    caf::reacts_to<report_atom, receiver_report>,
    // No more blocks will come. A non-empty error means that the receiver gave up.
    caf::reacts_to<stopped_atom, caf::error>>;

/// Hosts a user's receiver, which runs on a thread or actor of its own and calls `store`.
using receiver_actor = caf::typed_actor<
    // From the batch generator: start receiving for me, with this many bytes of credit.
    caf::reacts_to<start_atom, block_sink_actor, std::uint64_t>,
    // From the batch generator: these bytes may be sent in addition.
    caf::reacts_to<credit_atom, std::uint64_t>,
    // From the batch generator: as many records may be stored per second, at least 1.
    caf::reacts_to<rate_atom, std::uint64_t>,
    // From the batch generator: somebody has set another limit.
    caf::reacts_to<limit_atom, input_limit>,
    // From the batch generator: send what has been stored so far, then answer `flushed`. Not asked while the receiver
    // is quiet (`receiver_base::is_quiet`).
    caf::reacts_to<flush_atom, batch_time>,
    // From the batch generator: all blocks that this receiver has sent, up to that many since it was started, are in
    // the log.
    caf::reacts_to<durable_atom, std::uint64_t>,
    // From the batch generator: the log cannot take them; the error says why.
    caf::reacts_to<durable_atom, caf::error>,
    // From the batch generator: all blocks up to that many belong to committed batches.
    caf::reacts_to<commit_atom, std::uint64_t>,
    // From `receiver::mark`: there are news for the receiver already.
    caf::reacts_to<commit_atom>,
    // From the batch generator: stop receiving, send what is left, then answer `stopped`.
    caf::reacts_to<stop_atom>,
    // From itself: the block interval is over.
    caf::reacts_to<tick_atom>,
    // From `receiver::store`: a finished block.
    caf::reacts_to<block_atom, batch>,
    // From itself, behind the blocks that a flush cut: now answer it.
    caf::reacts_to<flushed_atom, batch_time>,
    // From itself, behind the last block.
    caf::reacts_to<drained_atom>,
    // From `receiver::restart`: stop, wait that many milliseconds, start again; the sentence is reported.
    caf::reacts_to<restart_atom, std::string, std::int64_t>,
    // From itself, when the wait of a restart is over.
    caf::reacts_to<start_atom>,
    // From the receiver's own thread: a function of the receiver's has returned.
    caf::reacts_to<answer_atom>,
    // From itself: the time to stop is over, even if something still runs.
    caf::reacts_to<late_atom>,
    // From `receiver::report_error`: tell the user, go on.
    caf::reacts_to<report_atom, std::string>,
    // From `receiver::stop`: this receiver gives up for good.
    caf::reacts_to<stopped_atom, caf::error>>;

/// Answers the senders of records to an actor of the user's, when these are in the log. Records are counted from 1.
using durable_answer_actor = caf::typed_actor<
    // From the user's actor, which delegates its sender's message: this record is stored. Answers with nothing when it
    // is in the log and so many microseconds have passed, or with the error.
    caf::reacts_to<add_atom, std::uint64_t, std::int64_t>,
    // From the receiver: all records up to that one are in the log.
    caf::reacts_to<durable_atom, std::uint64_t>,
    // From the receiver: the log cannot take the others.
    caf::reacts_to<failed_atom, caf::error>,
    // From itself: the time has come for which an answer waits.
    caf::reacts_to<tick_atom>,
    // From the receiver: it stops.
    caf::reacts_to<stop_atom>>;

/// Decides which blocks belong to which batch of one input, and how much its receiver may send.
using generator_actor = block_sink_actor::extend<
    // From the coordinator: take your place.
    caf::replies_to<deploy_atom, wiring>::with<ready_atom>,
    // From the coordinator: the first batch that is new; start receiving. Batches that run again are cut before it.
    caf::reacts_to<start_atom, epoch, batch_time>,
    // From the coordinator: close this batch. Answers with a `cut` report if there is something to say, and always
    // where outputs wait for what the batch got to be durable.
    caf::reacts_to<cut_atom, epoch, batch_time>,
    // From the coordinator: this batch, which had records, is committed; their bytes are free.
    caf::reacts_to<release_atom, epoch, batch_time>,
    // From the coordinator, after a batch: as many records per second are estimated to be right, at least 1.
    caf::reacts_to<rate_atom, epoch, std::uint64_t>,
    // From the coordinator: somebody has set another limit.
    caf::reacts_to<limit_atom, epoch, input_limit>,
    // From the coordinator: stop receiving. Answers `drained` when everything received has been passed on.
    caf::reacts_to<drain_atom, epoch>,
    // From the input's own thread: it has done something that was asked of it.
    caf::reacts_to<answer_atom>,
    // From itself: see whether the source is late.
    caf::reacts_to<late_atom>,
    // From itself, while its input is held back: is there memory now?
    caf::reacts_to<memory_atom>>;

/// Runs one deployed topology: ticks, commits, stops.
using coordinator_actor = progress_actor::extend<
    // From itself: look at the clock; set for that time, in microseconds since the Unix epoch.
    caf::reacts_to<tick_atom, std::int64_t>,
    // From the context: stop, after everything received has been processed (true) or at once (false).
    caf::reacts_to<stop_atom, bool>,
    // From the context: look at the controls of the program, which somebody has changed.
    caf::reacts_to<limit_atom>,
    // From the context: end this epoch as if it had failed, for this reason.
    caf::reacts_to<restart_atom, std::string>,
    // From itself: the time for a graceful stop is over.
    caf::reacts_to<stop_atom>>;

/// One per worker process. CAF's `remote_spawn` spawns the operators themselves there.
using node_actor = caf::typed_actor<
    // From a coordinator: will you work on this topology? An error says why not.
    caf::replies_to<hello_atom, hello>::with<welcome>,
    // From the same: the driver's broadcast value of this number, for this job. Before any operator is placed.
    caf::replies_to<share_atom, std::uint64_t, std::uint32_t, batch>::with<ready_atom>,
    // From the same, when several workers take part: connect to these workers ("host:port"), so that records go
    // straight from one to the other and not through the driver.
    caf::replies_to<meet_atom, std::vector<std::string>>::with<ready_atom>,
    // From the same, every few milliseconds while records are on their way: how many bytes they take in this process
    // now, and at most since it was asked last. The number is the driver's memory budget.
    caf::replies_to<memory_atom, std::uint64_t>::with<std::uint64_t, std::uint64_t>,
    // From the same, once a second while the program is watched.
    caf::replies_to<usage_atom>::with<node_usage>>;

} // namespace sluice

CAF_BEGIN_TYPE_ID_BLOCK(sluice, first_custom_type_id)

CAF_ADD_TYPE_ID(sluice, (sluice::accumulated_sums))
CAF_ADD_TYPE_ID(sluice, (sluice::allocation))
CAF_ADD_TYPE_ID(sluice, (sluice::batch))
CAF_ADD_TYPE_ID(sluice, (sluice::batch_time))
CAF_ADD_TYPE_ID(sluice, (sluice::block_sink_actor))
CAF_ADD_TYPE_ID(sluice, (sluice::commit_request))
CAF_ADD_TYPE_ID(sluice, (sluice::cut_report))
CAF_ADD_TYPE_ID(sluice, (sluice::downstream_actor))
CAF_ADD_TYPE_ID(sluice, (sluice::edge_mark))
CAF_ADD_TYPE_ID(sluice, (sluice::end_mark))
CAF_ADD_TYPE_ID(sluice, (sluice::epoch))
CAF_ADD_TYPE_ID(sluice, (sluice::failure_report))
CAF_ADD_TYPE_ID(sluice, (sluice::hello))
CAF_ADD_TYPE_ID(sluice, (sluice::input_limit))
CAF_ADD_TYPE_ID(sluice, (sluice::log_actor))
CAF_ADD_TYPE_ID(sluice, (sluice::node_actor))
CAF_ADD_TYPE_ID(sluice, (sluice::node_usage))
CAF_ADD_TYPE_ID(sluice, (sluice::operator_actor))
CAF_ADD_TYPE_ID(sluice, (sluice::output_report))
CAF_ADD_TYPE_ID(sluice, (sluice::progress_actor))
CAF_ADD_TYPE_ID(sluice, (sluice::receiver_report))
CAF_ADD_TYPE_ID(sluice, (sluice::source_positions))
CAF_ADD_TYPE_ID(sluice, (sluice::stage_report))
CAF_ADD_TYPE_ID(sluice, (sluice::state_id))
CAF_ADD_TYPE_ID(sluice, (sluice::state_piece))
CAF_ADD_TYPE_ID(sluice, (sluice::state_update))
CAF_ADD_TYPE_ID(sluice, (sluice::store_actor))
CAF_ADD_TYPE_ID(sluice, (sluice::stream_id))
CAF_ADD_TYPE_ID(sluice, (sluice::tail_request))
CAF_ADD_TYPE_ID(sluice, (sluice::welcome))
CAF_ADD_TYPE_ID(sluice, (sluice::wiring))
CAF_ADD_TYPE_ID(sluice, (std::vector<std::string>))

CAF_END_TYPE_ID_BLOCK(sluice)
