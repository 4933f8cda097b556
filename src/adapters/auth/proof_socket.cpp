// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// A visitor gets one answer and is closed: nothing is kept of it.
#include "adapters/auth/proof_socket.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include <fmt/format.h>

#include "adapters/clock/clock.h"
#include "adapters/identity/host_names.h"
#include "adapters/net/stream.h"
#include "core/hostlist/hostlist.h"
#include "core/text/words.h"
#include "state/codec.h"
#include "wire/proof_messages.h"

namespace slurmxx {
namespace {

constexpr Seconds visit_time{5};

Error refuse(const std::string& what) { return fail(Errc::protocol_authentication, "auth/slurm: " + what); }

Result<sockaddr_un> address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path)
    return refuse(path + ": longer than a unix socket's path may be (107 characters): choose a shorter SlurmdPidFile");
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  return address;
}

FileDescriptor packet_socket(int flags) {
  return FileDescriptor(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | flags, 0));
}

Result<FileDescriptor> visit(const std::string& path) {
  TRY_ASSIGN(const sockaddr_un address, address_of(path));
  FileDescriptor fd = packet_socket(0);
  const timeval patience{visit_time.value, 0};
  ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  ::setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return refuse(fmt::format("{}: {}", path, std::strerror(errno)));
  return fd;
}

}  // namespace

std::string slurmd_proof_socket(const ClusterConfig& config, const std::string& node) {
  return socket_beside(path_for_node(config.paths.slurmd_pid_file, node));
}

std::string sackd_proof_socket(const ClusterConfig& config) {
  const std::string& pid_file = config.paths.slurmctld_pid_file;
  return pid_file.substr(0, pid_file.rfind('/') + 1) + "sackd.sock";
}

std::vector<std::string> proof_sockets(const ClusterConfig& config) {
  std::vector<std::string> paths;
  const auto add = [&paths](std::string path) {
    if (std::find(paths.begin(), paths.end(), path) == paths.end()) paths.push_back(std::move(path));
  };
  if (const char* node = ::getenv("SLURMD_NODENAME")) add(slurmd_proof_socket(config, node));
  add(sackd_proof_socket(config));
  const std::string host = short_host_name();
  for (const NodeConfig& node : config.nodes)
    if (node.name == host || node.hostname.substr(0, node.hostname.find('.')) == host || node.hostname == "localhost")
      add(slurmd_proof_socket(config, node.name));
  return paths;
}

Result<ProofDoor> ProofDoor::open(const std::string& path, std::unique_ptr<Voucher> voucher) {
  TRY_ASSIGN(const sockaddr_un address, address_of(path));
  FileDescriptor fd = packet_socket(SOCK_NONBLOCK);
  ::unlink(path.c_str());
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::chmod(path.c_str(), 0666) != 0 || ::listen(fd.get(), 64) != 0)
    return fail(fmt::format("cannot listen on {}: {}", path, std::strerror(errno)));
  return ProofDoor(std::move(fd), path, std::move(voucher));
}

ProofDoor::~ProofDoor() {
  if (listener_) ::unlink(path_.c_str());
}

void ProofDoor::collect(std::vector<pollfd>& fds) const {
  fds.push_back({listener_.get(), POLLIN, 0});
  for (const Visitor& visitor : visitors_) fds.push_back({visitor.fd.get(), POLLIN, 0});
}

std::optional<MonoTime> ProofDoor::wake_at() const {
  if (visitors_.empty()) return std::nullopt;
  return visitors_.front().until;
}

bool ProofDoor::drop_oldest() {
  if (visitors_.empty()) return false;
  visitors_.pop_front();
  return true;
}

void ProofDoor::serve(MonoTime now) {
  while (FileDescriptor fd = acceptor_.next(listener_.get(), [this] { return drop_oldest(); })) {
    const auto peer = kernel_peer_of(fd.get());
    if (!peer) continue;
    const auto waiting =
        std::count_if(visitors_.begin(), visitors_.end(), [&](const Visitor& v) { return v.uid == peer->uid; });
    if (static_cast<std::size_t>(waiting) >= visitors_of_one_max) continue;
    if (visitors_.size() >= std::min(visitors_max, descriptor_limit() / 4)) drop_oldest();
    visitors_.push_back({std::move(fd), peer->uid, now + visit_time});
  }
  std::string question(proof_bytes_max, '\0');
  std::erase_if(visitors_, [&](const Visitor& visitor) {
    const ssize_t got = ::recv(visitor.fd.get(), question.data(), question.size(), 0);
    if (got < 0) return errno != EAGAIN || visitor.until <= now;
    if (got > 0) answer(visitor.fd.get(), question.substr(0, static_cast<std::size_t>(got)));
    return true;
  });
}

void ProofDoor::answer(int fd, const std::string& question) {
  ProofReply reply;
  const auto request = decode<ProofRequest>(question);
  const auto peer = kernel_peer_of(fd);
  if (!request || !peer) {
    reply.refusal = "auth/slurm: a question for a proof that cannot be read";
  } else if (request->check) {
    auto known = voucher_->inspect(request->bytes);
    if (known)
      reply = {"", std::move(known->payload), known->uid, known->gid};
    else
      reply.refusal = known.error().message;
  } else {
    auto credential = voucher_->vouch(peer->uid, peer->gid, request->bytes);
    if (credential)
      reply = {"", std::move(*credential), peer->uid, peer->gid};
    else
      reply.refusal = credential.error().message;
  }
  const std::string bytes = encode(reply);
  static_cast<void>(::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT));
}

Result<ProofReply> ProofAuth::ask(const ProofRequest& request) const {
  const std::string question = encode(request);
  for (const std::string& path : paths_) {
    auto fd = visit(path);
    if (!fd) continue;  // no daemon there
    const auto server = kernel_peer_of(fd->get());
    if (!server || std::find(servers_.begin(), servers_.end(), server->uid) == servers_.end()) continue;  // a trap
    std::string bytes(proof_bytes_max, '\0');
    if (::send(fd->get(), question.data(), question.size(), MSG_NOSIGNAL) < 0) continue;
    const ssize_t got = ::recv(fd->get(), bytes.data(), bytes.size(), 0);
    if (got <= 0) continue;
    bytes.resize(static_cast<std::size_t>(got));
    TRY_ASSIGN(ProofReply reply, decode<ProofReply>(bytes));
    if (!reply.refusal.empty()) return fail(Errc::protocol_authentication, reply.refusal);
    return reply;
  }
  return refuse(
      fmt::format("slurm.key cannot be read, and no daemon proves who we are (tried {}): start slurmd, or "
                  "sackd where no slurmd runs",
                  join(paths_, ", ")));
}

Result<std::string> ProofAuth::make_credential(std::string_view payload) {
  TRY_ASSIGN(ProofReply reply, ask({false, std::string(payload)}));
  return std::move(reply.bytes);
}

Result<Credential> ProofAuth::check(std::string_view credential) {
  TRY_ASSIGN(ProofReply reply, ask({true, std::string(credential)}));
  return Credential{reply.uid, reply.gid, std::move(reply.bytes)};
}

}  // namespace slurmxx
