// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "adapters/auth/proof_socket.h"

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <filesystem>
#include <thread>

#include "adapters/clock/clock.h"
#include "wire/proof_messages.h"

namespace slurmxx {
namespace {

// Signs by naming: what matters here is who is named.
class NamingVoucher : public Voucher {
 public:
  Result<std::string> make_credential(std::string_view) override { return fail("not asked for"); }
  Result<std::string> vouch(Uid uid, Gid gid, std::string_view payload) override {
    return std::to_string(uid.value) + ":" + std::to_string(gid.value) + ":" + std::string(payload);
  }
  Result<Credential> check(std::string_view) override { return fail("not asked for"); }
  Result<Credential> inspect(std::string_view credential) override {
    if (credential == "forged") return fail(Errc::protocol_authentication, "a forged one");
    return Credential{Uid(5), Gid(6), std::string(credential)};
  }
};

struct Place {
  Place() {
    std::array<char, 32> name{"/tmp/slurmxx-proof-XXXXXX"};
    REQUIRE(mkdtemp(name.data()) != nullptr);
    folder = name.data();
  }
  ~Place() { std::filesystem::remove_all(folder); }
  std::string socket() const { return folder + "/p.sock"; }
  std::string folder;
};

// Serves until so many visitors are gone again.
void serve_until(ProofDoor& door, const std::atomic<bool>& over) {
  while (!over) {
    std::vector<pollfd> fds;
    door.collect(fds);
    poll(fds.data(), fds.size(), 20);
    door.serve(mono_now());
  }
}

int visitor(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  const int fd = ::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
  REQUIRE(::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  return fd;
}

}  // namespace

TEST_CASE("who may not read the key gets a credential of the uid that the kernel tells, and has others looked at") {
  Place place;
  auto door = ProofDoor::open(place.socket(), std::make_unique<NamingVoucher>());
  REQUIRE(door.ok());
  std::atomic<bool> over = false;
  std::thread daemon([&] { serve_until(*door, over); });
  ProofAuth auth({place.folder + "/nobody-there.sock", place.socket()}, {Uid(geteuid())});
  ProofAuth wary({place.socket()}, {Uid(geteuid() + 1)});
  auto made = auth.make_credential("load");
  auto seen = auth.check("of somebody");
  auto forged = auth.check("forged");
  auto trap = wary.make_credential("load");
  over = true;
  daemon.join();
  REQUIRE(made.ok());
  CHECK(*made == std::to_string(geteuid()) + ":" + std::to_string(getegid()) + ":load");
  REQUIRE(seen.ok());
  CHECK(*seen == Credential{Uid(5), Gid(6), "of somebody"});
  REQUIRE(!forged.ok());
  CHECK(forged.error().message == "a forged one");
  CHECK(!trap.ok());  // the socket is not of a user that may vouch
}

TEST_CASE("without a daemon the error names what was tried and what to start") {
  Place place;
  ProofAuth auth({place.socket()}, {Uid(geteuid())});
  auto made = auth.make_credential("load");
  REQUIRE(!made.ok());
  CHECK(made.error().message.find(place.socket()) != std::string::npos);
  CHECK(made.error().message.find("start slurmd, or sackd") != std::string::npos);
}

TEST_CASE("junk is answered and closed, and one user's idle visitors are bounded") {
  Place place;
  auto door = ProofDoor::open(place.socket(), std::make_unique<NamingVoucher>());
  REQUIRE(door.ok());
  const int junk = visitor(place.socket());
  REQUIRE(::send(junk, "\xff\xff\xff", 3, 0) == 3);
  door->serve(MonoTime(0));
  char answer[256];
  CHECK(::recv(junk, answer, sizeof answer, 0) > 0);
  CHECK(::recv(junk, answer, sizeof answer, 0) == 0);
  ::close(junk);
  std::vector<int> idle;
  for (std::size_t i = 0; i < ProofDoor::visitors_of_one_max + 8; ++i) idle.push_back(visitor(place.socket()));
  door->serve(MonoTime(0));
  std::vector<pollfd> fds;
  door->collect(fds);
  CHECK(fds.size() == 1 + ProofDoor::visitors_of_one_max);
  REQUIRE(door->wake_at());
  door->serve(*door->wake_at());
  fds.clear();
  door->collect(fds);
  CHECK(fds.size() == 1);
  for (int fd : idle) ::close(fd);
}

}  // namespace slurmxx
