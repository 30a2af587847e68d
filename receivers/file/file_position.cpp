// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/receivers/file/file_position.hpp>

#include <capnp/message.h>
#include <capnp/serialize.h>
#include <kj/exception.h>

#include <span>

#include <sluice/actors/base/capnp_message.hpp>
#include <sluice/actors/base/errors.hpp>

#include "version_wire.hpp"

namespace sluice {

namespace {

std::string to_string(capnp::Text::Reader text) { return {text.begin(), text.size()}; }
kj::StringPtr to_text(const std::string& s) { return {s.c_str(), s.size()}; }

error malformed(const std::string& directory, const std::string& why) {
  return make_error(ec::storage_failed, "the checkpoint's position in '" + directory + "' cannot be read: " + why);
}

} // namespace

std::string to_bytes(const file_position& position, const std::string& directory) {
  capnp::MallocMessageBuilder message;
  auto out = message.initRoot<wire::FilePosition>();
  out.setDirectory(to_text(directory));
  out.setDone(position.done.value_or(batch_time{}).ms());
  out.setOldest(position.oldest.ms());
  out.setAhead(position.ahead.count());
  auto taken = out.initTaken(static_cast<unsigned>(position.taken.size()));
  unsigned i = 0;
  for (const auto& [path, file] : position.taken) {
    taken[i].setPath(to_text(path));
    taken[i].setTime(file.time.ms());
    detail::write(taken[i++].initVersion(), file.version);
  }
  auto waiting = out.initWaiting(static_cast<unsigned>(position.waiting.size()));
  i = 0;
  for (const auto& file : position.waiting) {
    waiting[i].setPath(to_text(file.path));
    detail::write(waiting[i].initVersion(), file.version);
    waiting[i].setOffset(file.offset);
    waiting[i++].setTail(file.tail);
  }
  const auto words = capnp::messageToFlatArray(message);
  const auto raw = words.asChars();
  return {raw.begin(), raw.size()};
}

expected<std::optional<file_position>> read_file_position(std::string_view stored, const std::string& directory) {
  if (stored.empty() || stored.size() % sizeof(capnp::word) != 0)
    return malformed(directory, "its length is wrong");
  try {
    detail::capnp_message message{std::as_bytes(std::span{stored})};
    const auto in = message.root<wire::FilePosition>();
    if (to_string(in.getDirectory()) != directory)
      return std::nullopt;
    file_position result;
    if (in.getDone() != 0)
      result.done = batch_time{in.getDone()};
    result.oldest = batch_time{in.getOldest()};
    result.ahead = duration{in.getAhead()};
    for (const auto taken : in.getTaken())
      result.taken.emplace(to_string(taken.getPath()),
                           taken_file{batch_time{taken.getTime()}, detail::read(taken.getVersion())});
    for (const auto waiting : in.getWaiting())
      result.waiting.push_back(
          {to_string(waiting.getPath()), detail::read(waiting.getVersion()), waiting.getOffset(), waiting.getTail()});
    return result;
  } catch (const kj::Exception& e) {
    return malformed(directory, e.getDescription().cStr());
  }
}

} // namespace sluice
