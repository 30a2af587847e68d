# SPDX-License-Identifier: BSD-3-Clause
# Every library Sluice stands on, each a Debian 12 package (see `./dev setup`); Cap'n Proto apart.
find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
find_package(CAF 0.17.6 REQUIRED)
find_package(Boost 1.81 REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(spdlog REQUIRED)
pkg_check_modules(LMDB REQUIRED IMPORTED_TARGET lmdb)
pkg_check_modules(ISAL REQUIRED IMPORTED_TARGET libisal)
pkg_check_modules(XXHASH REQUIRED IMPORTED_TARGET libxxhash)
pkg_check_modules(PROMETHEUS REQUIRED IMPORTED_TARGET prometheus-cpp-core)
