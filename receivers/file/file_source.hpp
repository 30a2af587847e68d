// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sluice/actors/base/expected.hpp>
#include <sluice/receivers/file/file_options.hpp>
#include <sluice/receivers/file/file_recipe.hpp>
#include <sluice/receivers/receiver/input.hpp>

namespace sluice {

/// Finds the files of a directory and reads them, as much as each batch has room for. Nothing is kept open from batch
/// to batch: the next batch goes on as another process would, from the position.
class file_source final : public block_source {
public:
  /// @param name for people: "text_file_stream"
  /// @param oldest files modified then or before are never read
  file_source(std::string name, std::string directory, file_to_blocks read, duration interval, file_options options,
              file_environment environment, batch_time oldest);

  expected<std::optional<std::vector<batch>>> pull(batch_time t, std::uint64_t room) override;
  std::vector<input_error> take_errors() override;
  std::string description() const override;
  expected<std::string> recipe() override;
  expected<std::vector<batch>> repeat(std::string_view recipe) override;
  expected<std::string> position() override;
  error resume(std::string_view position) override;

private:
  /// What the batch that is pulled may still take, and what it has.
  struct share {
    batch_time t;
    std::uint64_t room;
    std::uint64_t bytes;
    std::size_t files;
    std::vector<batch> blocks = {};

    bool is_left() const { return room != 0 && bytes != 0 && files != 0; }
  };

  /// How far one of the files that wait has come.
  enum class step {
    read,   ///< it waits no more
    left,   ///< there is no room for the rest
    absent, ///< it is not there, which the next listing explains
    stop,   ///< it cannot be read, and the program is to stop
  };

  error look(batch_time t);
  std::optional<std::vector<listed_file>> list();
  void warn_of_slow_listing(duration taken);
  void warn_of_listing(std::string trouble);
  void tell(const file_note& x);

  step read(std::size_t i, share& of);
  step read_part(std::size_t i, file_reader& from, share& of);
  std::string why_not_go_on(const waiting_file& x, file_reader& from) const;
  step give_up(std::size_t i, batch_time t, const file_version& as, left_out what, std::uint64_t offset,
               const error& why);

  error read_again(const file_piece& x, std::vector<batch>& blocks);

  void add_error(left_out what, std::string path, std::uint64_t offset, std::string reason);
  void warn_of_errors();

  std::string name_;
  std::string directory_;
  file_to_blocks read_;
  duration interval_;
  file_options options_;
  file_environment environment_;
  file_selection selection_;
  std::vector<std::string> taken_; ///< by the batch that was pulled last: paths, with the bytes if it was not all
  std::vector<file_piece> pieces_; ///< the same, for a batch that runs again
  std::vector<input_error> errors_;
  std::uint64_t errors_before_ = 0; ///< the batch that was pulled last
  std::uint64_t errors_so_far_ = 0;
  std::string listing_trouble_;
  bool listing_is_slow_ = false;
  error failure_;
};

} // namespace sluice
