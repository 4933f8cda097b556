// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// SQLite alone: MariaDB needs a server (tests/e2e/test_accounting.py).
#include <fcntl.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

#include <doctest/doctest.h>

#include "adapters/sql/sql_database.h"

namespace slurmxx {
namespace {

struct Fixture {
  std::string folder = [] {
    char name[] = "/tmp/slurmxx-sql.XXXXXX";
    return std::string(::mkdtemp(name));
  }();
  std::unique_ptr<Database> database = std::move(*open_database(SqliteStorage{folder + "/a b.sqlite"}));
  ~Fixture() { std::filesystem::remove_all(folder); }
};

TEST_CASE_FIXTURE(Fixture, "values come back as they went in, and sums do not lose digits") {
  REQUIRE(database->execute("CREATE TABLE t (id BIGINT, name TEXT, load DOUBLE)", {}));
  const std::int64_t large = 9'000'000'000'000'000'000;
  auto changed = database->execute("INSERT INTO t VALUES (?, ?, ?), (?, ?, ?)",
                                   {large, "it's a ?", 0.5, std::int64_t(1), std::monostate(), std::monostate()});
  REQUIRE(changed);
  CHECK(*changed == 2);
  auto rows = database->query("SELECT id, name, load FROM t WHERE name = ?", {"it's a ?"});
  REQUIRE(rows);
  REQUIRE(rows->size() == 1);
  CHECK(rows->front().integer(0) == large);
  CHECK(rows->front().text(1) == "it's a ?");
  CHECK(rows->front().real(2) == 0.5);
  auto sum = database->query("SELECT SUM(id), COUNT(*), MAX(name) FROM t");
  REQUIRE(sum);
  CHECK(sum->front().integer(0) == large + 1);
  CHECK(sum->front().integer(1) == 2);
  CHECK(database->query("SELECT name FROM t WHERE id = 1")->front().is_null(0));
}

// As another process sees it: a lock of this one, anywhere in the file.
bool is_locked(const std::string& file) {
  const pid_t child = ::fork();
  if (child == 0) {
    const int fd = ::open(file.c_str(), O_RDWR | O_CLOEXEC);
    struct flock whole {};
    whole.l_type = F_WRLCK;
    whole.l_whence = SEEK_SET;
    ::_exit(fd >= 0 && ::fcntl(fd, F_GETLK, &whole) == 0 && whole.l_type != F_UNLCK ? 0 : 1);
  }
  int status = 1;
  ::waitpid(child, &status, 0);
  return status == 0;
}

TEST_CASE_FIXTURE(Fixture, "a further connection of the process leaves it the locks that keep others from its log") {
  REQUIRE(database->execute("CREATE TABLE t (id BIGINT)", {}));
  REQUIRE(is_locked(folder + "/a b.sqlite"));
  const auto other = open_database(SqliteStorage{folder + "/a b.sqlite"});
  REQUIRE(other);
  CHECK(is_locked(folder + "/a b.sqlite"));
}

TEST_CASE_FIXTURE(Fixture, "bytes come back as they went in") {
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes += static_cast<char>(i);
  REQUIRE(database->execute("CREATE TABLE t (record TEXT)", {}));
  REQUIRE(database->execute("INSERT INTO t VALUES (?)", {bytes}));
  CHECK(database->query("SELECT record FROM t")->front().text(0) == bytes);
}

TEST_CASE_FIXTURE(Fixture, "a transaction that is not committed leaves nothing") {
  REQUIRE(database->execute("CREATE TABLE t (id BIGINT PRIMARY KEY)", {}));
  {
    auto transaction = Transaction::begin(*database);
    REQUIRE(transaction);
    REQUIRE(database->execute("INSERT INTO t VALUES (1)", {}));
  }
  CHECK(database->query("SELECT COUNT(*) FROM t")->front().integer(0) == 0);
  auto transaction = Transaction::begin(*database);
  REQUIRE(database->execute("INSERT INTO t VALUES (2)", {}));
  REQUIRE(transaction->commit());
  CHECK(database->query("SELECT COUNT(*) FROM t")->front().integer(0) == 1);
  const auto twice = database->execute("INSERT INTO t VALUES (2)", {});
  REQUIRE(!twice);
  CHECK(twice.error().message.find("UNIQUE") != std::string::npos);
}

}  // namespace
}  // namespace slurmxx
