// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "core/launch/bcast_parameters.h"

using namespace slurmxx;

TEST_CASE("BcastParameters: destination, compression and libraries; the rest is skipped") {
  const BcastParameters site = parse_bcast_parameters("DestDir=/var/tmp,Compression=LZ4,send_libs,other=1");
  CHECK(site.dest_dir == "/var/tmp");
  CHECK(site.compression == "lz4");
  CHECK(site.send_libs);
  CHECK(!parse_bcast_parameters("").send_libs);
  CHECK(!parse_bcast_parameters("send_libs=no").send_libs);
}

TEST_CASE("BcastParameters: the option of the command decides before the site") {
  const BcastParameters none;
  BcastParameters site;
  site.compression = "none";
  CHECK(compresses(std::nullopt, none).value() == false);
  CHECK(compresses("", none).value() == true);
  CHECK(compresses("", site).value() == false);
  CHECK(compresses("LZ4", site).value() == true);
  CHECK(compresses("none", none).value() == false);
  CHECK(compresses("zlib", none).error().message ==
        "compression library \"zlib\" is not there: --compress takes lz4 or none");
}

TEST_CASE("BcastExclude: folders, not beginnings of names") {
  const auto folders = excluded_folders("/lib,/usr/lib/");
  CHECK(is_below("/lib/x86_64-linux-gnu/libc.so.6", folders));
  CHECK(is_below("/usr/lib/libm.so", folders));
  CHECK(!is_below("/lib64/ld-linux-x86-64.so.2", folders));
  CHECK(!is_below("/opt/lib/libx.so", folders));
  CHECK(excluded_folders("NONE").empty());
}

TEST_CASE("shared objects: what ldd prints") {
  const auto found = shared_objects_of(
      "\tlinux-vdso.so.1 (0x00007ffd)\n\tlibselinux.so.1 => /lib/x86_64-linux-gnu/libselinux.so.1 (0x00007f)\n"
      "\tlibgone.so => not found\n\tlibdir.so => /opt/a (b)/libdir.so (0x00007f)\n"
      "\t/lib64/ld-linux-x86-64.so.2 (0x00007f)\n");
  REQUIRE(found.size() == 3);
  CHECK(found[0].name == "libselinux.so.1");
  CHECK(found[0].path == "/lib/x86_64-linux-gnu/libselinux.so.1");
  CHECK(found[1].path == "/opt/a (b)/libdir.so");
  CHECK(found[2].name == "ld-linux-x86-64.so.2");
  CHECK(shared_objects_of("\tnot a dynamic executable\n").empty());
}

TEST_CASE("block sizes: bytes, kilobytes, megabytes, within limits") {
  CHECK(parse_block_size("4m") == 4u << 20);
  CHECK(parse_block_size("512K") == 512u << 10);
  CHECK(parse_block_size("1") == bcast_block_min);
  CHECK(parse_block_size("4000m") == 32u << 20);
  CHECK(parse_block_size("0") == bcast_block_usual);
  CHECK(!parse_block_size("1x"));
  CHECK(!parse_block_size(""));
}
