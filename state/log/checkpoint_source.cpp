// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/state/log/checkpoint_source.hpp>

#include <utility>

#include <sluice/state/checkpoint/checkpoint_directory.hpp>
#include <sluice/state/log/log_directory.hpp>
#include <sluice/state/store/memory_store.hpp>

namespace sluice {

namespace {

/// Shared by all that one source opens.
struct directory_source {
  std::filesystem::path path;
  checkpoint_opening how;
};

/// A checkpoint in a directory, as long as somebody uses it.
struct opened_directory {
  std::shared_ptr<directory_source> from;
  std::unique_ptr<checkpoint_directory> directory;

  ~opened_directory() {
    if (!directory->log().went_back())
      from->how.at.reset(); // there is no later commit any more but those of this run
  }
};

expected<kept_run> open(const std::shared_ptr<directory_source>& from) {
  auto directory = checkpoint_directory::open(from->path, {}, from->how.at);
  if (!directory)
    return std::move(directory.error());
  const std::shared_ptr<opened_directory> kept{new opened_directory{from, std::move(*directory)}};
  auto& checkpoint = *kept->directory;
  if (from->how.accept)
    if (auto err = from->how.accept(checkpoint.log()))
      return err;
  kept_run result{{kept, &checkpoint.log()}};
  const auto had_blocks = checkpoint.has_blocks();
  if (!had_blocks)
    return had_blocks.error();
  if (!*had_blocks && !from->how.makes_log)
    return result;
  auto blocks = log_directory::open(checkpoint);
  if (!blocks)
    return std::move(blocks.error());
  result.blocks = share_log(std::move(*blocks));
  return result;
}

} // namespace

checkpoint_source checkpoint_in(std::filesystem::path directory, checkpoint_opening how) {
  return [from = std::make_shared<directory_source>(directory_source{std::move(directory), std::move(how)})] {
    return open(from);
  };
}

checkpoint_source checkpoint_in_memory() {
  struct stores {
    memory_store log;
    memory_store snapshots;
  };
  struct opened {
    std::shared_ptr<stores> in;
    checkpoint_log log;
  };
  return [in = std::make_shared<stores>()]() -> expected<kept_run> {
    auto log = checkpoint_log::open(in->log, in->snapshots);
    if (!log)
      return std::move(log.error());
    const auto kept = std::make_shared<opened>(opened{in, std::move(*log)});
    return kept_run{{kept, &kept->log}};
  };
}

} // namespace sluice
