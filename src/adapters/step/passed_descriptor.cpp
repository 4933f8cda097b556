// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "adapters/step/passed_descriptor.h"

#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include <fmt/format.h>

namespace slurmxx {

Status send_with_descriptor(int socket, std::string bytes, int passed) {
  iovec part{bytes.data(), bytes.size()};
  alignas(cmsghdr) char space[CMSG_SPACE(sizeof(int))] = {};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  if (passed >= 0) {
    message.msg_control = space;
    message.msg_controllen = sizeof space;
    cmsghdr* head = CMSG_FIRSTHDR(&message);
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(sizeof(int));
    std::memcpy(CMSG_DATA(head), &passed, sizeof passed);
  }
  if (sendmsg(socket, &message, MSG_NOSIGNAL) < 0)
    return fail(Errc::communication, fmt::format("cannot reach slurmstepd: {}", strerror(errno)));
  return {};
}

Result<Packet> receive_with_descriptor(int socket, std::size_t bytes_max) {
  Packet packet;
  const auto buffer = std::make_unique_for_overwrite<char[]>(bytes_max);  // no page of it is touched that is not filled
  iovec part{buffer.get(), bytes_max};
  alignas(cmsghdr) char space[CMSG_SPACE(sizeof(int))] = {};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = space;
  message.msg_controllen = sizeof space;
  ssize_t n = 0;
  do n = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
  while (n < 0 && errno == EINTR);
  if (n < 0 && errno == EAGAIN) return fail(Errc::timeout);
  if (n <= 0) return fail(Errc::communication, "slurmd closed its connection");
  for (cmsghdr* head = CMSG_FIRSTHDR(&message); head != nullptr; head = CMSG_NXTHDR(&message, head)) {
    if (head->cmsg_level != SOL_SOCKET || head->cmsg_type != SCM_RIGHTS) continue;
    int fd = -1;
    std::memcpy(&fd, CMSG_DATA(head), sizeof fd);
    packet.passed = FileDescriptor(fd);
  }
  packet.bytes.assign(buffer.get(), static_cast<std::size_t>(n));
  return packet;
}

}  // namespace slurmxx
