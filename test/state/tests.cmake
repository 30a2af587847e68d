# SPDX-License-Identifier: BSD-3-Clause
sluice_test(state keyed_store LINK sluice::state)
sluice_test(state lmdb_environment LINK sluice::state PkgConfig::LMDB)
sluice_test(state checkpoint_log LINK sluice::state)
sluice_test(state checkpoint_crash LINK sluice::state)
sluice_test(state update_collector LINK sluice::state)
