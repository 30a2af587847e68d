// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/state/commit/state_loader.hpp>

#include <utility>

namespace sluice {

expected<state_piece> state_loader::load(const state_id& id, std::uint64_t cursor) {
  if (cursor == 0)
    open_.insert_or_assign(id, open_state{log_->read(id)});
  const auto found = open_.find(id);
  if (found == open_.end() || found->second.read != cursor)
    return make_error(ec::invalid_argument, "the state of " + to_string(id) + " was asked for a piece that is not due");
  auto piece = next(id, found->second);
  if (!piece || piece->next == 0)
    open_.erase(found);
  return piece;
}

expected<state_piece> state_loader::next(const state_id& id, open_state& from) {
  state_piece result;
  const auto take = [&](change_kind kind, batch_time t, bytes_view blob) -> error {
    auto content = batch::from_bytes(blob);
    if (!content)
      return make_error(ec::storage_failed, "the checkpoint is damaged: the state of " + to_string(id) + " at "
                                                + to_string(t) + " cannot be read (" + describe(content.error())
                                                + "); restore the whole checkpoint, or remove it to start over");
    result = {t, kind, std::move(*content), 0};
    bytes_ += blob.size();
    return {};
  };
  auto more = from.reader.next(take);
  if (more && *more) {
    ++pieces_;
    last_operator_ = id.operator_name;
    result.following = from.reader.following();
    if (++from.read < from.reader.blobs()) {
      result.next = from.read;
      return result;
    }
    more = from.reader.next(take); // checks that there is no more than there should be
  }
  if (!more)
    return more.error();
  return result;
}

std::optional<std::string> state_loader::progress(clock::time_point now) {
  if (!silent_until_)
    silent_until_ = now + silence;
  if (now < *silent_until_)
    return std::nullopt;
  silent_until_ = now + silence;
  if (!all_) {
    all_ = 0;
    for (const auto& id : log_->states())
      *all_ += log_->read(id).blobs();
  }
  return "loading state of '" + last_operator_ + "': " + std::to_string(pieces_) + " of " + std::to_string(*all_)
         + " pieces of the checkpoint, " + std::to_string(bytes_ >> 20) + " MiB so far";
}

} // namespace sluice
