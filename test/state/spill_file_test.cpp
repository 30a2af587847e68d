// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/state/spill/spill_file.hpp>

#include <csignal>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include <sys/resource.h>

#include <boost/test/unit_test.hpp>

#include <sluice/actors/base/errors.hpp>
#include <sluice/actors/batch/batch_io.hpp>

#include "../support/temporary_files.hpp"

using namespace sluice;
using detail::spill_file;
using detail::spilled_batch;

namespace {

batch text(std::size_t bytes) {
  batch_writer<std::string_view> out;
  const std::string record(bytes, 'x');
  out.append(record);
  return out.freeze();
}

/// Lets no file of this process become larger, as a full disk would.
class file_limit {
public:
  explicit file_limit(rlim_t bytes) : handler_{std::signal(SIGXFSZ, SIG_IGN)} {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit now{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &now);
  }
  ~file_limit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }
  file_limit(const file_limit&) = delete;
  file_limit& operator=(const file_limit&) = delete;

private:
  void (*handler_)(int);
  rlimit before_{};
};

template <class F>
std::string failure_of(F f) {
  try {
    f();
  } catch (const runtime_failure& e) {
    return e.what();
  }
  return "nothing";
}

} // namespace

BOOST_AUTO_TEST_SUITE(spill_file_)

BOOST_AUTO_TEST_CASE(batches_are_read_back_as_they_were) {
  const test::temporary_files files;
  spill_file home;
  std::vector<batch> expected{batch{}};
  for (const std::size_t n : {0, 1, 7, 8, 1000, 3'000'000})
    expected.push_back(text(n));
  std::vector<spilled_batch> stored;
  for (const auto& x : expected)
    stored.push_back(home.write(x));
  for (std::size_t i = expected.size(); i-- != 0;)
    BOOST_TEST((stored[i].read() == expected[i]));
}

BOOST_AUTO_TEST_CASE(a_file_has_no_name_and_goes_with_the_last_who_needs_it) {
  const test::temporary_files files;
  auto home = std::make_optional<spill_file>();
  BOOST_TEST(files.open_files().empty()); // none before it is needed
  auto stored = std::make_optional(home->write(text(10)));
  BOOST_TEST(files.is_empty());
  BOOST_TEST(files.open_files().size() == 1U);
  home.reset();
  BOOST_TEST((stored->read() == text(10)));
  stored.reset();
  BOOST_TEST(files.open_files().empty());
}

BOOST_AUTO_TEST_CASE(the_space_of_batches_that_are_forgotten_is_free_again) {
  const test::temporary_files files;
  const auto large = text(max_record_bytes - 1000);
  spill_file home;
  std::vector<spilled_batch> last;
  for (std::uint64_t written = 0; written < 4 * detail::disk_file_bytes; written += large.bytes().size()) {
    last.push_back(home.write(large));
    if (last.size() > 3)
      last.erase(last.begin());
    BOOST_REQUIRE(files.open_files().size() <= 2U);
  }
  for (const auto& x : last)
    BOOST_TEST((x.read() == large));
}

BOOST_AUTO_TEST_CASE(a_full_disk_is_an_error_and_what_is_kept_stays) {
  const test::temporary_files files;
  spill_file home;
  const auto before = home.write(text(1000));
  {
    const file_limit full{5000};
    const auto why = failure_of([&] { home.write(text(10'000)); });
    BOOST_TEST(
        why.starts_with("persist: a dataset cannot be kept in the temporary directory '" + files.path().string()));
    BOOST_TEST(why.ends_with("File too large"));
  }
  const auto after = home.write(text(20'000));
  BOOST_TEST((before.read() == text(1000)));
  BOOST_TEST((after.read() == text(20'000)));
}

BOOST_AUTO_TEST_CASE(a_directory_that_is_not_there_or_takes_no_files_is_an_error) {
  spill_file home;
  {
    const test::temporary_files files{"missing"};
    BOOST_TEST(failure_of([&] { home.write(text(1)); })
               == "persist: there is no temporary directory to keep datasets in: No such file or directory; let TMPDIR "
                  "name one");
  }
  {
    const test::temporary_files files{"/proc"};
    BOOST_TEST(failure_of([&] {
                 home.write(text(1));
               }).starts_with("persist: a dataset cannot be kept in the temporary directory '/proc': "));
  }
  const test::temporary_files files;
  BOOST_TEST((home.write(text(1)).read() == text(1)));
}

BOOST_AUTO_TEST_CASE(damage_is_found) {
  const test::temporary_files files;
  spill_file home;
  const auto stored = home.write(text(1000));
  const auto path = files.open_files().at(0);
  {
    std::fstream file{path};
    file.seekp(500);
    file.put('y');
  }
  BOOST_TEST(failure_of([&] { stored.read(); }).ends_with("a checksum does not match"));
  std::filesystem::resize_file(path, 100);
  BOOST_TEST(failure_of([&] { stored.read(); }).ends_with("its file has become shorter"));
}

BOOST_AUTO_TEST_SUITE_END()
