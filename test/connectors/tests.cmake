# SPDX-License-Identifier: BSD-3-Clause
if(TARGET sluice::sqlite)
  sluice_test(connectors sqlite_database LINK sluice::sqlite)
  sluice_test(connectors sqlite_output LINK sluice::runtime sluice::sqlite)
endif()
