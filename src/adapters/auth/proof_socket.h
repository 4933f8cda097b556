// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Proofs of one's uid under auth/slurm for those who may not read slurm.key: slurmd (or sackd, where no slurmd runs)
// listens on a unix socket whose path follows from slurm.conf, the kernel names who asks, and the daemon signs. It
// decides nothing about what a uid may do. Why so: docs/decisions/0003.
#pragma once

#include <poll.h>

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapters/net/acceptor.h"
#include "core/config/cluster_config.h"
#include "ports/auth.h"
#include "wire/proof_messages.h"

namespace slurmxx {

// SlurmdPidFile of `node` (%n and %h replaced) with .sock for .pid; sackd's is beside SlurmctldPidFile.
std::string slurmd_proof_socket(const ClusterConfig& config, const std::string& node);
std::string sackd_proof_socket(const ClusterConfig& config);
// All that may exist on this host, the likeliest first.
std::vector<std::string> proof_sockets(const ClusterConfig& config);

// The daemon's side, for its poll(2) loop. So many wait at a time, in all and of one user, each for a few seconds; when
// there are too many in all the oldest gives way.
class ProofDoor {
 public:
  static constexpr std::size_t visitors_max = 256;
  static constexpr std::size_t visitors_of_one_max = 32;

  static Result<ProofDoor> open(const std::string& path, std::unique_ptr<Voucher> voucher);
  ProofDoor(ProofDoor&&) = default;
  ProofDoor& operator=(ProofDoor&&) = default;
  ~ProofDoor();  // removes the socket

  void collect(std::vector<pollfd>& fds) const;
  void serve(MonoTime now);
  std::optional<MonoTime> wake_at() const;

 private:
  struct Visitor {
    FileDescriptor fd;
    Uid uid;
    MonoTime until;
  };
  ProofDoor(FileDescriptor listener, std::string path, std::unique_ptr<Voucher> voucher)
      : listener_(std::move(listener)), path_(std::move(path)), voucher_(std::move(voucher)) {}
  bool drop_oldest();
  void answer(int fd, const std::string& question);

  FileDescriptor listener_;
  Acceptor acceptor_;
  std::string path_;
  std::unique_ptr<Voucher> voucher_;
  std::deque<Visitor> visitors_;
};

// The user's side: asks the first socket behind which a daemon of one of `servers` answers.
class ProofAuth : public Auth {
 public:
  ProofAuth(std::vector<std::string> paths, std::vector<Uid> servers)
      : paths_(std::move(paths)), servers_(std::move(servers)) {}
  Result<std::string> make_credential(std::string_view payload) override;
  Result<Credential> check(std::string_view credential) override;

 private:
  Result<ProofReply> ask(const ProofRequest& request) const;

  std::vector<std::string> paths_;
  std::vector<Uid> servers_;
};

}  // namespace slurmxx
