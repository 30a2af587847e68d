// SPDX-License-Identifier: BSD-3-Clause
//
// What a store that the kit tortures has to be as a program:
//
//   NAME write DIR COUNT [PAYLOAD]   commits from where DIR stops up to number COUNT. After each commit it prints its
//                                    number, and writes it to DIR/acknowledged. PAYLOAD: bytes that are stored with
//                                    every number
//   NAME check DIR                   prints the last commit (0: none); fails if the content does not fit it
//
// Ends with 1 and a sentence if the store cannot be written or read, or is wrong; with 2 if it is misused.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

#include <sluice/actors/base/errors.hpp>
#include <sluice/state/store/lmdb_store.hpp>

namespace torture {

/// A map that has to grow now and then.
inline constexpr sluice::lmdb_options small_map{.initial_map = std::size_t{256} << 10};

/// Says why, and returns the exit code.
inline int fail(const std::string& why) {
  std::fprintf(stderr, "%s\n", why.c_str());
  return EXIT_FAILURE;
}

inline int fail(const sluice::error& why) { return fail(describe(why)); }

/// Tells of commits, also a reader of a journal of the writes: what lies before this one is committed.
class acknowledgements {
public:
  explicit acknowledgements(const std::string& dir)
      : path_{dir + "/acknowledged"}, file_{::open(path_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644)} {}

  sluice::error tell(std::int64_t commit) const {
    const auto text = std::to_string(commit);
    if (::pwrite(file_, text.data(), text.size(), 0) < 0)
      return sluice::make_error(sluice::ec::storage_failed, "'" + path_ + "' cannot be written");
    std::printf("%s\n", text.c_str());
    std::fflush(stdout);
    return {};
  }

private:
  std::string path_;
  int file_; ///< until the process ends
};

/// The main function of a subject. Both return the exit code.
inline int run_subject(int argc, char** argv,
                       int (*write)(const std::string& dir, std::int64_t count, std::size_t payload),
                       int (*check)(const std::string& dir)) {
  const std::vector<std::string> arguments(argv, argv + argc);
  if (argc == 3 && arguments[1] == "check")
    return check(arguments[2]);
  if ((argc == 4 || argc == 5) && arguments[1] == "write")
    return write(arguments[2], std::stoll(arguments[3]), argc == 5 ? std::stoull(arguments[4]) : 0);
  std::fprintf(stderr, "usage: %s write DIR COUNT [PAYLOAD] | check DIR\n", argv[0]);
  return 2;
}

} // namespace torture
