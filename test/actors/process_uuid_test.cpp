// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/actors/system/config.hpp>

#include <boost/test/unit_test.hpp>

#include <dlfcn.h>

#include <string>

using namespace sluice;

BOOST_AUTO_TEST_SUITE(root_uuid_suite)

BOOST_AUTO_TEST_CASE(caf_takes_the_source_of_its_node_ids_from_us) {
  const system_config config{1, true}; // what every process has, and what makes the linker take our object file
  // The name as libcaf_core calls it, looked up as the dynamic linker does for libcaf_core: the program comes first.
  const auto* found = ::dlsym(RTLD_DEFAULT, "_ZN3caf6detail13get_root_uuidB5cxx11Ev");
  BOOST_REQUIRE(found != nullptr);
  const auto uuid = reinterpret_cast<std::string (*)()>(const_cast<void*>(found))();
  BOOST_TEST(uuid == process_uuid());
  BOOST_TEST(uuid.size() == 32U);
}

BOOST_AUTO_TEST_SUITE_END()
