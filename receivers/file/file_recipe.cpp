// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/receivers/file/file_recipe.hpp>

#include <capnp/message.h>
#include <capnp/serialize.h>
#include <kj/exception.h>

#include <span>

#include <sluice/actors/base/capnp_message.hpp>
#include <sluice/actors/base/errors.hpp>

#include "version_wire.hpp"

namespace sluice {

std::string to_recipe(const std::vector<file_piece>& pieces) {
  capnp::MallocMessageBuilder message;
  auto parts = message.initRoot<wire::FileRecipe>().initParts(static_cast<unsigned>(pieces.size()));
  unsigned i = 0;
  for (const auto& x : pieces) {
    auto part = parts[i++];
    part.setPath(kj::StringPtr{x.path.c_str(), x.path.size()});
    detail::write(part.initVersion(), x.version);
    part.setBegin(x.begin);
    part.setEnd(x.end);
    part.setTail(x.tail);
    part.setRoom(x.room);
    part.setBytes(x.bytes);
  }
  const auto words = capnp::messageToFlatArray(message);
  const auto raw = words.asChars();
  return {raw.begin(), raw.size()};
}

expected<std::vector<file_piece>> read_file_recipe(std::string_view stored) {
  const auto malformed = [](const std::string& why) {
    return make_error(ec::storage_failed, "what a batch took of files cannot be read: " + why);
  };
  if (stored.empty() || stored.size() % sizeof(capnp::word) != 0)
    return malformed("its length is wrong");
  try {
    detail::capnp_message message{std::as_bytes(std::span{stored})};
    std::vector<file_piece> result;
    for (const auto part : message.root<wire::FileRecipe>().getParts()) {
      const auto path = part.getPath();
      if (part.getEnd() < part.getBegin())
        return malformed("a part ends before it begins");
      result.push_back({{path.begin(), path.size()},
                        detail::read(part.getVersion()),
                        part.getBegin(),
                        part.getEnd(),
                        part.getTail(),
                        part.getRoom(),
                        part.getBytes()});
    }
    return result;
  } catch (const kj::Exception& e) {
    return malformed(e.getDescription().cStr());
  }
}

} // namespace sluice
